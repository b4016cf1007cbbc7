"""Payloads, and fakes that remember what they were asked: for the tests of the pipeline around the metrics."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.handler import Request
from core.payload import Json
from core.ports import QueuedMessage
from core.webhook import sign
from tests.builders import SECRET

DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
COMMITS = "/repos/octo-org/Hello-World/pulls/42/commits"
FILES = "/repos/octo-org/Hello-World/pulls/42/files"
TIMELINE = "query PullRequestTimeline"
_NO_EVENTS = {"nodes": [], "pageInfo": {"hasNextPage": False, "hasPreviousPage": False}}
_CONNECTIONS = ("firstReady", "lastReady", "drafted", "queued", "dequeued", "firstReviews", "lastApprovals")
NO_TIMELINE = {"repository": {"pullRequest": {"author": None, **dict.fromkeys(_CONNECTIONS, _NO_EVENTS)}}}
"""GitHub's answer about a pull request to which nothing happened before it was merged."""


def repository(owner: Any = "octo-org", name: Any = "Hello-World") -> Json:
    page = f"https://github.com/{owner}/{name}"
    return {"id": 1296269, "name": name, "html_url": page, "owner": {"login": owner, "id": 1}}


def check_suite(*, id: int = 118578147, action: str = "completed", **changes: Any) -> Json:
    suite = {
        "id": id,
        "head_sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
        "conclusion": "success",
        "created_at": "2026-11-24T05:00:00Z",
        "updated_at": "2026-11-24T05:10:00Z",
        "pull_requests": [],
    }
    return {"action": action, "check_suite": suite, "repository": repository(), **changes}


def pull_request(*, merged: bool = True, **changes: Any) -> Json:
    fields = {
        "id": 279147437,
        "number": 42,
        "merged": merged,
        "created_at": "2026-11-23T05:00:00Z",
        "updated_at": "2026-11-24T05:00:00Z",
        "closed_at": "2026-11-24T05:00:00Z",
        "merged_at": "2026-11-24T05:00:00Z" if merged else None,
        "head": {"sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821"},
        "user": {"login": "octocat"},
        "merged_by": {"login": "hubot"} if merged else None,
        "comments": 1,
        "review_comments": 2,
        "changed_files": 3,
        "additions": 4,
        "deletions": 5,
        "commits": 1,
    }
    return {"action": "closed", "pull_request": fields, "repository": repository(), **changes}


def workflow_job(*, id: int = 2832853555, name: str = "unit tests", **changes: Any) -> Json:
    job = {
        "id": id,
        "run_attempt": 1,
        "name": name,
        "workflow_name": None,
        "head_sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
        "conclusion": "success",
        "created_at": "2026-11-24T05:00:00Z",
        "started_at": "2026-11-24T05:00:10Z",
        "completed_at": "2026-11-24T05:01:00Z",
        "steps": [],
    }
    return {"action": "completed", "workflow_job": job, "repository": repository(), **changes}


def new_tag(ref: Any = "v1.2.3", **changes: Any) -> Json:
    return {"ref": ref, "ref_type": "tag", "repository": repository(), **changes}


def snapshot(owner: Any = "octo-org", repo: Any = "Hello-World", **changes: Any) -> Json:
    return {"owner": owner, "repo": repo, **changes}


def request(
    payload: Any, event: str = "check_suite", *, secret: str = SECRET, delivery: str = DELIVERY, **headers: str
) -> Request:
    """A signed delivery; `payload` is JSON or, as bytes, the raw body; `a_b="c"` is the header `a-b: c`."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    values = {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": delivery,
        "x-hub-signature-256": sign(body, secret),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return Request({name: value for name, value in values.items() if value}, body)


def queued(body: str, id: str = "message-1", attempt: int = 1) -> QueuedMessage:
    return QueuedMessage(id, body, attempt, f"{id}-{attempt}")


class ScriptedGitHub:
    """A GitHubReader: the answers to each path in their order, then always the last one; an exception is raised.

    A pull request has an empty timeline, unless a test says otherwise.
    """

    def __init__(self, answers: Mapping[str, list[Any]] | None = None) -> None:
        self.answers = {TIMELINE: [NO_TIMELINE], **{path: list(script) for path, script in (answers or {}).items()}}
        self.asked: list[str] = []

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        assert not params
        response: Iterable[Json] = self._next(path)
        yield from response

    def page(self, path: str, _: Mapping[str, str] | None = None) -> tuple[list[Json], None]:
        return list(self._next(path)), None

    def object(self, path: str) -> Json:
        response: Json = self._next(path)
        return response

    def graphql(self, query: str, _: Mapping[str, str | int]) -> Json:
        response: Json = self._next(" ".join(query.partition("(")[0].split()))
        return response

    def file(self, owner: str, repo: str, path: str, ref: str | None = None) -> bytes | None:
        response: bytes | None = self._next(f"{owner}/{repo}/{path}@{ref or ''}")
        return response

    def _next(self, path: str) -> Any:
        self.asked.append(path)
        if path not in self.answers:
            raise AssertionError(f"GitHub was asked for {path}, which no test expects")
        script = self.answers[path]
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


class RecordingStore:
    """A Store that keeps what it is given, and each write by itself; `refuse` is asked before every write."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.writes: list[dict[str, bytes]] = []
        self.messages: list[str] = []
        self.errors: list[Exception] = []
        """Raised by the next writes, one each."""
        self.cursed = ""
        """A write with a path that contains this can never be written."""
        self.curse: Exception | None = None
        self.out: Exception | None = None

    def write(self, files: Mapping[str, bytes], message: str) -> bool:
        if self.out is not None:
            raise self.out
        if self.errors:
            raise self.errors.pop(0)
        if self.curse is not None and any(self.cursed in path for path in files):
            raise self.curse
        self.writes.append(dict(files))
        self.messages.append(message)
        changed = {path: content for path, content in files.items() if self.files.get(path) != content}
        self.files |= changed
        return len(changed)

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def read_many(self, paths: Iterable[str]) -> dict[str, bytes]:
        return {path: self.files[path] for path in paths if path in self.files}

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        raise AssertionError(f"the pipeline follows no changes: {cursor}")

    def compare_and_swap(self, path: str, old: bytes | None, new: bytes) -> bool:
        raise AssertionError(f"the pipeline swaps nothing: {path} {old!r} {new!r}")

    def records(self) -> dict[str, Json]:
        return {path: json.loads(text) for path, text in self.files.items() if "_system/" not in path}

    def receipts(self) -> list[Json]:
        texts = [text.decode() for path, text in sorted(self.files.items()) if "_system/receipts/" in path]
        return [json.loads(line) for text in texts for line in text.splitlines()]

    def list(self, prefix: str) -> Iterable[str]:
        return sorted(path for path in self.files if path.startswith(prefix))
