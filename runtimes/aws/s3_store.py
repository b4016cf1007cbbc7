"""The store as a bucket: one object for each file. Who follows it is told of every object, at least once.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, NamedTuple

from core.errors import Conflict, Permanent, Unavailable
from runtimes.aws.ssm_secrets import error_code

_SIDE_BY_SIDE = 16
_OVERLAP = 60
"""Seconds: an object's time is that of the beginning of its upload, and it is seen only at the end."""
_LONGEST = 1024  # bytes of a key


class _Denied(Unavailable):
    """By the bucket, or by the role."""


class _Object(NamedTuple):
    key: str
    etag: str
    seconds: int
    """UNIX s."""


class S3Store:
    """Implements core.ports.Store on a boto3 `s3` client."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def write(self, files: Mapping[str, bytes], message: str) -> bool:  # noqa: ARG002 (a bucket keeps no messages)
        """All that are new or different; receipts only when all records are there."""
        for path in files:
            _check(path)
        receipts = {path: content for path, content in files.items() if "_system/" in path}
        records = {path: content for path, content in files.items() if path not in receipts}
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as writers:
            changed = [any(list(writers.map(self._put_if_new, part, part.values()))) for part in (records, receipts)]
        return any(changed)

    def read(self, path: str) -> bytes | None:
        """The object's content; None if there is none."""
        _check(path)
        found = self._get(path)
        return None if found is None else found[0]

    def list(self, prefix: str) -> list[str]:
        """The keys that begin with `prefix`, sorted."""
        return sorted(each.key for each in self._objects(prefix))

    def changes(self, cursor: str | None) -> tuple[tuple[str, ...], str]:
        """Keys written since the cursor, which holds the latest time and what was told of the minute before it."""
        since, told = _read(cursor)
        objects = list(self._objects(""))
        new = [each for each in objects if each.seconds >= since and [each.key, each.etag] not in told]
        latest = max((each.seconds for each in objects), default=0)
        kept = [[each.key, each.etag] for each in objects if each.seconds >= latest - _OVERLAP]
        return tuple(sorted(each.key for each in new)), json.dumps([latest, sorted(kept)], separators=(",", ":"))

    def swap(self, path: str, old: bytes | None, new: bytes) -> bool:
        """A conditional write: S3 itself decides."""
        _check(path)
        found = self._get(path)
        if (None if found is None else found[0]) != old:
            return False
        condition = {"IfNoneMatch": "*"} if found is None else {"IfMatch": found[1]}
        try:
            self._call("put_object", Key=path, Body=new, **condition)
        except Conflict:
            return False
        return True

    def _put_if_new(self, path: str, content: bytes) -> bool:
        """Most records are new, and one request is enough for those."""
        told = {"Key": path, "Body": content, "ContentType": "application/json"}
        try:
            self._call("put_object", **told, IfNoneMatch="*")
        except Conflict:
            found = self._get(path)
            if found is not None and found[0] == content:
                return False
            self._call("put_object", **told)
        return True

    def _get(self, path: str) -> tuple[bytes, str] | None:
        """Content and ETag."""
        try:
            answer = self._call("get_object", Key=path)
        except FileNotFoundError:
            return None
        except _Denied:
            # A role that may list one prefix only is told 403, not 404, of an object that is not there.
            if any(each.key == path for each in self._objects(path)):
                raise
            return None
        return answer["Body"].read(), answer["ETag"]

    def _objects(self, prefix: str) -> Iterator[_Object]:
        told: dict[str, Any] = {"Prefix": prefix}
        while True:
            answer = self._call("list_objects_v2", **told)
            for each in answer.get("Contents", []):
                when: datetime = each["LastModified"]
                yield _Object(each["Key"], each["ETag"], int(when.timestamp()))
            if not answer.get("IsTruncated"):
                return
            told["ContinuationToken"] = answer["NextContinuationToken"]

    def _call(self, operation: str, **told: Any) -> Any:
        ask: Callable[..., Any] = getattr(self._client, operation)
        try:
            return ask(Bucket=self._bucket, **told)
        except Exception as error:  # noqa: BLE001 (whatever the client raises: it did not happen for certain)
            raise self._sorted(error_code(error), operation) from None

    def _sorted(self, code: str, operation: str) -> Exception:
        if code in ("NoSuchKey", "404"):
            return FileNotFoundError()
        if code in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409"):
            return Conflict("another writer was faster")
        if code == "NoSuchBucket":
            return Unavailable(f"STORE_BUCKET: there is no bucket {self._bucket}")
        if code in ("AccessDenied", "403"):
            return _Denied(f"the function's role may not {operation} in the bucket {self._bucket}")
        return Unavailable(f"S3 refused {operation}: {code}")


def _check(path: str) -> None:
    parts = path.split("/")
    bad = any(part in ("", ".", "..") for part in parts) or "\\" in path or not path.isprintable()
    if bad or len(path.encode("utf-8", "surrogatepass")) > _LONGEST:
        raise Permanent("a path that would leave the store, or is not one")


def _read(cursor: str | None) -> tuple[int, list[Any]]:
    """From when on objects are looked at, and which of them were told already; a cursor that is none tells all."""
    try:
        latest, told = json.loads(cursor or "[0,[]]")
        return int(latest) - _OVERLAP, list(told)
    except (ValueError, TypeError):
        return 0, []
