"""Creates the Cloud Storage bucket of the Terraform state."""

from typing import Any

from google.api_core.exceptions import Conflict, NotFound

from cli.deployment.cloud import TargetError

_TIMEOUT = 30


def create_if_missing(client: Any, bucket: str, region: str) -> bool:
    """Create a bucket; return whether it was missing. Raises TargetError if another project has its name."""
    try:
        client.get_bucket(bucket, timeout=_TIMEOUT)
    except NotFound:
        new_bucket = client.bucket(bucket)
        new_bucket.iam_configuration.uniform_bucket_level_access_enabled = True
        new_bucket.iam_configuration.public_access_prevention = "enforced"
        try:
            client.create_bucket(new_bucket, location=region, timeout=_TIMEOUT)
        except Conflict:
            raise TargetError(f"the bucket {bucket} cannot be created: another project owns that name") from None
        return True
    return False


def harden(client: Any, bucket: str) -> None:
    """Make a bucket private and versioned; TLS is always on. Raises the errors of Google's client."""
    state_bucket = client.get_bucket(bucket, timeout=_TIMEOUT)
    state_bucket.iam_configuration.uniform_bucket_level_access_enabled = True
    state_bucket.iam_configuration.public_access_prevention = "enforced"
    state_bucket.versioning_enabled = True
    state_bucket.patch(timeout=_TIMEOUT)
