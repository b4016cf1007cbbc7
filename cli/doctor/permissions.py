"""What the source token, or the App, may read of a watched repository: each right by asking for something that needs it."""

from collections.abc import Iterator
from typing import NamedTuple

from cli.doctor import FAILURE, OK, WARNING, DiagnosticContext, Finding
from core.errors import PermanentError, TelemetryError


class Right(NamedTuple):
    """A permission of fine-grained tokens and Apps; a test holds this list against docs/GITHUB.md."""

    name: str
    path: str
    """That needs it, below the repository's."""
    metrics: bool
    """Whether a metric needs it; else only `backfill` does."""
    classic: str = ""
    """What to use where fine-grained tokens have no such permission."""


RIGHTS = (
    Right("Contents", "contents", metrics=True),
    Right("Pull requests", "pulls", metrics=True),
    Right("Deployments", "deployments", metrics=True),
    Right("Issues", "issues", metrics=False),
    Right("Actions", "actions/runs?per_page=1", metrics=False),
    Right("Checks", "commits/HEAD/check-suites?per_page=1", metrics=False, classic="a GitHub App or a classic token"),
)


def rights(patient: DiagnosticContext) -> Iterator[Finding]:
    """Of the first watched repository: GitHub tells a right that is missing as 403, or as if nothing were there."""
    if not patient.settings.watched:
        return
    owner, name = patient.settings.watched[0]
    lacking = [each for each in RIGHTS if not _may(patient, f"/repos/{owner}/{name}/{each.path}")]
    for each in lacking:
        level, whose = (FAILURE, "metrics need it") if each.metrics else (WARNING, "`telemetry backfill` needs it")
        remedy = each.classic or "give it to the token, or the App"
        yield Finding(level, f"*{each.name}: read* of {owner}/{name} is missing: {whose}", remedy)
    if not lacking:
        yield Finding(OK, f"everything of {owner}/{name} may be read")


def _may(patient: DiagnosticContext, path: str) -> bool:
    """A list or an object, whichever it is: 409 is an empty repository's."""
    try:
        patient.source.page(path) if _is_list(path) else patient.source.object(path)
    except PermanentError as error:
        return str(error).endswith(("409", "422"))
    except TelemetryError as error:
        return "lacks a right" not in str(error)
    return True


def _is_list(path: str) -> bool:
    return not path.partition("?")[0].endswith(("runs", "check-suites"))
