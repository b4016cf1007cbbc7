"""A denied read, which Cloud Storage also answers for an object that does not exist if the caller may not list the bucket."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from google.api_core.exceptions import Forbidden

from core.errors import Unavailable
from runtimes.gcp.gcs_store import GcsObjects

AT = datetime(2026, 11, 24, tzinfo=UTC)
DENIED = None


class Client:
    """A client and its bucket whose reads are scripted, DENIED or content; `listed` are the keys of the bucket."""

    def __init__(self, reads: list[bytes | None], listed: list[str]) -> None:
        self.reads, self.listed = reads, listed

    def bucket(self, _: str) -> "Client":
        return self

    def blob(self, key: str) -> SimpleNamespace:
        return SimpleNamespace(name=key, generation="tag", updated=AT, download_as_bytes=self._download)

    def list_blobs(self, *_: Any, **__: Any) -> list[SimpleNamespace]:
        return [self.blob(key) for key in self.listed]

    def _download(self, **_: Any) -> bytes:
        content = self.reads.pop(0)
        if content is DENIED:
            raise Forbidden("storage.objects.get")  # type: ignore[no-untyped-call]
        return content


def objects(reads: list[bytes | None], listed: list[str]) -> GcsObjects:
    return GcsObjects(Client(reads, listed), "store")


def test_a_denied_object_that_is_not_listed_does_not_exist() -> None:
    assert objects([DENIED], ["a.json.old"]).get("a.json") is None


def test_an_object_created_between_the_read_and_the_listing_is_read() -> None:
    assert objects([DENIED, b"1"], ["a.json"]).get("a.json") == (b"1", "tag")


def test_an_object_that_is_listed_and_denied_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="the function's account may not"):
        objects([DENIED, DENIED], ["a.json"]).get("a.json")
