"""Uploads pages to an S3 bucket. No ACL is sent, so pages are as private as the bucket.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
"""

from typing import TYPE_CHECKING

import boto3

from core.errors import Unavailable
from runtimes.aws.ssm_secrets import NO_CREDENTIALS, error_code

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_s3 import S3Client

_CACHE = "no-cache"  # the next report is uploaded under the same name


class S3Pages:
    """Uploads pages with a boto3 `s3` client."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Upload a page, overwriting any existing object. Raises Unavailable."""
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=content, ContentType=content_type, CacheControl=_CACHE
            )
        except Exception as error:  # noqa: BLE001 (any client error means that the upload is not confirmed)
            raise self._translate(error_code(error)) from None

    def _translate(self, code: str) -> Unavailable:
        if code in ("NoSuchBucket", "404"):
            return Unavailable(f"there is no bucket {self._bucket} at AWS")
        if code in ("AccessDenied", "403"):
            return Unavailable(
                f"your AWS credentials may not write to the bucket {self._bucket}: s3:PutObject is needed"
            )
        if code == "NoCredentialsError":
            return Unavailable(NO_CREDENTIALS)
        return Unavailable(f"S3 did not take it: {code}")


def open_pages(bucket: str) -> S3Pages:
    """Return a client with the caller's AWS credentials, found as the AWS CLI finds them."""
    return S3Pages(boto3.client("s3"), bucket)
