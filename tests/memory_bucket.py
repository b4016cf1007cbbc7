"""A bucket in memory that lists as S3 does: by the order of the keys, from any key on, at most a thousand a request."""

import hashlib
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterator
from threading import Lock

from core.errors import Conflict
from core.stores.bucket_objects import Version

PAGE = 1_000


class MemoryBucket:
    """Implements core.stores.bucket_objects.Objects on a dict."""

    def __init__(self, now: Callable[[], int], before: Callable[[str, str], object] = lambda *_: None) -> None:
        """`now` is the cloud's clock in UNIX ms; `before` is called with the name of each request and its key, and may raise."""
        self.contents: dict[str, bytes] = {}
        self.requests = Counter[str]()
        self.vanishing = set[str]()
        """Keys that are listed, and deleted before they are read."""
        self._now = now
        self._before = before
        self._seconds: dict[str, int] = {}
        self._keys: list[str] | None = None
        self._lock = Lock()

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return content and tag."""
        self._count("get", key)
        content = None if key in self.vanishing else self.contents.get(key)
        return None if content is None else (content, _tag(content))

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:
        """Write if the tag is still the same."""
        self._count("put", key)
        with self._lock:
            existing = self.contents.get(key)
            if tag != (None if existing is None else _tag(existing)):
                raise Conflict("another writer changed it first")
            self.put(key, content)
        self._before("after put", key)

    def put(self, key: str, content: bytes) -> None:
        """Write as another program does, which no request of ours is."""
        if key not in self.contents and self._keys is not None:
            insort(self._keys, key)
        self.contents[key] = content
        self._seconds[key] = self._now() // 1000

    def delete(self, key: str) -> None:
        """Delete an object as another program does."""
        del self.contents[key]
        self._keys = None

    def versions(self, prefix: str, start: str = "") -> Iterator[Version]:
        """Yield the versions by the order of the keys, after `start`."""
        if self._keys is None:
            self._keys = sorted(self.contents)
        position = bisect_right(self._keys, start) if start > prefix else bisect_left(self._keys, prefix)
        while True:
            self._count("list", prefix)
            page = self._keys[position : position + PAGE]
            for key in page:
                if not key.startswith(prefix):
                    return
                yield Version(key, _tag(self.contents[key]), self._seconds[key])
            position += PAGE
            if len(page) < PAGE or not (self._keys[position : position + 1] or [""])[0].startswith(prefix):
                return

    def _count(self, name: str, key: str) -> None:
        self.requests[name] += 1
        self._before(name, key)


def _tag(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
