"""A reader of GitHub that counts what it asks: an estimate must be something to hold the walk against."""

import threading
from collections.abc import Iterator, Mapping

from core.payload import Json
from core.ports import GitHubBrowser


class CountedGitHub:
    """A GitHubBrowser. Thread-safe."""

    def __init__(self, github: GitHubBrowser) -> None:
        self.calls = 0
        """Requests so far; a file of more than 1 MB is told in two, and counts as one."""
        self._github = github
        self._lock = threading.Lock()

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        """See GitHubReader."""
        following: Mapping[str, str] | None = params or {}
        while following is not None:
            items, following = self.page(path, following)
            yield from items

    def page(self, path: str, params: Mapping[str, str] | None = None) -> tuple[list[Json], Mapping[str, str] | None]:
        """See GitHubBrowser."""
        self._count()
        return self._github.page(path, params)

    def object(self, path: str) -> Json:
        """See GitHubBrowser."""
        self._count()
        return self._github.object(path)

    def file(self, owner: str, repo: str, path: str, ref: str | None = None) -> bytes | None:
        """See GitHubReader."""
        self._count()
        return self._github.file(owner, repo, path, ref)

    def repositories(self) -> Iterator[Json]:
        """See GitHubBrowser: not counted, since no walk of one repository asks."""
        return iter(self._github.repositories())

    def budget(self, path: str = "") -> float:
        """See GitHubBrowser."""
        return self._github.budget(path)

    def _count(self) -> None:
        with self._lock:
            self.calls += 1
