"""Stores records in an S3 bucket.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from collections.abc import Callable, Iterator
from typing import Any

from core.errors import Conflict, Unavailable
from core.stores.bucket import BucketStore, Version
from runtimes.aws.ssm_secrets import error_code


class _Denied(Unavailable):
    """Access was denied by the bucket's or the role's policy."""


class S3Store(BucketStore):
    """Implements core.ports.Store on a boto3 `s3` client."""

    def __init__(self, client: Any, bucket: str) -> None:
        super().__init__(S3Objects(client, bucket))


class S3Objects:
    """Implements core.stores.bucket.Objects; a tag is an ETag. Methods raise Unavailable, conditional writes Conflict."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return content and ETag; None if the object does not exist. Raises Unavailable."""
        try:
            answer = self._call("get_object", Key=key)
        except FileNotFoundError:
            return None
        except _Denied:
            # A role that may list one prefix only gets 403, not 404, for an object that does not exist.
            if any(version.key == key for version in self.versions(key)):
                raise
            return None
        return answer["Body"].read(), answer["ETag"]

    def put(self, key: str, content: bytes) -> None:
        """Write an object, overwriting any existing one. Raises Unavailable."""
        self._call("put_object", Key=key, Body=content, ContentType="application/json")

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:
        """Write an object if its ETag is still `tag` (None: if it does not exist). Raises Conflict or Unavailable."""
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        self._call("put_object", Key=key, Body=content, ContentType="application/json", **condition)

    def versions(self, prefix: str) -> Iterator[Version]:
        """Yield the objects below a prefix: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html."""
        parameters: dict[str, Any] = {"Prefix": prefix}
        while True:
            answer = self._call("list_objects_v2", **parameters)
            for item in answer.get("Contents", []):
                yield Version(item["Key"], item["ETag"], int(item["LastModified"].timestamp()))
            if not answer.get("IsTruncated"):
                return
            parameters["ContinuationToken"] = answer["NextContinuationToken"]

    def _call(self, operation: str, **parameters: Any) -> Any:
        ask: Callable[..., Any] = getattr(self._client, operation)
        try:
            return ask(Bucket=self._bucket, **parameters)
        except Exception as error:  # noqa: BLE001 (any client error means that the call is not confirmed)
            raise self._translate(error_code(error), operation) from None

    def _translate(self, code: str, operation: str) -> Exception:
        if code in ("NoSuchKey", "404"):
            return FileNotFoundError()
        if code in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409"):
            return Conflict("another writer was faster")
        if code == "NoSuchBucket":
            return Unavailable(f"STORE_BUCKET: there is no bucket {self._bucket}")
        if code in ("AccessDenied", "403"):
            return _Denied(f"the function's role may not {operation} in the bucket {self._bucket}")
        return Unavailable(f"S3 refused {operation}: {code}")
