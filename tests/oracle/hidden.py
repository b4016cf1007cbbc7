"""Section 7: changes that may have arrived before, with a deployment of which it is not known what it brought."""

from tests.oracle.history import FIRST
from tests.oracle.model import Attempt, Change


class Hidden:
    """Deployments of which it is not known what they brought, and that a rollback went back past.

    What is listed again after such a rollback may have arrived with them first.
    """

    def __init__(self) -> None:
        self._missing: list[tuple[Attempt, set[str | None]]] = []
        """Each with the commits that were deployed since."""
        self._until: int | None = None

    def add(self, attempt: Attempt) -> None:
        """Take the next success."""
        if attempt.is_rollback is not False:
            passed = [missing.end for missing, since in self._missing if attempt.sha not in since]
            self._until = max([*passed, *([self._until] if self._until is not None else [])], default=None)
        if attempt.missing and attempt.is_rollback is not True:
            self._missing.append((attempt, set()))
        for _, since in self._missing:
            since.add(attempt.sha)

    def may_be_again(self, change: Change) -> bool:
        """Return whether it was picked or rebased after one of unknown changes, which may have brought it first."""
        authored, committed = change.commit.authored, change.commit.committed
        ends = [missing.end for missing, _ in self._missing if missing.missing != FIRST]
        return authored is not None and committed is not None and any(authored <= end < committed for end in ends)

    def may_have(self, change: Change) -> bool:
        """Return whether a change may have arrived with one of them."""
        return self._until is not None and (change.commit.authored or 0) <= self._until
