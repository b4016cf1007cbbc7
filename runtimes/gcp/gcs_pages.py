"""Uploads pages to a Cloud Storage bucket. No ACL is sent, so pages are as private as the bucket.

https://cloud.google.com/storage/docs/uploading-objects
"""

from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import DefaultCredentialsError
from google.cloud.storage import Client
from google.cloud.storage.retry import DEFAULT_RETRY

from core.errors import Unavailable

_CACHE = "no-cache"  # the next report is uploaded under the same name
_RETRY_OPTIONS: dict[str, Any] = {"timeout": 10, "retry": DEFAULT_RETRY.with_timeout(15)}
"""Seconds of one attempt, and of all attempts together."""
_REASONS = {
    401: "your Google credentials are not valid: gcloud auth application-default login",
    403: "your Google account may not write to the bucket {0}: storage.objects.create and delete are needed",
    404: "there is no bucket {0} at Google Cloud",
}


class GcsPages:
    """Uploads pages with a google.cloud.storage Client."""

    def __init__(self, client: Client, bucket: str) -> None:
        self._name = bucket
        self._bucket = client.bucket(bucket)

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Upload a page, overwriting any existing object. Raises Unavailable."""
        blob = self._bucket.blob(key)
        blob.cache_control = _CACHE
        try:
            blob.upload_from_string(content, content_type=content_type, **_RETRY_OPTIONS)
        except GoogleAPICallError as error:
            template = _REASONS.get(int(error.code or 0), "Cloud Storage did not take it: {1}")
            raise Unavailable(template.format(self._name, error.code)) from None
        except Exception as error:  # noqa: BLE001 (any client error means that the upload is not confirmed)
            cause = getattr(error, "cause", None) or error  # set on a RetryError
            raise Unavailable(f"Cloud Storage: {type(cause).__name__}") from None


def open_pages(bucket: str) -> GcsPages:
    """Return a client with the caller's credentials; STORAGE_EMULATOR_HOST names an emulator. Raises Unavailable."""
    try:
        return GcsPages(Client(project="unused"), bucket)  # an upload needs no project, and the caller may have none
    except DefaultCredentialsError:
        raise Unavailable("no Google credentials were found: gcloud auth application-default login") from None
