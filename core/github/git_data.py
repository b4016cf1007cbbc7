"""Calls GitHub's Git Data API on one branch of one repository; raises an exception for every response but a success.

https://docs.github.com/en/rest/git
"""

import base64
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import requests

from core.errors import ResponseTooLarge, TransientReadError, Unavailable
from core.github.absent_files import is_absent, names_in
from core.github.api import JSON, RAW, GitHubApi, TransportError
from core.github.bounded_response import Limits
from core.github.responses import decode_content, is_file, parse_json_response, raw_content, says
from core.github.write_budget import WriteBudget
from core.github.write_errors import WriteErrorMapper
from core.payload import Json

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LIMITS = Limits(size=32 * 1024 * 1024, values=1_000_000)
"""Limits for our own files and their names, read one response at a time. A tree has up to 100,000 entries and 7 MB:
https://docs.github.com/en/rest/git/trees#get-a-tree"""
COMPARED = 300
"""Files that a comparison names at most: https://docs.github.com/en/rest/commits/commits#compare-two-commits"""


class Person(NamedTuple):
    """The author or committer of a commit."""

    name: str
    email: str


class DataRepository(NamedTuple):
    """The repository of the records, and the author of its commits. Without one GitHub uses the token's account."""

    owner: str
    name: str
    branch: str = "main"
    author: Person | None = None
    committer: Person | None = None

    @property
    def path(self) -> str:
        """The repository's path in the API."""
        return f"/repos/{self.owner}/{self.name}"


class Entry(NamedTuple):
    """An entry of a tree."""

    path: str
    kind: str
    """`blob`, `tree` or `commit` (a submodule)."""
    sha: str


class GitData:
    """One method for each call. Every method raises Unavailable, and Conflict if another writer changed it first."""

    def __init__(self, api: GitHubApi, repository: DataRepository, budget: WriteBudget) -> None:
        self.api = api
        self.repository = repository
        self._budget = budget
        self._refusals = WriteErrorMapper(api, repository.owner, repository.name, repository.branch)

    def head(self) -> str | None:
        """Return the branch's newest commit; None while the repository is empty."""
        response = self._ask("GET", f"git/ref/heads/{quote(self.repository.branch)}")
        if response.status_code == 409 and says(response, "empty"):
            return None
        if response.status_code == 404 and self._refusals.is_default_branch() and not self._has_branch():
            return None  # a repository without its default branch has no commit
        return _sha(self._success_body(response), "object", "sha")

    def tree_of(self, commit: str) -> str | None:
        """Return the root tree of a commit; None if there is no such commit."""
        response = self._ask("GET", f"git/commits/{commit}")
        return None if response.status_code == 404 else _sha(self._success_body(response), "tree", "sha")

    def entries(self, tree: str, *, recursive: bool = False) -> list[Entry] | None:
        """Return the entries of a tree, with `recursive` of all trees below it; None if GitHub truncates the list."""
        params = {"recursive": "1"} if recursive else None
        answer = self._success_body(self._ask("GET", f"git/trees/{tree}", params=params))
        if answer.get("truncated"):
            return None
        try:
            return [Entry(entry["path"], entry["type"], entry["sha"]) for entry in answer["tree"]]
        except (KeyError, TypeError):
            raise Unavailable("GET git/trees: the response is not a tree") from None

    def file(self, path: str, commit: str) -> bytes | None:
        """Return a file's content at a commit; None if there is no such file."""
        endpoint, params = f"contents/{quote(path)}", {"ref": commit}
        response = self._ask("GET", endpoint, params=params)
        if response.status_code == 404 and says(response, "not found"):
            if is_absent(path, lambda folder: self._names(folder, commit)):
                return None
            raise Unavailable(f"the data repository: GET {endpoint}: 404, which may pass")
        answer = self._success_body(response, kind=(dict, list))
        try:
            if not is_file(answer, path):
                return None
            if answer.get("encoding") == "base64":
                return decode_content(answer, path)
            return raw_content(self._ask("GET", endpoint, params=params, accept=RAW), path)
        except TransientReadError as error:
            raise Unavailable(str(error)) from None

    def changed(self, base: str, head: str) -> list[str] | None:
        """Return the paths added or changed from `base` to `head`; None if GitHub does not list all, or has no `base`."""
        response = self._ask("GET", f"compare/{base}...{head}")
        if response.status_code == 404:
            return None
        answer = self._success_body(response)
        files = answer.get("files")
        straight = answer.get("status") in ("ahead", "identical")  # else the list begins at the merge base
        if not straight or type(files) is not list or len(files) >= COMPARED:
            return None
        return [file["filename"] for file in files if file["status"] != "removed"]

    def is_in(self, commit: str, head: str) -> bool:
        """Return whether `head` is `commit` or one of its descendants."""
        return self._success_body(self._ask("GET", f"compare/{commit}...{head}")).get("status") in (
            "ahead",
            "identical",
        )

    def make_tree(self, base: str, files: Mapping[str, bytes]) -> str:
        """Create the tree of `base` with these files added, and return its name."""
        tree = [self._entry(path, content) for path, content in files.items()]
        return _sha(self._success_body(self._write("POST", "git/trees", {"base_tree": base, "tree": tree})), "sha")

    def make_commit(self, tree: str, parent: str, message: str) -> str:
        """Create a commit that is on no branch yet, and return its name."""
        body = {"message": message, "tree": tree, "parents": [parent], **self._people()}
        return _sha(self._success_body(self._write("POST", "git/commits", body)), "sha")

    def move(self, commit: str) -> None:
        """Move the branch forward to a commit. Raises TransportError if the outcome is unknown.

        The call is idempotent.
        """
        endpoint = f"git/refs/heads/{quote(self.repository.branch)}"
        response = self._write("PATCH", endpoint, {"sha": commit, "force": False}, lossy=True)
        if response.status_code >= 500:
            raise TransportError(f"PATCH {endpoint}: {response.status_code}", timed_out=False)
        answer = self._success_body(response)
        if _sha(answer, "object", "sha") != commit:
            raise TransportError(f"PATCH {endpoint}: the response is about another object", timed_out=False)

    def begin(self, path: str, content: bytes, message: str) -> None:
        """Create the first commit of an empty repository, which the Git Data API itself cannot create."""
        body = {"message": message, "content": base64.b64encode(content).decode(), **self._people()}
        begun = self._success_body(self._write("PUT", f"contents/{quote(path)}", body))
        response = self._ask("GET", f"git/ref/heads/{quote(self.repository.branch)}")
        if response.status_code == 404:  # the first branch of a repository is its default one
            self.make_branch(_sha(begun, "commit", "sha"))

    def make_branch(self, commit: str) -> None:
        """Create the branch at a commit."""
        self._success_body(
            self._write("POST", "git/refs", {"ref": f"refs/heads/{self.repository.branch}", "sha": commit})
        )

    def make_blob(self, content: bytes) -> str:
        """Create a blob that is in no tree yet, and return its name."""
        body = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
        return _sha(self._success_body(self._write("POST", "git/blobs", body)), "sha")

    def _has_branch(self) -> bool:
        """Ask for the branch at another endpoint: a 404 right after a push may pass."""
        return self._ask("GET", f"branches/{quote(self.repository.branch)}").status_code != 404

    def _names(self, folder: str, commit: str) -> list[str] | None:
        """Return the names in a folder at a commit; None if GitHub answers 404. The root may be empty."""
        if not folder:
            tree = self.tree_of(commit)
            return None if tree is None else [entry.path for entry in self.entries(tree) or ()]
        response = self._ask("GET", f"contents/{quote(folder)}", params={"ref": commit})
        return None if response.status_code == 404 else names_in(self._success_body(response, kind=(dict, list)))

    def _entry(self, path: str, content: bytes) -> Json:
        entry = {"path": path, "mode": "100644", "type": "blob"}
        try:
            return {**entry, "content": content.decode()}
        except UnicodeDecodeError:
            return {**entry, "sha": self.make_blob(content)}

    def _people(self) -> Json:
        people = {"author": self.repository.author, "committer": self.repository.committer}
        return {name: person._asdict() for name, person in people.items() if person is not None}

    def _write(self, method: str, endpoint: str, body: Json, *, lossy: bool = False) -> requests.Response:
        self._budget.acquire()
        return self._ask(method, endpoint, json=body, lossy=lossy)

    def _ask(
        self,
        method: str,
        endpoint: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        accept: str = JSON,
        lossy: bool = False,
    ) -> requests.Response:
        url = f"{self.api.url}{self.repository.path}/{endpoint}"
        try:
            return self.api.send(method, url, params=params, json=json, accept=accept, redirects=False, limits=_LIMITS)
        except TransportError as error:
            if lossy:
                raise
            raise Unavailable(f"the data repository: {error}") from None
        except ResponseTooLarge as error:
            raise Unavailable(f"the data repository: {error}") from None

    def _success_body(self, response: requests.Response, kind: type | tuple[type, ...] = dict) -> Any:
        """Return the JSON of a successful response; raise the exception for any other."""
        if response.status_code not in (200, 201):
            raise self._refusals.to_exception(response)
        try:
            answer = parse_json_response(response, _LIMITS.values)
        except (TransientReadError, ResponseTooLarge) as error:
            raise Unavailable(str(error)) from None
        if not isinstance(answer, kind):
            raise Unavailable("the data repository: the response is not GitHub's")
        return answer


def _sha(answer: Json, *keys: str) -> str:
    value: Any = answer
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, str) or not _SHA.fullmatch(value):
        raise Unavailable(f"the data repository: a response of GitHub has no {'.'.join(keys)}")
    return value


def is_sha(text: str) -> bool:
    """Return whether a text could be the name of a commit."""
    return _SHA.fullmatch(text) is not None
