"""Counts the requests of a reader, so that a backfill can be compared with its estimate.

Each deployment's metrics read the earlier deployments and their statuses: a page of such a list is requested once.
"""

import threading
from collections.abc import Iterator, Mapping

from core.errors import ResponseTooLarge
from core.github.wrapped_list import MOST_PAGES
from core.payload import Json
from core.ports import GitHubBrowser

_OF_DEPLOYMENT = ("id", "sha", "created_at")
_Asked = tuple[str, tuple[tuple[str, str], ...]]


_Page = tuple[list[Json], Mapping[str, str] | None]


class _CachedPage:
    """A cached page; None until its response has arrived."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.page: _Page | None = None


class CountingGitHubReader:
    """A GitHubBrowser that counts its requests. Thread-safe."""

    def __init__(self, github: GitHubBrowser) -> None:
        self.calls = 0
        """Requests so far; a file of more than 1 MB, or that is missing, takes two and counts as one."""
        self._github = github
        self._lock = threading.Lock()
        self._cached: dict[_Asked, _CachedPage] = {}

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        """Implement core.ports.GitHubReader."""
        following: Mapping[str, str] | None = params or {}
        for _ in range(MOST_PAGES):
            items, following = self.page(path, following)
            yield from items
            if following is None:
                return
        raise ResponseTooLarge(f"GET {path}: more than {MOST_PAGES:,} pages")

    def page(self, path: str, params: Mapping[str, str] | None = None) -> _Page:
        """Implement core.ports.GitHubReader."""
        if not _is_cacheable(path, params):
            return self._page(path, params)
        with self._lock:
            cached = self._cached.setdefault((path, tuple(sorted((params or {}).items()))), _CachedPage())
        with cached.lock:  # other threads that request the same page wait for this response
            if cached.page is None:
                items, following = self._page(path, params)
                cached.page = [_reduce_item(path, item) for item in items], following
        return cached.page

    def _page(self, path: str, params: Mapping[str, str] | None) -> _Page:
        self._count()
        return self._github.page(path, params)

    def object(self, path: str) -> Json:
        """Implement core.ports.GitHubBrowser."""
        self._count()
        return self._github.object(path)

    def graphql(self, query: str, variables: Mapping[str, str | int]) -> Json:
        """Implement core.ports.GitHubReader."""
        self._count()
        return self._github.graphql(query, variables)

    def file(self, owner: str, repo: str, path: str, ref: str | None = None) -> bytes | None:
        """Implement core.ports.GitHubReader."""
        self._count()
        return self._github.file(owner, repo, path, ref)

    def repositories(self, owner: str | None = None) -> Iterator[Json]:
        """Implement core.ports.GitHubBrowser; not counted, as the backfill of one repository does not call it."""
        return iter(self._github.repositories(owner))

    def budget(self, path: str = "") -> float:
        """Implement core.ports.GitHubBrowser."""
        return self._github.budget(path)

    def _count(self) -> None:
        with self._lock:
            self.calls += 1


def _reduce_item(path: str, item: Json) -> Json:
    """Return the fields of an older deployment that metrics read: an environment may have 20,000, of 5 KB each."""
    return item if path.endswith("/statuses") else {key: item[key] for key in _OF_DEPLOYMENT if key in item}


def _is_cacheable(path: str, params: Mapping[str, str] | None) -> bool:
    return path.endswith("/statuses") or (path.endswith("/deployments") and "environment" in (params or {}))
