"""A small, stateful GitHub to read sources from: the demo and the tests run on it.

It answers as GitHub does (tests/contract/test_github_openapi.py holds every answer against GitHub's own OpenAPI), and
raises UnknownRequest where it would have to guess. Faults can be ordered for the requests to come. Times are UNIX ms.
"""

import base64
import hashlib
import json
import re
import threading
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from posixpath import dirname, join, normpath
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from core.payload import Json

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
_INLINE = 1024 * 1024  # bytes: beyond, https://docs.github.com/en/rest/repos/contents sends a file only raw
_HOME, _DEFAULT_BRANCH = "https://github.com", "main"


class UnknownRequest(AssertionError):
    """Nobody taught the fake to answer this."""


class Answer(NamedTuple):
    """An HTTP answer; also a fault that can be ordered."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


FAULTS = {"html": Answer(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><p>Unicorn!"), "empty": Answer(200)}
"""Faults that have names; `cut` and `timeout` are no answers at all."""


class Commit(NamedTuple):
    """A commit of a pull request."""

    sha: str
    authored: int | None
    committed: int | None
    login: str | None = "octocat"


class File(NamedTuple):
    """A file that a pull request changes."""

    filename: str
    status: str = "modified"
    additions: int = 1
    deletions: int = 0


class Deployment(NamedTuple):
    """A deployment."""

    id: int
    environment: str
    created_at: int
    sha: str = "a10867b14bb761a232cd80139fbd4c0d33264240"
    ref: str = "main"


class Symlink(NamedTuple):
    """In place of a file's bytes: GitHub shows the file it leads to, or itself if that is no file here."""

    target: str


class Submodule(NamedTuple):
    """In place of a file's bytes: a commit of another repository."""

    git_url: str


Content = bytes | Symlink | Submodule


@dataclass
class PullRequest:
    """What a pull request consists of."""

    commits: list[Commit] = field(default_factory=list)
    files: list[File] = field(default_factory=list)


@dataclass
class Repository:
    """A repository, by its present name."""

    id: int
    full_name: str
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    trees: dict[str | None, dict[str, Content]] = field(default_factory=lambda: {None: {}})
    """By ref, None being the default branch: contents by path."""

    def put(self, path: str, content: Content, ref: str | None = None) -> None:
        """Write a file; a ref that nothing was written to does not exist."""
        self.trees.setdefault(ref, {})[path] = content


class World:
    """All repositories there are. Names are found in any case, and by all that a repository ever had."""

    def __init__(self) -> None:
        self._named: dict[str, Repository] = {}

    def repository(self, full_name: str) -> Repository:
        """The repository of this name, made if need be."""
        return self._named.setdefault(full_name.lower(), Repository(len(self._named) + 1_296_269, full_name))

    def rename(self, old: str, new: str) -> None:
        """From now on the old name only leads to the new one."""
        self._named[old.lower()].full_name = new
        self._named[new.lower()] = self._named[old.lower()]

    def find(self, full_name: str | None, id: int) -> Repository | None:
        """By name, or else by id."""
        if full_name is not None:
            return self._named.get(full_name.lower())
        return next((repository for repository in self._named.values() if repository.id == id), None)


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
        urls = _Urls(self.api_url, repository.full_name)
        if route["file"] is not None:
            raw = "raw" in headers.get("Accept", "")
            return _contents(urls, repository, route["file"].strip("/"), query.get("ref"), raw=raw)
        listed = _listed(urls, repository, route, query)
        return error(404, "Not Found") if listed is None else _page(here, query, listed)


def _listed(urls: "_Urls", repository: Repository, route: re.Match[str], query: Mapping[str, str]) -> list[Json] | None:
    """Every item of the list that was asked for, newest deployments first; None if there is no such pull request."""
    if route["list"]:
        newest = sorted(repository.deployments, key=lambda each: each.id, reverse=True)
        wanted = {name: query[name] for name in _FILTERS if name in query}
        return [_deployment(urls, each) for each in newest if wanted.items() <= each._asdict().items()]
    pull = repository.pulls.get(int(route["number"]))
    if pull is None:
        return None
    if route["part"] == "commits":
        return [_commit(urls, each) for each in pull.commits[:COMMITS_AT_MOST]]
    return [_file(urls, each) for each in pull.files[:FILES_AT_MOST]]


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


def _contents(urls: "_Urls", repository: Repository, path: str, ref: str | None, *, raw: bool) -> Answer:
    tree = repository.trees.get(None if ref == _DEFAULT_BRANCH else ref)
    if tree is None:
        return error(404, f"No commit found for the ref {ref}")
    entry = tree.get(path)
    if isinstance(entry, Symlink):
        target = tree.get(normpath(join(dirname(path), entry.target)))
        entry = target if isinstance(target, bytes) else entry
    if raw and isinstance(entry, bytes):
        return Answer(200, {"Content-Type": _RAW}, entry)
    if entry is not None:
        return _json(_entry(urls, path, ref, entry))
    folder = f"{path}/" if path else ""
    names = sorted({folder + each.removeprefix(folder).split("/")[0] for each in tree if each.startswith(folder)})
    return _json([_node(urls, name, ref, tree.get(name)) for name in names]) if names else error(404, "Not Found")


def _entry(urls: "_Urls", path: str, ref: str | None, entry: Content) -> Json:
    node = _node(urls, path, ref, entry)
    if isinstance(entry, Symlink):
        return {**node, "target": entry.target}
    if isinstance(entry, Submodule):
        return {**node, "submodule_git_url": entry.git_url}
    text = base64.b64encode(entry).decode() if len(entry) <= _INLINE else ""
    lines = "".join(f"{text[start : start + 60]}\n" for start in range(0, len(text), 60))
    return {**node, "content": lines, "encoding": "base64" if len(entry) <= _INLINE else "none"}


def _node(urls: "_Urls", path: str, ref: str | None, entry: Content | None) -> Json:
    kind = {bytes: "file", Symlink: "symlink", Submodule: "submodule"}.get(type(entry), "dir")
    sha, at = _sha(path), ref or _DEFAULT_BRANCH
    links = {
        "self": f"{urls.repo}/contents/{quote(path)}?ref={quote(at)}",
        "git": f"{urls.repo}/git/{'trees' if kind == 'dir' else 'blobs'}/{sha}",
        "html": f"{urls.page}/{'tree' if kind == 'dir' else 'blob'}/{quote(at)}/{quote(path)}",
    }
    return {
        "type": kind,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": len(entry) if isinstance(entry, bytes) else 0,
        "url": links["self"],
        "git_url": links["git"],
        "html_url": links["html"],
        "download_url": f"{urls.page}/raw/{quote(at)}/{quote(path)}" if kind == "file" else None,
        "_links": links,
    }


def _commit(urls: "_Urls", commit: Commit) -> Json:
    url, page = f"{urls.repo}/commits/{commit.sha}", f"{urls.page}/commit/{commit.sha}"
    git, tree = f"{urls.repo}/git/commits/{commit.sha}", _sha(f"tree {commit.sha}")
    user = None if commit.login is None else _user(urls, commit.login)
    person = {"name": commit.login or "Somebody", "email": f"{commit.login or 'somebody'}@users.noreply.github.com"}
    authored = None if commit.authored is None else {**person, "date": _iso(commit.authored)}
    committed = None if commit.committed is None else {**person, "date": _iso(commit.committed)}
    told = {"author": authored, "committer": committed, "message": "Change things", "comment_count": 0, "url": git}
    told |= {"tree": {"sha": tree, "url": f"{urls.repo}/git/trees/{tree}"}}
    links = {"url": url, "html_url": page, "comments_url": f"{url}/comments"}
    return {
        "sha": commit.sha,
        **_node_id(commit.sha),
        **links,
        "commit": told,
        "author": user,
        "committer": user,
        "parents": [],
    }


def _file(urls: "_Urls", file: File) -> Json:
    name, head = quote(file.filename), _sha("head")
    return {
        "sha": _sha(file.filename),
        **file._asdict(),
        "changes": file.additions + file.deletions,
        "blob_url": f"{urls.page}/blob/{head}/{name}",
        "raw_url": f"{urls.page}/raw/{head}/{name}",
        "contents_url": f"{urls.repo}/contents/{name}?ref={head}",
    }


def _deployment(urls: "_Urls", deployment: Deployment) -> Json:
    url, when = f"{urls.repo}/deployments/{deployment.id}", _iso(deployment.created_at)
    return {
        "url": url,
        "repository_url": urls.repo,
        "statuses_url": f"{url}/statuses",
        **_node_id(str(deployment.id)),
        **deployment._asdict(),
        "created_at": when,
        "updated_at": when,
        "original_environment": deployment.environment,
        "task": "deploy",
        "payload": {},
        "description": None,
        "creator": _user(urls, "octocat"),
    }


def _user(urls: "_Urls", login: str) -> Json:
    url, id = f"{urls.api}/users/{login}", zlib.crc32(login.encode())
    lists = ("followers", "following", "gists", "starred", "subscriptions", "repos", "events", "received_events")
    return {
        "login": login,
        "id": id,
        **_node_id(login),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{_HOME}/{login}",
        "organizations_url": f"{url}/orgs",
        **{f"{name}_url": f"{url}/{name}" for name in lists},
        "type": "User",
        "site_admin": False,
    }


class _Urls(NamedTuple):
    api: str
    full_name: str

    @property
    def repo(self) -> str:
        return f"{self.api}/repos/{self.full_name}"

    @property
    def page(self) -> str:
        return f"{_HOME}/{self.full_name}"


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _node_id(text: str) -> Json:
    return {"node_id": base64.b64encode(text.encode()).decode()}


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class FakeGitHubAdapter(BaseAdapter):
    """A transport of requests that asks the fake: no sockets. Mount it for every scheme."""

    def __init__(self, fake: FakeGitHub) -> None:
        super().__init__()
        self.fake = fake

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The fake's answer; raises UnknownRequest for another host."""
        url = request.url or ""
        if not url.startswith(f"{self.fake.api_url}/"):
            raise UnknownRequest(f"{request.method} {url}")
        parts = urlsplit(url)
        try:
            answer = self.fake.answer(
                request.method or "", parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), request.headers
            )
        except ConnectionResetError:
            raise requests.ConnectionError("cut") from None
        except TimeoutError:
            raise requests.ReadTimeout("timeout") from None
        response = requests.Response()
        response.status_code, response.url, response.request = answer.status, url, request
        response.headers = CaseInsensitiveDict(answer.headers)
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.raw = BytesIO(answer.body)
        return response

    def close(self) -> None:
        """There is nothing to close."""


@contextmanager
def serve(fake: FakeGitHub) -> Iterator[str]:
    """The fake over HTTP on a free port of 127.0.0.1: its base URL. Raises at the end what it could not answer."""
    unknown: list[UnknownRequest] = []
    stopping = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together: apart they cost 40 ms
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            try:
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                status, headers, body = fake.answer(self.command, parts.path, query, dict(self.headers))
            except UnknownRequest as error:
                unknown.append(error)
                return self.send_error(501)
            except (ConnectionResetError, TimeoutError) as fault:
                self.close_connection = True
                if isinstance(fault, TimeoutError):
                    stopping.wait()
                return None
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            return None

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 (names that http.server looks for)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    before, fake.api_url = fake.api_url, f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake.api_url
    finally:
        fake.api_url = before
        stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
    if unknown:
        raise unknown[0]
