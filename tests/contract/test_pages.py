"""What everything that takes a page does, over MiniStack's S3 and a Cloud Storage of other people's making."""

import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import boto3
import pytest
from google.api_core.exceptions import Forbidden, RetryError, ServiceUnavailable, Unauthorized
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from cli.publishing.publish import PageStore
from core.errors import Unavailable
from runtimes.aws.s3_pages import S3Pages
from runtimes.gcp.gcs_pages import GcsPages


class UploadedPage(NamedTuple):
    """Of a page, as the cloud keeps it."""

    content: bytes
    content_type: str
    cache_control: str


class Harness(NamedTuple):
    """A bucket, and a look into it."""

    pages: Callable[[str], PageStore]
    bucket: str
    look: Callable[[str], UploadedPage]


@pytest.fixture(params=[pytest.param("s3", marks=pytest.mark.emulator), "gcs"])
def harness(request: pytest.FixtureRequest) -> Harness:
    if request.param == "s3":
        return of_aws(request.getfixturevalue("emulator").sqs.meta.endpoint_url)
    return of_google(request.getfixturevalue("gcs"))


def of_aws(endpoint: str) -> Harness:
    keys = {"aws_access_key_id": "accesskey", "aws_secret_access_key": "secretkey", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=endpoint, **keys)
    bucket = f"pages-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=bucket)

    def look(key: str) -> UploadedPage:
        answer = client.get_object(Bucket=bucket, Key=key)
        return UploadedPage(answer["Body"].read(), answer["ContentType"], answer["CacheControl"])

    return Harness(lambda name: S3Pages(client, name), bucket, look)


def of_google(url: str) -> Harness:
    client: Any = storage.Client(
        project="test", credentials=AnonymousCredentials(), client_options={"api_endpoint": url}
    )
    bucket = f"pages-{uuid.uuid4().hex[:8]}"
    client.create_bucket(bucket)

    def look(key: str) -> UploadedPage:
        blob = client.bucket(bucket).get_blob(key)
        return UploadedPage(blob.download_as_bytes(), blob.content_type, blob.cache_control)

    return Harness(lambda name: GcsPages(client, name), bucket, look)


def test_a_page_has_its_type_and_is_revalidated_each_time(harness: Harness) -> None:
    harness.pages(harness.bucket).put("q4/dashboard.html", "<p>ü".encode(), "text/html; charset=utf-8")
    assert harness.look("q4/dashboard.html") == UploadedPage("<p>ü".encode(), "text/html; charset=utf-8", "no-cache")


def test_a_page_of_the_same_name_is_replaced(harness: Harness) -> None:
    pages = harness.pages(harness.bucket)
    pages.put("report.md", b"1", "text/markdown; charset=utf-8")
    pages.put("report.md", b"2", "text/markdown; charset=utf-8")
    assert harness.look("report.md").content == b"2"


def test_an_absent_bucket_is_named(harness: Harness) -> None:
    nowhere = f"no-{uuid.uuid4().hex[:8]}"
    with pytest.raises(Unavailable, match=f"there is no bucket {nowhere}"):
        harness.pages(nowhere).put("report.md", b"1", "text/markdown")


class Refusing:
    """A client of AWS that keeps what it was asked, and refuses for a reason."""

    def __init__(self, code: str) -> None:
        self.asked: dict[str, Any] = {}
        self._code = code

    def put_object(self, **asked: Any) -> None:
        from botocore.exceptions import ClientError

        self.asked = asked
        raise ClientError({"Error": {"Code": self._code}}, "PutObject")


def test_nothing_becomes_public_and_a_missing_permission_is_named() -> None:
    client = Refusing("AccessDenied")
    with pytest.raises(Unavailable, match="may not write to the bucket ours: s3:PutObject is needed"):
        S3Pages(client, "ours").put("report.md", b"1", "text/markdown")
    assert sorted(client.asked) == ["Body", "Bucket", "CacheControl", "ContentType", "Key"]


def test_without_credentials_it_says_how_to_get_them() -> None:
    from botocore.exceptions import NoCredentialsError

    class Nobody:
        def put_object(self, **_: Any) -> None:
            raise NoCredentialsError

    with pytest.raises(Unavailable, match="there are no AWS credentials here"):
        S3Pages(Nobody(), "ours").put("report.md", b"1", "text/markdown")


def test_an_outage_is_no_success() -> None:
    with pytest.raises(Unavailable, match="S3 did not take it: SlowDown"):
        S3Pages(Refusing("SlowDown"), "ours").put("report.md", b"1", "text/markdown")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (Forbidden("no"), "your Google account may not write to the bucket ours: storage.objects.create"),
        (Unauthorized("no"), "your Google credentials are not valid"),
        (ServiceUnavailable("no"), "Cloud Storage did not take it: 503"),
        (RetryError("late", ConnectionError()), "Cloud Storage: ConnectionError"),
    ],
)
def test_a_rejection_by_google_shows_its_reason(error: Exception, says: str) -> None:
    class Refused:
        """A client, its bucket and its blob in one."""

        def bucket(self, _: str) -> "Refused":
            return self

        blob = bucket

        def upload_from_string(self, _: bytes, **asked: Any) -> None:
            assert sorted(asked) == ["content_type", "retry", "timeout"]
            raise error

    with pytest.raises(Unavailable, match=says):
        GcsPages(Refused(), "ours").put("report.md", b"1", "text/markdown")
