"""Implements the operator's port for AWS and its emulator."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.cloud import LogLine, TargetError
from cli.deployment.clouds.aws import state_bucket
from cli.deployment.clouds.aws.dead_letters import SqsLetters
from cli.deployment.clouds.aws.existing_resources import ExistingResources
from cli.deployment.dead_letters import replay
from core.ports import Store
from runtimes.aws.s3_store import S3Store
from runtimes.aws.ssm_secrets import error_code, parameter_name

_PLATFORM_LINES = ("START RequestId:", "END RequestId:", "INIT_START")


class Aws:
    """Implements cli.deployment.cloud.Cloud; `client_options` are arguments of boto3.client for an emulator."""

    def __init__(self, environment_id: str, client_options: Mapping[str, Any] | None = None) -> None:
        self._environment_id = environment_id
        self._client_options = dict(client_options or {})
        self._emulated = bool(client_options)

    def client(self, service: str) -> Any:
        """Return a boto3 client; raises TargetError if no region is set."""
        try:
            # boto3 reads AWS_DEFAULT_REGION and the profile, but not AWS_REGION, which Terraform and Lambda use.
            region = (
                self._client_options.get("region_name") or os.environ.get("AWS_REGION") or boto3.Session().region_name
            )
            if not region:
                raise TargetError("AWS: there is no region: set AWS_REGION, such as eu-west-1")
            return boto3.client(service, **{**self._client_options, "region_name": region})
        except BotoCoreError as error:
            raise TargetError(f"AWS: {error}: sign in, for example with `aws sso login`") from None

    def account(self) -> str:
        """Return the account ID: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html."""
        try:
            account: str = self.client("sts").get_caller_identity()["Account"]
        except (BotoCoreError, ClientError) as error:
            raise TargetError(f"AWS does not know us ({type(error).__name__}): {self._sign_in(error)}") from None
        return account

    def _sign_in(self, error: Exception) -> str:
        if not self._emulated:
            return "sign in, for example with `aws sso login`"
        if isinstance(error, ClientError):
            return f"the emulator at {self._client_options.get('endpoint_url')} was started for another folder: unset AWS_ENDPOINT_URL"
        return "start it with `make deploy-local`"

    def check(self) -> tuple[str, ...]:
        """Check nothing: Terraform reports all problems on AWS itself."""
        return ()

    def restore_deleted(self) -> tuple[str, ...]:
        """Restore nothing: AWS deletes resources immediately."""
        return ()

    def import_id(self, kind: str, planned: Mapping[str, Any]) -> str:
        """Find an existing resource by the values that Terraform plans."""
        return ExistingResources(self.client).import_id(kind, planned)

    def discard(self, kind: str, import_id: str) -> bool:
        """Delete an unset parameter, because an import would copy its value into the state. Raises TargetError if it holds a secret."""
        if kind != "aws_ssm_parameter":
            return False
        ssm = self.client("ssm")
        try:
            value = ssm.get_parameter(Name=import_id, WithDecryption=True)["Parameter"]["Value"]
            if value != "unset" and not self._emulated:
                raise TargetError(
                    f"{import_id} holds a secret, which an import would copy into the state: keep its value, delete it "
                    f"(`aws ssm delete-parameter --name {import_id}`), deploy, then `make secrets-aws`"
                )
            ssm.delete_parameter(Name=import_id)
        except (BotoCoreError, ClientError) as error:
            raise TargetError(f"{import_id} cannot be deleted: {error_code(error)}") from None
        return True

    def secret_location(self, name: str) -> str:
        """Return the name of the SSM parameter."""
        return parameter_name(self._environment_id, name)

    def secret(self, name: str) -> str:
        """Return the decrypted parameter value."""
        parameter = self.secret_location(name)
        try:
            value: str = self.client("ssm").get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
        except (BotoCoreError, ClientError) as error:
            code = error_code(error)
            remedy = "deploy first" if code == "ParameterNotFound" else "who is signed in may not read it"
            raise TargetError(f"{parameter}: {code}: {remedy}") from None
        return value

    def put_secret(self, name: str, value: str) -> None:
        """Set a SecureString parameter, encrypted with its current key."""
        parameter, ssm = self.secret_location(name), self.client("ssm")
        try:
            ssm.put_parameter(
                Name=parameter, Value=value, Type="SecureString", Overwrite=True, **_current_key(ssm, parameter)
            )
        except (BotoCoreError, ClientError) as error:
            raise TargetError(f"{parameter} cannot be put: {error_code(error)}") from None

    def replay(self, outputs: Mapping[str, Any], *, dry_run: bool) -> Counter[str]:
        """Re-queue dead letters: each is sent before it is deleted, so none can be lost."""
        try:
            letters = SqsLetters(self.client("sqs"), outputs["dead_letters"], outputs["queues"]["events"])
            return replay(letters, dry_run=dry_run)
        except (BotoCoreError, ClientError) as error:
            raise TargetError(f"the dead letters cannot be moved: {error_code(error)}") from None

    def log_lines(self, function: str, since: int) -> Iterator[LogLine]:
        """Yield log lines: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html."""
        pages = self.client("logs").get_paginator("filter_log_events")
        try:
            for page in pages.paginate(logGroupName=f"/aws/lambda/{function}", startTime=since):
                for event in page["events"]:
                    text = event["message"].rstrip("\n")
                    if not text.startswith(_PLATFORM_LINES):
                        fallback_id = (
                            f"{event['logStreamName']} {event['timestamp']} {text}"  # the emulator returns no event IDs
                        )
                        yield LogLine(event.get("eventId", fallback_id), event["timestamp"], text)
        except (BotoCoreError, ClientError) as error:
            raise TargetError(f"the log of {function} cannot be read: {error_code(error)}") from None

    def make_state_bucket(self, bucket: str) -> str:
        """Create the state bucket as https://developer.hashicorp.com/terraform/language/backend/s3 recommends."""
        s3 = self.client("s3")
        try:
            created = state_bucket.create_if_missing(s3, bucket)
            state_bucket.harden(s3, bucket)
        except (BotoCoreError, ClientError) as error:
            code = error_code(error)
            hint = ": its name is another account's; choose another" if code in ("BucketAlreadyExists", "403") else ""
            raise TargetError(f"the bucket {bucket} cannot be made: {code}{hint}") from None
        return "is made" if created else "was there already, and is as it should be now"

    def store(self, bucket: str) -> Store:
        """Open an S3 bucket."""
        return S3Store(self.client("s3"), bucket)


def _current_key(ssm: Any, parameter: str) -> dict[str, str]:
    """Return the current encryption key as a request field; without it, SSM would use the account's default key."""
    filters = [{"Key": "Name", "Option": "Equals", "Values": [parameter]}]
    parameters = ssm.describe_parameters(ParameterFilters=filters).get("Parameters", [])
    key = parameters[0].get("KeyId") if parameters else None
    return {"KeyId": key} if key else {}
