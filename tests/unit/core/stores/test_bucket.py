from collections.abc import Iterator

import pytest

from core.errors import Conflict
from core.record_file import to_line
from core.stores.bucket import BucketStore
from core.stores.bucket_objects import Version


class Objects:
    """Implements core.stores.bucket_objects.Objects on a dict; remembers what was listed."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.listed: list[str] = []

    def get(self, key: str) -> tuple[bytes, str] | None:
        return (b"{}", "1") if key in self.keys else None

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:
        raise AssertionError((key, content, tag))

    def versions(self, prefix: str, start: str = "") -> Iterator[Version]:  # noqa: ARG002 (the port's own)
        self.listed.append(prefix)
        return (Version(key, "1", 1_795_500_000) for key in self.keys if key.startswith(prefix))


class Contended(Objects):
    """Holds one object, which another writer changes before each of the first writes over it."""

    def __init__(self, *contents: bytes) -> None:
        super().__init__()
        self.contents, self.written = list(contents), list[tuple[bytes, str | None]]()

    def get(self, key: str) -> tuple[bytes, str] | None:  # noqa: ARG002 (the port's own)
        return (self.contents[0], str(len(self.contents))) if self.contents else None

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:  # noqa: ARG002 (the port's own)
        if len(self.contents) > 1 or tag is None:
            self.contents = self.contents[1:] if tag else self.contents
            raise Conflict("another writer changed it first")
        self.written.append((content, tag))


def job(**known: object) -> bytes:
    return to_line(
        {"id": "o/r/m/1", "metric_signature": "m", "output": {"a": None, "b": None, **known}, "anomalies": []}
    )


def test_what_a_faster_writer_knows_is_kept_too() -> None:
    objects = Contended(job(), job(a=1))
    assert BucketStore(objects).write({"o/r/m/1.json": job(b=2)}, "x") is True
    assert objects.written == [(job(a=1, b=2), "1")]


def test_a_writer_that_is_always_slower_gives_up_with_a_conflict() -> None:
    with pytest.raises(Conflict, match="other writers"):
        BucketStore(Contended(*[job(a=n) for n in range(99)])).write({"o/r/m/1.json": job(b=2)}, "x")


class Deleted(Objects):
    """Has an object at the first write, which is deleted before the next one."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str | None] = []

    def get(self, key: str) -> tuple[bytes, str] | None:  # noqa: ARG002 (the port's own)
        return (job(a=1), "1") if len(self.tags) == 1 else None

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:  # noqa: ARG002 (the port's own)
        if key.startswith("landing/"):
            return
        self.tags.append(tag)
        if len(self.tags) < 3:
            raise Conflict("another writer changed it first")


def test_an_object_that_was_deleted_meanwhile_is_created() -> None:
    objects = Deleted()
    assert BucketStore(objects).write({"o/r/m/1.json": job(b=2)}, "x") is True
    assert objects.tags == [None, "1", None]
