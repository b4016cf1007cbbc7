"""Finds the earlier deployments of an environment, with a limited number of requests.

GitHub lists the newest deployments first, and an environment may have 20,000 of them. So the list is read page by page, only
as far as needed. https://docs.github.com/en/rest/deployments/deployments#list-deployments
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from core.events import SignedTriggerEvent, repository_of
from core.metric import CollectContext
from core.payload import Fields, Json

_TOGETHER = 60_000
"""Milliseconds between deployments whose order may differ from that of their ids."""


class PreviousDeployment(NamedTuple):
    """The newest older deployment of the environment that had succeeded by then."""

    id: int
    """The deployment's id."""
    sha: str | None
    """The commit that was deployed."""
    created_at: int
    """When it was created (UNIX ms)."""


class SearchLimit(Exception):
    """The limit of requests is used up, or the list is not in order: what was searched for is unknown."""


class EnvironmentSearch:
    """Reads lists of deployments and statuses, page by page; `requests` is how many it may take."""

    def __init__(self, event: SignedTriggerEvent, context: CollectContext, requests: int) -> None:
        repository = repository_of(event)
        self._path = f"/repos/{repository.owner}/{repository.name}/deployments"
        self._github = context.github
        self.left = requests
        """Requests that it may still take."""

    def older(self, environment: str, this: tuple[int, int]) -> Iterator[PreviousDeployment]:
        """Yield the deployments that precede `this` (creation time, id), the newest first.

        Raises SearchLimit, and as the reader does.
        """
        for page, is_last in self._pages(self._path, {"environment": environment}):
            listed = [item for item in map(_deployment, map(Fields, page)) if item is not None]
            older = sorted((item for item in listed if order(item) < this), key=order, reverse=True)
            if older and not is_last and not _is_descending(listed):
                raise SearchLimit  # a newer one may be on a later page
            yield from older

    def has_succeeded(self, deployment: int, by_then: int | None) -> bool:
        """Return whether it had succeeded by that time: a later success must not change the record of a later read.

        Raises SearchLimit, and as the reader does.
        """
        for page, _ in self._pages(f"{self._path}/{deployment}/statuses", {}):
            for status in map(Fields, page):
                at = status.time("created_at")
                if status.text_or_none("state") == "success" and (by_then is None or at is None or at <= by_then):
                    return True
        return False

    def _pages(self, path: str, params: Mapping[str, str]) -> Iterator[tuple[Sequence[Json], bool]]:
        """Yield each page, and whether it is the last."""
        following: Mapping[str, str] | None = params
        while following is not None:
            if self.left <= 0:
                raise SearchLimit
            self.left -= 1
            items, following = self._github.page(path, following)
            yield items, following is None


def order(deployment: PreviousDeployment) -> tuple[int, int]:
    """Return the sort key of deployments: the creation time, then the id."""
    return deployment.created_at, deployment.id


def _deployment(listed: Fields) -> PreviousDeployment | None:
    created_at = listed.time("created_at")
    if created_at is None:
        return None
    return PreviousDeployment(listed.integer("id"), listed.text_or_none("sha"), created_at)


def _is_descending(listed: Sequence[PreviousDeployment]) -> bool:
    """Return whether the list begins with the newest. Deployments that were created together may be in any order."""
    return all(later.created_at <= earlier.created_at + _TOGETHER for earlier, later in pairwise(listed))
