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
        for attempt in history.successes:
            keys = settings.service(attempt.service).keys
            code = keys.get("code") or settings.rule(attempt.name).code
            if code:
                _bring(attempt, pulls, names, code)


def _bring(attempt: Attempt, pulls: dict[str, list[Pull]], names: dict[str, str], code: dict[str, Any]) -> None:
    attempt.commits = []
    before = attempt.replaced
    attempt.missing = "" if before is not None else FIRST
    if before is None or attempt.is_rollback or (before.sha is not None and before.sha == attempt.sha):
        return
    attempt.pulls = [
        pull
        for repository, listed in pulls.items()
        for pull in listed
        if matches(names[repository], list(code["repositories"]))
        and code.get("branch") in (None, pull.base)
        and before.begin < pull.merged <= attempt.begin
    ]
