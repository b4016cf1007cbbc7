"""Checks the read permissions of the source token or the App by requesting one resource per permission."""

from collections.abc import Iterator
from typing import NamedTuple

from cli.doctor import FAILURE, OK, WARNING, DiagnosticContext, Finding
from core.errors import PermanentError, TelemetryError


class Right(NamedTuple):
    """A permission of fine-grained tokens and Apps; a test compares this list with docs/GITHUB.md."""

    name: str
    path: str
    """Path below the repository that needs the permission."""
    metrics: bool
    """True if a metric needs it; otherwise only `backfill` does."""
    classic: str = ""
    """Alternative if fine-grained tokens do not offer the permission."""


RIGHTS = (
    Right("Contents", "contents", metrics=True),
    Right("Pull requests", "pulls", metrics=True),
    Right("Deployments", "deployments", metrics=True),
    Right("Issues", "issues", metrics=False),
    Right("Actions", "actions/runs?per_page=1", metrics=False),
    Right("Checks", "commits/HEAD/check-suites?per_page=1", metrics=False, classic="a GitHub App or a classic token"),
)


def rights(context: DiagnosticContext) -> Iterator[Finding]:
    """Check the first watched repository; GitHub answers 403 or 404 for a missing permission."""
    if not context.settings.watched:
        return
    owner, name = context.settings.watched[0]
    missing = [right for right in RIGHTS if not _may(context, f"/repos/{owner}/{name}/{right.path}")]
    for right in missing:
        level, consequence = (
            (FAILURE, "metrics need it") if right.metrics else (WARNING, "`telemetry backfill` needs it")
        )
        remedy = right.classic or "grant it to the token or the App"
        yield Finding(level, f"*{right.name}: read* of {owner}/{name} is missing: {consequence}", remedy)
    if not missing:
        yield Finding(OK, f"all permissions for {owner}/{name} are granted")


def _may(context: DiagnosticContext, path: str) -> bool:
    """Request a list or an object; 409 is the response for an empty repository, 410 where issues are off."""
    try:
        context.source.page(path) if _is_list(path) else context.source.object(path)
    except PermanentError as error:
        return str(error).endswith(("409", "410", "422"))
    except TelemetryError as error:
        return "lacks a right" not in str(error)
    return True


def _is_list(path: str) -> bool:
    return not path.partition("?")[0].endswith(("runs", "check-suites"))
