"""Stores records in an S3 bucket.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from core.errors import Conflict, Unavailable
from core.stores.bucket import BucketStore
from core.stores.bucket_objects import Denied, Version, read_or_look_up
from runtimes.aws.ssm_secrets import NO_CREDENTIALS, error_code

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsV2RequestTypeDef, PutObjectRequestTypeDef

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_JSON = "application/json"


class S3Store(BucketStore):
    """Implements core.ports.Store on a boto3 `s3` client."""

    def __init__(self, client: "S3Client", bucket: str, root: str = "") -> None:
        super().__init__(S3Objects(client, bucket), root)


class S3Objects:
    """Implements core.stores.bucket.Objects; a tag is an ETag. Methods raise Unavailable, conditional writes Conflict."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return content and ETag; None if the object does not exist. Raises Unavailable."""
        # A role that may list one prefix only gets 403, not 404, for an object that does not exist.
        return read_or_look_up(self._read, self.versions, key)

    def _read(self, key: str) -> tuple[bytes, str] | None:
        try:
            answer = self._call(self._client.get_object, Bucket=self._bucket, Key=key)
        except FileNotFoundError:
            return None
        return answer["Body"].read(), answer["ETag"]

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:
        """Write an object if its ETag is still `tag` (None: if it does not exist). Raises Conflict or Unavailable."""
        request: PutObjectRequestTypeDef = {"Bucket": self._bucket, "Key": key, "Body": content, "ContentType": _JSON}
        if tag is None:
            request["IfNoneMatch"] = "*"
        else:
            request["IfMatch"] = tag
        try:
            self._call(self._client.put_object, **request)
        except FileNotFoundError:  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
            raise Conflict("another writer deleted it first") from None

    def versions(self, prefix: str, start: str = "") -> Iterator[Version]:
        """Yield the objects below a prefix whose keys come after `start`, in the order of the UTF-8 of their keys.

        A bucket of the kind "directory" has no StartAfter: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
        """
        request: ListObjectsV2RequestTypeDef = {"Bucket": self._bucket, "Prefix": prefix}
        if start:
            request["StartAfter"] = start
        while True:
            answer = self._call(self._client.list_objects_v2, **request)
            for item in answer.get("Contents", []):
                yield Version(item["Key"], item["ETag"], int(item["LastModified"].timestamp()))
            if not answer.get("IsTruncated"):
                return
            request["ContinuationToken"] = answer["NextContinuationToken"]

    def _call(
        self, operation: Callable[_Parameters, _Result], *arguments: _Parameters.args, **parameters: _Parameters.kwargs
    ) -> _Result:
        try:
            return operation(*arguments, **parameters)
        except Exception as error:  # noqa: BLE001 (any client error means that the call is not confirmed)
            name = getattr(operation, "__name__", "send a request")
            raise self._translate(error_code(error), name) from None

    def _translate(self, code: str, operation: str) -> Exception:
        if code in ("NoSuchKey", "404"):
            return FileNotFoundError()
        if code in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409"):
            return Conflict("another writer changed it first")
        if code == "NoSuchBucket":
            return Unavailable(f"STORE_BUCKET: there is no bucket {self._bucket}")
        if code in ("AccessDenied", "403"):
            return Denied(f"the function's role may not {operation} in the bucket {self._bucket}")
        if code == "NoCredentialsError":
            return Unavailable(NO_CREDENTIALS)
        return Unavailable(f"S3 refused {operation}: {code}")
