"""Pages in a bucket of Cloud Storage. No ACL is sent, so they are as private as the bucket is.

https://cloud.google.com/storage/docs/uploading-objects
"""

from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import DefaultCredentialsError
from google.cloud.storage import Client
from google.cloud.storage.retry import DEFAULT_RETRY

from core.errors import Unavailable

_CACHE = "no-cache"  # the next report has the same name
_RETRY_OPTIONS: dict[str, Any] = {"timeout": 10, "retry": DEFAULT_RETRY.with_timeout(15)}
"""Seconds of one attempt, and of all."""
_REASONS = {
    401: "your Google credentials are not valid: gcloud auth application-default login",
    403: "your Google account may not write to the bucket {0}: storage.objects.create and delete are needed",
    404: "there is no bucket {0} at Google Cloud",
}


class GcsPages:
    """Puts them through a google.cloud.storage Client."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._name = bucket
        self._bucket = client.bucket(bucket)

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Whatever is there. Raises Unavailable."""
        blob = self._bucket.blob(key)
        blob.cache_control = _CACHE
        try:
            blob.upload_from_string(content, content_type=content_type, **_RETRY_OPTIONS)
        except GoogleAPICallError as error:
            template = _REASONS.get(int(error.code or 0), "Cloud Storage did not take it: {1}")
            raise Unavailable(template.format(self._name, error.code)) from None
        except Exception as error:  # noqa: BLE001 (whatever the client raises: it did not happen for certain)
            cause = getattr(error, "cause", None) or error  # of a RetryError
            raise Unavailable(f"Cloud Storage: {type(cause).__name__}") from None


def opened(bucket: str) -> GcsPages:
    """With the credentials of whoever runs; STORAGE_EMULATOR_HOST names an emulator. Raises Unavailable."""
    try:
        return GcsPages(Client(project="unused"), bucket)  # to put an object takes none, and there may be none
    except DefaultCredentialsError:
        raise Unavailable("there are no Google credentials here: gcloud auth application-default login") from None
