"""Section 8: services whose deployments are in another repository than their code (GitOps)."""

from typing import Any

from tests.oracle.history import FIRST, History
from tests.oracle.model import Attempt, Pull
from tests.oracle.settings import Settings, matches


def bring_code(
    histories: list[History], pulls: dict[str, list[Pull]], names: dict[str, str], settings: Settings
) -> None:
    """Replace what deployments bring where a service says where its code is.

    "`code = { repositories, branch }` (GitOps): the changes are the pull requests merged there since the deployment
    before."
    """
    for history in histories:
        since: int | None = None
        for attempt in history.successes:
            keys = settings.service(attempt.service).keys
            code = keys.get("code") or settings.rule(attempt.name).code
            if code:
                since = _bring(attempt, _of_code(code, pulls, names, settings), since)


def _of_code(
    code: dict[str, Any], pulls: dict[str, list[Pull]], names: dict[str, str], settings: Settings
) -> list[Pull]:
    """Return the pull requests of the code: merged into `branch`, "by default the `branch` of these repositories"."""
    return [
        pull
        for repository, listed in pulls.items()
        for pull in listed
        if matches(names[repository], list(code["repositories"]))
        and (code.get("branch") or settings.rule(names[repository]).branch) in (None, pull.base)
    ]


def _bring(attempt: Attempt, pulls: list[Pull], since: int | None) -> int | None:
    """Give a deployment its pull requests, and return until when all that was merged has come.

    What goes back, and the commit that is there already, bring nothing: what was merged waits for the next one.
    """
    before = attempt.replaced
    attempt.commits, attempt.pulls = [], []
    attempt.missing = "" if before is not None else FIRST
    if before is not None and (attempt.is_rollback or (before.sha is not None and before.sha == attempt.sha)):
        return since
    if before is not None and since is not None:
        attempt.pulls = [pull for pull in pulls if since < pull.merged <= attempt.begin]
    return attempt.begin if since is None else max(since, attempt.begin)
