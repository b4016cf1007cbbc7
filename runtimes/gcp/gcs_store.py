"""Stores records in a Cloud Storage bucket.

https://cloud.google.com/storage/docs/request-preconditions
"""

from collections.abc import Callable, Iterator
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, NotFound, PreconditionFailed
from google.cloud.storage import Client
from google.cloud.storage.retry import DEFAULT_RETRY

from core.errors import Conflict, Unavailable
from core.stores.bucket import BucketStore
from core.stores.bucket_objects import Denied, Version, read_or_look_up

_RETRY_OPTIONS: dict[str, Any] = {"timeout": 10, "retry": DEFAULT_RETRY.with_timeout(15)}
"""Seconds of one attempt, and of all attempts together."""


class _NotFound(Unavailable):
    """A read may lack the object or the bucket; every other call lacks the bucket."""

    def __init__(self, reason: str, *, bucket: bool) -> None:
        super().__init__(reason)
        self.bucket = bucket
        """Whether the message from Google names the bucket."""


def open_store(bucket: str, root: str = "") -> BucketStore:
    """Return a store with the caller's credentials; STORAGE_EMULATOR_HOST names an emulator."""
    return GcsStore(Client(), bucket, root)


class GcsStore(BucketStore):
    """Implements core.ports.Store on a google.cloud.storage Client."""

    def __init__(self, client: Client, bucket: str, root: str = "") -> None:
        super().__init__(GcsObjects(client, bucket), root)


class GcsObjects:
    """Implements core.stores.bucket.Objects; a tag is a generation. Methods raise Unavailable, conditional writes Conflict."""

    def __init__(self, client: Client, bucket: str) -> None:
        self._client = client
        self._name = bucket
        self._bucket = client.bucket(bucket)

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return content and generation; None if the object does not exist. Raises Unavailable."""
        # Without permission to list the bucket, a missing object is 403, not 404: with a condition on REPO_PATH, for example.
        return read_or_look_up(self._read, self.versions, key)

    def _read(self, key: str) -> tuple[bytes, str] | None:
        blob = self._bucket.blob(key)
        try:
            content: bytes = self._call(blob.download_as_bytes, **_RETRY_OPTIONS)
        except _NotFound as error:
            if error.bucket:
                raise
            return None
        return content, str(blob.generation)

    def put_over(self, key: str, content: bytes, tag: str | None) -> None:
        """Write an object if its generation is still `tag` (None: if it does not exist). Raises Conflict or Unavailable."""
        options = {"content_type": "application/json", "if_generation_match": int(tag or 0), **_RETRY_OPTIONS}
        self._call(self._bucket.blob(key).upload_from_string, content, **options)

    def versions(self, prefix: str, start: str = "") -> Iterator[Version]:
        """Yield the objects below a prefix whose keys come after `start`, in the order of the UTF-8 of their keys.

        https://cloud.google.com/storage/docs/json_api/v1/objects/list
        """
        blobs = iter(self._client.list_blobs(self._name, prefix=prefix, start_offset=start or None, **_RETRY_OPTIONS))
        while (blob := self._call(next, blobs, None)) is not None:  # a page is requested when the one before is read
            yield Version(blob.name, str(blob.generation), int(blob.updated.timestamp()))

    def _call(self, ask: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        try:
            return ask(*arguments, **options)
        except NotFound as error:
            reason = f"STORE_BUCKET: there is no bucket {self._name}"
            raise _NotFound(reason, bucket="bucket does not exist" in str(error)) from None
        except PreconditionFailed:
            raise Conflict("another writer changed it first") from None
        except GoogleAPICallError as error:
            if error.code == 403:
                raise Denied(f"the function's account may not do that in the bucket {self._name}") from None
            raise Unavailable(f"the bucket {self._name} refused: {error.code}") from None
        except Exception as error:  # noqa: BLE001 (any client error means that the call is not confirmed)
            cause = getattr(error, "cause", None) or error  # set on a RetryError
            raise Unavailable(f"Cloud Storage: {type(cause).__name__}") from None
