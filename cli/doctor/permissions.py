"""Checks the read permissions of the source token or the App by requesting one resource per permission."""

from collections.abc import Iterator
from typing import NamedTuple

from cli.doctor import FAILURE, OK, WARNING, DiagnosticContext, Finding
from core.errors import MissingPermission, NotFound, TelemetryError


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
    Right("Contents", "commits", metrics=True),
    Right("Pull requests", "pulls", metrics=True),
    Right("Deployments", "deployments", metrics=True),
    Right("Issues", "issues", metrics=False),
    Right("Actions", "actions/runs?per_page=1", metrics=False),
    Right("Checks", "commits/HEAD/check-suites?per_page=1", metrics=False, classic="a GitHub App or a classic token"),
)


def rights(context: DiagnosticContext) -> Iterator[Finding]:
    """Check the first watched repository; without a permission GitHub answers 403 or 404."""
    if not context.settings.watched:
        return
    name = "/".join(context.settings.watched[0])
    try:
        context.source.object(f"/repos/{name}")
    except NotFound:
        remedy = "correct WATCHED_REPOSITORIES, or let the token or the App see it"
        yield Finding(FAILURE, f"{name} does not exist, or the source token may not see it (404)", remedy)
        return
    refusals = {right: error for right in RIGHTS if (error := _refusal(context, name, right)) is not None}
    yield from (_finding(name, right, error) for right, error in refusals.items())
    if not refusals:
        yield Finding(OK, f"all permissions for {name} are granted")


def _finding(name: str, right: Right, error: TelemetryError) -> Finding:
    if not isinstance(error, MissingPermission | NotFound):
        return Finding(WARNING, f"*{right.name}: read* of {name} could not be checked: {error}")
    level = FAILURE if right.metrics else WARNING
    user = "metrics need it" if right.metrics else "`telemetry backfill` needs it"
    if isinstance(error, MissingPermission):
        what = f"*{right.name}: read* of {name} is missing (403): {user}"
    else:
        what = f"*{right.name}: read* of {name} is missing, or the repository does not use it (404): {user}"
    return Finding(level, what, right.classic or "grant it to the token or the App")


def _refusal(context: DiagnosticContext, name: str, right: Right) -> TelemetryError | None:
    """Return why a list or an object cannot be read, or None: 409 means an empty repository, 410 that issues are off."""
    path = f"/repos/{name}/{right.path}"
    try:
        context.source.page(path) if _is_list(path) else context.source.object(path)
    except TelemetryError as error:
        return None if str(error).endswith(("409", "410", "422")) else error
    return None


def _is_list(path: str) -> bool:
    return not path.partition("?")[0].endswith(("runs", "check-suites"))
