"""Asks what numbers in first lines stand for, 100 at a time across all records of a repository, and each number once."""

from collections.abc import Iterable, Mapping

from core.backfill.context import full_name
from core.errors import MissingPermission, PermanentError, RetryableError
from core.events import Repository
from core.metrics._number_kinds import NUMBERS_AT_MOST, number_kinds
from core.payload import Fields, Json
from core.ports import GitHubReader


class NumberCache:
    """What the numbers of one repository stand for."""

    def __init__(self, github: GitHubReader, repository: Json) -> None:
        owner, _, name = full_name(repository).partition("/")
        self._github = github
        self.repository = Repository(owner, name, Fields(repository, "repository").integer("id"))
        self._planned = set[int]()
        self._kinds: dict[int, str] = {}
        self.failure: str | None = None
        """Why GitHub does not say what numbers are; a retry does not help."""

    @property
    def expected_calls(self) -> int:
        """Expected number of requests for the planned numbers that are not known yet."""
        return -(-len(self._planned - self._kinds.keys()) // NUMBERS_AT_MOST)

    def plan(self, numbers: Iterable[int]) -> None:
        """Take note of numbers that stored records are known to need, which fill the requests."""
        self._planned.update(numbers)

    def kinds(self, numbers: Iterable[int]) -> Mapping[int, str]:
        """Return the kind of each number that is known by now, and ask GitHub for the others; it raises nothing."""
        unknown = sorted(set(numbers) - self._kinds.keys())
        while unknown and self.failure is None:
            batch = unknown[:NUMBERS_AT_MOST]
            others = sorted(self._planned - self._kinds.keys() - set(batch))
            batch += others[: NUMBERS_AT_MOST - len(batch)]
            try:
                self._kinds |= number_kinds(self._github, self.repository, batch)
            except (MissingPermission, PermanentError) as error:
                self.failure = str(error)
            except RetryableError:
                break
            unknown = [number for number in unknown if number not in self._kinds]
        return self._kinds

    def is_unknown(self, numbers: Iterable[int]) -> bool:
        """Return whether a later run may find what one of these numbers is."""
        return self.failure is None and any(number not in self._kinds for number in numbers)
