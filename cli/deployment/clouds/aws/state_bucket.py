"""Creates the S3 bucket of the Terraform state."""

import json
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from runtimes.aws.ssm_secrets import error_code

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import (
        PublicAccessBlockConfigurationTypeDef,
        ServerSideEncryptionConfigurationTypeDef,
        ServerSideEncryptionRuleTypeDef,
    )

_NO_BUCKET = {"404", "NoSuchBucket"}


def create_if_missing(s3: "S3Client", bucket: str) -> bool:
    """Create a bucket; return whether it was missing. Raises the errors of botocore."""
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error_code(error) not in _NO_BUCKET:
            raise
    else:
        return False
    region = s3.meta.region_name
    # us-east-1 must not be sent as a location: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    if region == "us-east-1":
        s3.create_bucket(Bucket=bucket)
    else:
        location = cast("BucketLocationConstraintType", region)
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": location})
    return True


def harden(s3: "S3Client", bucket: str) -> None:
    """Make a bucket private, encrypted, versioned and TLS-only. Raises the errors of botocore."""
    block: PublicAccessBlockConfigurationTypeDef = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    rule: ServerSideEncryptionRuleTypeDef = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    encryption: ServerSideEncryptionConfigurationTypeDef = {"Rules": [rule]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    partition = s3.meta.partition
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:{partition}:s3:::{bucket}", f"arn:{partition}:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
