"""A denied read, which S3 also answers for an object that does not exist if the role may list one prefix only."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError

from core.errors import Conflict, Unavailable
from runtimes.aws.s3_store import S3Objects

AT = datetime(2026, 11, 24, tzinfo=UTC)
DENIED = None


class Client:
    """A client whose reads are scripted, DENIED or content; `listed` are the keys of the bucket."""

    def __init__(self, reads: list[bytes | None], listed: list[str]) -> None:
        self.reads, self.listed = reads, listed

    def get_object(self, **_: Any) -> dict[str, Any]:
        content = self.reads.pop(0)
        if content is DENIED:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")
        return {"Body": BytesIO(content), "ETag": "tag"}

    def put_object(self, **_: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "NoSuchKey"}}, "PutObject")

    def list_objects_v2(self, **_: Any) -> dict[str, Any]:
        return {"Contents": [{"Key": key, "ETag": "tag", "LastModified": AT} for key in self.listed]}


def objects(reads: list[bytes | None], listed: list[str]) -> S3Objects:
    return S3Objects(Client(reads, listed), "store")


def test_a_denied_object_that_is_not_listed_does_not_exist() -> None:
    assert objects([DENIED], ["a.json.old"]).get("a.json") is None


def test_an_object_created_between_the_read_and_the_listing_is_read() -> None:
    assert objects([DENIED, b"1"], ["a.json"]).get("a.json") == (b"1", "tag")


def test_an_object_that_is_listed_and_denied_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="the function's role may not"):
        objects([DENIED, DENIED], ["a.json"]).get("a.json")


def test_an_object_deleted_before_it_is_written_over_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="deleted"):
        objects([], []).put_over("a.json", b"1", "tag")
