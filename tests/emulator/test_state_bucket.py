"""The bucket of Terraform's state, as `telemetry state aws` creates it."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

from cli.deployment.cloud import TargetError
from cli.deployment.clouds.aws.cloud import Aws
from runtimes.local.wiring import Clients

pytestmark = pytest.mark.emulator


def cloud(emulator: Clients) -> Aws:
    options = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-west-1"}
    return Aws("prod", {**options, "endpoint_url": emulator.sqs.meta.endpoint_url})


def test_the_bucket_is_created_once_private_encrypted_and_versioned(emulator: Clients) -> None:
    aws, name = cloud(emulator), f"state-{uuid.uuid4().hex[:12]}"
    assert aws.make_state_bucket(name) == "was created"
    assert aws.make_state_bucket(name) == "existed already and now has the right settings"
    s3 = aws.client("s3")
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert set(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values()) == {True}
    [rule] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    [statement] = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]


def test_a_foreign_bucket_is_rejected_by_name(emulator: Clients) -> None:
    aws = cloud(emulator)
    refused = ClientError({"Error": {"Code": "403"}}, "HeadBucket")

    class Taken:
        def head_bucket(self, **_: str) -> None:
            raise refused

    aws.client = {"s3": Taken()}.__getitem__  # type: ignore[assignment,method-assign]
    with pytest.raises(TargetError, match=r"the bucket state cannot be created: 403: its name is another account's"):
        aws.make_state_bucket("state")
