"""The data repository: one commit for each write, on a branch that is only moved forward.

A write is idempotent: if it is repeated, its tree is the one that the branch has, and there is no commit. So a lost
response costs a request, never a second commit.
https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-your-git-database
"""

import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

import requests

from core import deadline
from core.errors import Conflict, PermanentError, Unavailable
from core.github import trees
from core.github.api import GitHubApi, TransportError
from core.github.app import data_tokens
from core.github.git_data import DataRepository, GitData, Person, is_sha
from core.github.git_files import GitFiles
from core.github.write_budget import WriteBudget
from core.known_values import keep_known
from core.log import Log, milliseconds_since
from core.record_file import is_record_path
from core.secrets_cache import DATA_TOKEN, SecretsCache
from core.settings import Settings

_FILES, _BYTES = 500, 2_000_000
"""Maximum files and bytes of one request: GitHub gives up on a request after 10 s."""
_STALE = 5.0
"""Seconds for which a superseded head is a stale response; after that the branch was reset on purpose, which is followed.
A head that is stale after all causes a conflict, never the loss of a file."""
_SWAPS = 6
_PAUSE = 0.2
_PLAIN = re.compile(r"[^\x00-\x1f\x7f\\\ud800-\udfff]+")


def open_store(settings: Settings, session: requests.Session, secrets: SecretsCache, log: Log) -> "GitHubRepoStore":
    """Return the store of the data repository that the settings name."""
    author = Person(settings.author_name, settings.author_email) if settings.author_name else None
    committer = Person(settings.committer_name, settings.committer_email) if settings.committer_name else None
    repository = DataRepository(settings.repo_owner, settings.repo_name, settings.target_branch, author, committer)
    budget = WriteBudget()
    tokens = data_tokens(settings, session, secrets)
    api = GitHubApi(session, tokens, DATA_TOKEN, settings.github_api_url)
    return GitHubRepoStore(GitData(api, repository, budget), budget, log)


class CommitOutcome(StrEnum):
    """The outcome of a commit, in the log."""

    PUSHED = "pushed"


class GitHubRepoStore:
    """Implements core.ports.Store on a branch. A lock serializes the writers of a process, the branch those of several.

    Methods raise only what `core.ports.Store` names.
    """

    def __init__(
        self,
        git: GitData,
        budget: WriteBudget,
        log: Log,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._git = git
        self._files = GitFiles(git)
        self._budget = budget
        self._log = log
        self._sleep = sleep
        self._heads = _Heads(monotonic)
        self._trees: dict[str, str] = {}
        self._lock = threading.Lock()

    def write(self, files: Mapping[str, bytes], message: str) -> bool:
        """Write all files in one commit; make no commit if nothing would change.

        A stored record keeps what the new one does not know: one request finds those of a hundred paths that are stored.
        """
        _check(files)
        if not files:
            return False
        with self._lock:
            self._budget.wait()
            return self._write(self._head(), files, message)

    def read(self, path: str) -> bytes | None:
        """Return the file's content; None if there is none."""
        _check([path])
        head = self._head()
        return None if head is None else self._git.file(path, head)

    def read_many(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of those of the files that exist, a hundred with one request."""
        paths = list(paths)
        _check(paths)
        head = self._head()
        return {} if head is None else dict(self._files.read(paths, head, is_urgent=False))

    def list(self, prefix: str) -> list[str]:
        """Return the paths of all files that begin with `prefix`, sorted. Only the prefix's own folder is read."""
        head = self._head()
        return [] if head is None else sorted(trees.list_files(self._git, self._tree_of(head), prefix))

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Return the paths written since the cursor, a commit; all paths if it is unknown or too many have changed."""
        head = self._head()
        if head is None:
            return (), ""
        if cursor == head:
            return (), head
        changed = self._git.changed(cursor, head) if cursor is not None and is_sha(cursor) else None
        if changed is None:
            before = self._git.tree_of(cursor) if cursor is not None and is_sha(cursor) else None
            changed = list(trees.diff_trees(self._git, before, self._tree_of(head)))
        return tuple(sorted(changed)), head

    def compare_and_swap(self, path: str, old: bytes | None, new: bytes) -> bool:
        """Write `new` if the content at the branch's head is still `old` (None: no file); return whether it was."""
        _check([path])
        with self._lock:
            for attempt in range(_SWAPS):
                head = self._head()
                if (None if head is None else self._git.file(path, head)) != old:
                    return False
                try:
                    self._budget.wait()
                    self._write(head, {path: new}, f"Update {path}")
                except Conflict:
                    pause = _PAUSE * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311 (jitter, not a secret)
                    deadline.nap(pause, self._sleep, path)
                else:
                    return True
        raise Conflict(f"{path}: other writers changed it first, {_SWAPS} times")

    def _head(self) -> str | None:
        head = self._git.head()
        return None if head is None else self._heads.latest(head)

    def _write(self, head: str | None, files: Mapping[str, bytes], message: str) -> bool:
        start = time.perf_counter()
        if head is None:
            head = self._begin(files, message)
            if len(files) == 1:
                return True
        base = tree = self._tree_of(head)
        stored = self._files.read(filter(is_record_path, files), head, is_urgent=True)
        files = {**files, **{path: keep_known(path, content, files[path]) for path, content in stored}}
        for piece in _chunks(files):
            tree = self._git.make_tree(tree, piece)
        if tree == base:
            return False
        commit = self._git.make_commit(tree, head, message)
        self._move(commit)
        self._heads.latest(commit)
        self._trees = {commit: tree}
        fields = {"files": len(files), "writes_last_hour": self._budget.spent(), "ms": milliseconds_since(start)}
        self._log("info", "commit", CommitOutcome.PUSHED, commit=commit, **fields)
        return True

    def _begin(self, files: Mapping[str, bytes], message: str) -> str:
        """Create the first file of an empty repository; a receipt never precedes a record."""
        first = min(files, key=lambda path: ("_system/" in path, path))
        self._git.begin(first, files[first], message)
        head = self._head()
        if head is None:
            raise Unavailable("GitHub still reports the data repository as empty after its first file")
        return head

    def _move(self, commit: str) -> None:
        """Move the branch to the commit. If the response is lost, retry; later commits may already follow it by then."""
        try:
            return self._git.move(commit)
        except TransportError:
            pass
        try:
            return self._git.move(commit)
        except TransportError as error:
            raise Unavailable(f"the data repository: {error}") from None
        except Conflict:
            head = self._git.head()
            if head is None or not self._git.is_in(commit, head):
                raise

    def _tree_of(self, commit: str) -> str:
        tree = self._trees.get(commit) or self._git.tree_of(commit)
        if tree is None:
            raise Unavailable("GitHub does not return the data repository's newest commit yet")
        return tree


class _Heads:
    """Tracks the heads of the branch: GitHub may return a stale head that this process has superseded a moment ago."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._superseded: deque[str] = deque(maxlen=100)
        self._last: str | None = None
        self._since = 0.0

    def latest(self, head: str) -> str:
        """Return the head from the response, or the one that superseded it a moment ago."""
        now = self._monotonic()
        if self._last is not None and head in self._superseded and now - self._since < _STALE:
            return self._last
        if head != self._last:
            if self._last is not None:
                self._superseded.append(self._last)
            self._last, self._since = head, now
        return head


def _check(paths: Iterable[str]) -> None:
    """Raise PermanentError for a path that would leave its folder, or that git cannot store."""
    for path in paths:
        parts = path.split("/")
        if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts) or not _PLAIN.fullmatch(path):
            raise PermanentError("an invalid path, or a path outside the store")


def _chunks(files: Mapping[str, bytes]) -> list[dict[str, bytes]]:
    """Split the files into chunks that fit into one request each."""
    pieces: list[dict[str, bytes]] = [{}]
    size = 0
    for path, content in files.items():
        if pieces[-1] and (len(pieces[-1]) >= _FILES or size + len(content) > _BYTES):
            pieces.append({})
            size = 0
        pieces[-1][path] = content
        size += len(content)
    return pieces
