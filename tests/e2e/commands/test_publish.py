"""`telemetry publish`, from a folder to a folder, and to the buckets of both clouds' emulators."""

import json
import uuid
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import Result
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from typer.testing import CliRunner

from cli.app import app
from runtimes.local.wiring import Clients
from tests import demo_records
from tests.dashboard_data import page_data

TYPES = {
    "report.md": "text/markdown; charset=utf-8",
    "report.json": "application/json",
    "report.csv": "text/csv; charset=utf-8",
    "dashboard.html": "text/html; charset=utf-8",
}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("sample")
    demo_records.store(folder, weeks=2, end=demo_records.recently())
    return str(folder)


def publish(source: str, where: str, *more: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["publish", source, where, *more], catch_exceptions=False, env=environment)


def check(pages: dict[str, str]) -> None:
    assert pages["report.md"].startswith("# How we deliver\n")
    assert json.loads(pages["report.json"])["source"] == "octo-org/telemetry-data"
    assert pages["report.csv"].startswith("measure,unit,")
    assert "octo-org/payments" in page_data(pages["dashboard.html"]).text


CALLED = ("--called", "octo-org/telemetry-data")


def test_into_a_folder(records: str, tmp_path: Path) -> None:
    done = publish(records, "site/here", *CALLED)
    assert (done.exit_code, done.stdout.splitlines()) == (0, [f"site/here/{name}" for name in TYPES])
    check({name: (tmp_path / "site" / "here" / name).read_text() for name in TYPES})


@pytest.mark.emulator
def test_into_a_bucket_of_aws_private_and_each_with_its_type(records: str, emulator: Clients) -> None:
    endpoint = emulator.sqs.meta.endpoint_url
    keys = {"AWS_ACCESS_KEY_ID": "accesskey", "AWS_SECRET_ACCESS_KEY": "secretkey", "AWS_DEFAULT_REGION": "us-east-1"}
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="accesskey",
        aws_secret_access_key="secretkey",
        region_name="us-east-1",
    )
    bucket = f"reports-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=bucket)

    done = publish(records, f"s3://{bucket}/q4/", *CALLED, AWS_ENDPOINT_URL=endpoint, **keys)

    assert (done.exit_code, done.stdout.splitlines()) == (0, [f"s3://{bucket}/q4/{name}" for name in TYPES])
    answers = {name: client.get_object(Bucket=bucket, Key=f"q4/{name}") for name in TYPES}
    assert {name: answer["ContentType"] for name, answer in answers.items()} == TYPES
    check({name: answer["Body"].read().decode() for name, answer in answers.items()})
    grants = client.get_object_acl(Bucket=bucket, Key="q4/dashboard.html")["Grants"]
    assert [grant for grant in grants if "URI" in grant["Grantee"]] == []
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        client.get_bucket_policy(Bucket=bucket)


def test_into_a_bucket_of_google_each_with_its_type(records: str, gcs: str) -> None:
    client: Any = storage.Client(
        project="test", credentials=AnonymousCredentials(), client_options={"api_endpoint": gcs}
    )
    bucket = f"reports-{uuid.uuid4().hex[:8]}"
    client.create_bucket(bucket)

    done = publish(records, f"gs://{bucket}", *CALLED, STORAGE_EMULATOR_HOST=gcs)

    assert (done.exit_code, done.stdout.splitlines()) == (0, [f"gs://{bucket}/{name}" for name in TYPES])
    blobs = {name: client.bucket(bucket).get_blob(name) for name in TYPES}
    assert {name: blob.content_type for name, blob in blobs.items()} == TYPES
    check({name: blob.download_as_bytes().decode() for name, blob in blobs.items()})


@pytest.mark.emulator
def test_an_absent_bucket_is_named(records: str, emulator: Clients) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "accesskey", "AWS_SECRET_ACCESS_KEY": "secretkey", "AWS_DEFAULT_REGION": "us-east-1"}
    done = publish(records, "s3://not-there/x", AWS_ENDPOINT_URL=emulator.sqs.meta.endpoint_url, **keys)
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", "there is no bucket not-there at AWS\n")


@pytest.mark.parametrize(
    ("source", "where", "says"),
    [
        ("", "https://example.org", "https:// is no place to publish to"),
        ("", "s3://", "s3://: '' is not the name of a bucket"),
        ("no/such/folder", "site", "no/such/folder: no such folder"),
        ("", "file/x", "file/x/report.md cannot be written: "),
    ],
)
def test_an_impossible_request_is_one_line(source: str, where: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = publish(source, where)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(says)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]
