"""The fake's answers, request by request, and the faults that were ordered in their place."""

import json
import re
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from posixpath import dirname, join, normpath
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode, urlsplit

from requests.structures import CaseInsensitiveDict

from core.payload import Json
from runtimes.local.fake_github.objects import (
    DEFAULT_BRANCH,
    Urls,
    commit_object,
    deployment_object,
    entry_object,
    file_object,
    node_object,
)
from runtimes.local.fake_github.world import Repository, Symlink, World

COMMITS_AT_MOST, FILES_AT_MOST = 250, 3000
"""Where GitHub stops: https://docs.github.com/en/rest/pulls/pulls"""
_ROUTE = re.compile(
    r"/(?:repos/(?P<name>[^/]+/[^/]+)|repositories/(?P<id>\d+))"
    r"/(?:pulls/(?P<number>\d+)/(?P<part>commits|files)|(?P<list>deployments)|contents/?(?P<file>.*))"
)
_PAGING = {"per_page", "page"}
_FILTERS = ("environment", "ref", "sha")
_KNOWN = {"commits": _PAGING, "files": _PAGING, "deployments": {*_PAGING, *_FILTERS}, "contents": {"ref"}}
_JSON, _RAW = "application/json; charset=utf-8", "application/vnd.github.raw+json; charset=utf-8"


class UnknownRequest(AssertionError):
    """Nobody taught the fake to answer this."""


class Answer(NamedTuple):
    """An HTTP answer; also a fault that can be ordered."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


FAULTS = {"html": Answer(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><p>Unicorn!"), "empty": Answer(200)}
"""Faults that have names; `cut` and `timeout` are no answers at all."""


class FakeGitHub:
    """Answers requests about a world. Where `token` is set, it must be shown."""

    def __init__(self, world: World | None = None, *, token: str | None = None) -> None:
        self.world = world or World()
        self.token = token
        self.api_url = "https://api.github.com"
        self.requests = 0
        self._faults: deque[Answer | str] = deque()
        self._lock = threading.Lock()

    def fail(self, *faults: Answer | str) -> None:
        """What the next requests get instead of an answer: `cut`, `timeout`, a name of FAULTS, or an Answer."""
        self._faults.extend(faults)

    def answer(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """The answer to one request; raises ConnectionResetError or TimeoutError where that was ordered."""
        with self._lock:
            self.requests += 1
            fault = self._faults.popleft() if self._faults else None
        if fault in ("cut", "timeout"):
            raise ConnectionResetError if fault == "cut" else TimeoutError
        if fault is not None:
            return FAULTS[fault] if isinstance(fault, str) else fault
        return self._answer(method, path, query, CaseInsensitiveDict(headers))

    def _answer(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        base = urlsplit(self.api_url).path
        route = _ROUTE.fullmatch(unquote(path.removeprefix(base))) if path.startswith(base) else None
        if method != "GET" or route is None:
            raise UnknownRequest(f"{method} {path}")
        unknown = set(query) - _KNOWN[route["part"] or route["list"] or "contents"]
        if unknown:
            raise UnknownRequest(f"{method} {path}: {sorted(unknown)}")
        if self.token is not None and headers.get("Authorization") != f"Bearer {self.token}":
            return error(401, "Bad credentials" if "Authorization" in headers else "Requires authentication")
        name = route["name"]
        repository = self.world.find(name, int(route["id"] or 0))
        if repository is None:
            return error(404, "Not Found")
        rest = path.removeprefix(base).split("/", 4 if name else 3)[-1]
        here = f"{self.api_url}/repositories/{repository.id}/{rest}"
        if name and name.lower() != repository.full_name.lower():
            url = here + (f"?{urlencode(query)}" if query else "")
            return error(301, "Moved Permanently", {"Location": url}, url=url)
        urls = Urls(self.api_url, repository.full_name)
        if route["file"] is not None:
            raw = "raw" in headers.get("Accept", "")
            return _contents(urls, repository, route["file"].strip("/"), query.get("ref"), raw=raw)
        listed = _listed(urls, repository, route, query)
        return error(404, "Not Found") if listed is None else _page(here, query, listed)


def _listed(urls: Urls, repository: Repository, route: re.Match[str], query: Mapping[str, str]) -> list[Json] | None:
    """Every item of the list that was asked for, newest deployments first; None if there is no such pull request."""
    if route["list"]:
        newest = sorted(repository.deployments, key=lambda each: each.id, reverse=True)
        wanted = {name: query[name] for name in _FILTERS if name in query}
        return [deployment_object(urls, each) for each in newest if wanted.items() <= each._asdict().items()]
    pull = repository.pulls.get(int(route["number"]))
    if pull is None:
        return None
    if route["part"] == "commits":
        return [commit_object(urls, each) for each in pull.commits[:COMMITS_AT_MOST]]
    return [file_object(urls, each) for each in pull.files[:FILES_AT_MOST]]


def error(status: int, message: str, headers: Mapping[str, str] | None = None, **more: str) -> Answer:
    """An error as GitHub words it."""
    told = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status), **more}
    return _json(told, status, headers)


def _json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, {"Content-Type": _JSON, **(headers or {})}, json.dumps(value).encode())


def _page(here: str, query: Mapping[str, str], items: Sequence[Json]) -> Answer:
    """One page, and where the others are.

    https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
    """
    size, page = min(_number(query, "per_page", 30), 100), _number(query, "page", 1)
    last = max(1, -(-len(items) // size))
    links = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    for name in ("next", "last") if page >= last else ():
        del links[name]
    for name in ("prev", "first") if page == 1 else ():
        del links[name]
    told = (f'<{here}?{urlencode({**query, "page": n})}>; rel="{name}"' for name, n in links.items())
    return _json(items[(page - 1) * size : page * size], headers={"Link": ", ".join(told)} if links else None)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and int(value) > 0 else default


def _contents(urls: Urls, repository: Repository, path: str, ref: str | None, *, raw: bool) -> Answer:
    tree = repository.trees.get(None if ref == DEFAULT_BRANCH else ref)
    if tree is None:
        return error(404, f"No commit found for the ref {ref}")
    entry = tree.get(path)
    if isinstance(entry, Symlink):
        target = tree.get(normpath(join(dirname(path), entry.target)))
        entry = target if isinstance(target, bytes) else entry
    if raw and isinstance(entry, bytes):
        return Answer(200, {"Content-Type": _RAW}, entry)
    if entry is not None:
        return _json(entry_object(urls, path, ref, entry))
    folder = f"{path}/" if path else ""
    names = sorted({folder + each.removeprefix(folder).split("/")[0] for each in tree if each.startswith(folder)})
    return _json([node_object(urls, name, ref, tree.get(name)) for name in names]) if names else error(404, "Not Found")
