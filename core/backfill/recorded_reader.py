"""Records GitHub's responses on disk while a backfill is planned, so that it can be planned again without a further request.

The plans of hundreds of repositories do not fit into memory together: a page of pull requests has 2 MB. So a plan is dropped after
its estimate was taken from it, and made again from the recorded responses when the repository's turn comes.
"""

import base64
import json
import tempfile
import threading
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, Self

from core.errors import AccessBlocked, MissingPermission, NotFound
from core.payload import Json
from core.ports import GitHubBrowser

_FAST = 1
"""Level of compression: GitHub's JSON gets about eight times smaller."""
_Read = tuple[object, ...]
_Page = tuple[list[Json], Mapping[str, str] | None]


class _Place(NamedTuple):
    """Where a response is in the file, in bytes."""

    offset: int
    size: int


class ResponseFile:
    """A temporary file of responses, which has no name: it is gone with the process, however that ends. Thread-safe."""

    def __init__(self) -> None:
        """Create the file in the system's folder for temporary files. Raises OSError."""
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (the context manager is this object)
        self._lock = threading.Lock()
        self.size = 0
        """Bytes."""

    def __enter__(self) -> Self:
        """Return the open file."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete the file."""
        self._file.close()

    def append(self, value: object) -> _Place:
        """Append a value of JSON, and return its place. Raises OSError."""
        content = zlib.compress(json.dumps(value, separators=(",", ":")).encode(), _FAST)
        with self._lock:
            place = _Place(self.size, len(content))
            self._file.seek(place.offset)
            self._file.write(content)
            self.size += len(content)
        return place

    def read(self, place: _Place) -> Any:
        """Return the value at a place. Raises OSError."""
        with self._lock:
            self._file.seek(place.offset)
            content = self._file.read(place.size)
        return json.loads(zlib.decompress(content))


class RecordedReader:
    """A GitHubBrowser that records each response until `rewind`, and then answers each recorded read once, as it was answered.

    What was not recorded is sent to GitHub. Failures are recorded if they do not pass: a missing list, or a missing permission.
    """

    def __init__(self, github: GitHubBrowser, file: ResponseFile) -> None:
        self._github = github
        self._file = file
        self._lock = threading.Lock()
        self._recorded: defaultdict[_Read, list[_Place | Exception]] = defaultdict(list)
        self._is_recording = True

    def rewind(self) -> None:
        """End the recording: the following reads are answered from it."""
        self._is_recording = False

    def forget(self) -> None:
        """Send all following reads to GitHub."""
        self._is_recording = False
        self._recorded.clear()

    def page(self, path: str, params: Mapping[str, str] | None = None) -> _Page:
        """Implement core.ports.GitHubReader."""
        read = ("page", path, tuple(sorted((params or {}).items())))
        items, following = self._answer(read, lambda: self._github.page(path, params))
        return items, following

    def object(self, path: str) -> Json:
        """Implement core.ports.GitHubReader."""
        body: Json = self._answer(("object", path), lambda: self._github.object(path))
        return body

    def graphql(self, query: str, variables: Mapping[str, str | int]) -> Json:
        """Implement core.ports.GitHubReader."""
        read = ("graphql", query, tuple(sorted(variables.items())))
        data: Json = self._answer(read, lambda: self._github.graphql(query, variables))
        return data

    def file(self, owner: str, repo: str, path: str, ref: str | None = None) -> bytes | None:
        """Implement core.ports.GitHubReader."""

        def encoded() -> str | None:
            content = self._github.file(owner, repo, path, ref)
            return None if content is None else base64.b64encode(content).decode()

        content = self._answer(("file", owner, repo, path, ref), encoded)
        return None if content is None else base64.b64decode(content)

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
        """Implement core.ports.GitHubReader, page by page."""
        following: Mapping[str, str] | None = params or {}
        while following is not None:
            items, following = self.page(path, following)
            yield from items

    def repositories(self, owner: str | None = None) -> Iterable[Json]:
        """Implement core.ports.GitHubBrowser; not recorded, as the backfill of one repository does not call it."""
        return self._github.repositories(owner)

    def budget(self, path: str = "") -> float:
        """Implement core.ports.GitHubBrowser."""
        return self._github.budget(path)

    def _answer(self, read: _Read, send: Callable[[], Any]) -> Any:
        if not self._is_recording:
            with self._lock:
                answers = self._recorded.get(read)
                answer = answers.pop(0) if answers else None
            if isinstance(answer, Exception):
                raise answer
            return send() if answer is None else self._file.read(answer)
        try:
            value = send()
        except (NotFound, MissingPermission, AccessBlocked) as error:
            with self._lock:  # a new exception: that one holds the frames of its traceback, and what they refer to
                self._recorded[read].append(type(error)(str(error)))
            raise
        with suppress(OSError):  # no space left: it is read again
            place = self._file.append(value)
            with self._lock:
                self._recorded[read].append(place)
        return value
