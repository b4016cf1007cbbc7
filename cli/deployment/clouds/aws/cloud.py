"""Implements the operator's port for AWS and its emulator."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.cloud import LogLine, TargetError
from cli.deployment.clouds.aws import state_bucket
from cli.deployment.clouds.aws.clients import ClientFactory
from cli.deployment.clouds.aws.concurrency import check_concurrency
from cli.deployment.clouds.aws.dead_letters import SqsLetters
from cli.deployment.clouds.aws.existing_resources import ExistingResources
from cli.deployment.clouds.aws.parameters import Parameters
from cli.deployment.clouds.aws.policies import DEFAULT_BUCKET, Document, PolicyScope, documents
from cli.deployment.dead_letters import replay
from core.ports import Store
from runtimes.aws.s3_store import S3Store
from runtimes.aws.ssm_secrets import error_code
from telemetry_functions.installation import instruction

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_sts.type_defs import GetCallerIdentityResponseTypeDef

_PLATFORM_LINES = ("START RequestId:", "END RequestId:", "INIT_START")


class Aws:
    """Implements cli.deployment.cloud.Cloud; `client_options` are arguments of boto3.client for an emulator."""

    def __init__(self, environment_id: str, client_options: Mapping[str, Any] | None = None) -> None:
        self._environment_id = environment_id
        self._client_options = dict(client_options or {})
        self._emulated = bool(client_options)
        self.client: ClientFactory = self._client

    def _client(self, service: Any) -> Any:
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
            raise TargetError(f"AWS: {error}: sign in, for example with `aws sso login`, and set AWS_PROFILE") from None

    def account(self) -> str:
        """Return the account ID: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html."""
        return self._identity()["Account"]

    def _identity(self) -> "GetCallerIdentityResponseTypeDef":
        try:
            return self.client("sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            raise TargetError(f"AWS rejects the credentials ({type(error).__name__}): {self._sign_in(error)}") from None

    def _sign_in(self, error: Exception) -> str:
        if not self._emulated:
            return "sign in, for example with `aws sso login`, and set AWS_PROFILE"
        if isinstance(error, ClientError):
            return f"the emulator at {self._client_options.get('endpoint_url')} was started for another folder: unset AWS_ENDPOINT_URL"
        return f"start it with `{instruction('deploy-local')}`"

    def check(self) -> Iterator[str]:
        """Check the account's quota of concurrent executions, which Terraform does not. An emulator has none."""
        if not self._emulated:
            yield from check_concurrency(self.client("lambda"))

    def before_apply(self) -> tuple[str, ...]:
        """Create nothing: Terraform can create everything on AWS."""
        return ()

    def after_apply(self, outputs: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG002 (signature of the protocol)
        """Set nothing: Terraform can set everything on AWS."""
        return ()

    def restore_deleted(self) -> tuple[str, ...]:
        """Restore nothing: AWS deletes resources immediately."""
        return ()

    def import_id(self, kind: str, planned: Mapping[str, Any]) -> str:
        """Find an existing resource by the values that Terraform plans."""
        return ExistingResources(self.client).import_id(kind, planned)

    def secret_location(self, name: str) -> str:
        """Return the name of the SSM parameter."""
        return self._parameters().location(name)

    def secret(self, name: str) -> str:
        """Return the decrypted parameter value; empty if there is none."""
        return self._parameters().get(name)

    def put_secret(self, name: str, value: str) -> None:
        """Set a SecureString parameter, encrypted with the deployment's key."""
        self._parameters().put(name, value)

    def missing_secrets(self, names: Iterable[str]) -> list[str]:
        """Return the names whose parameter does not exist."""
        return self._parameters().missing(names)

    def delete_secrets(self, names: Iterable[str]) -> Iterator[str]:
        """Delete the parameters and yield their names."""
        return self._parameters().delete(names)

    def _parameters(self) -> Parameters:
        return Parameters(self._environment_id, self.client)

    def policies(self, state_bucket: str, store_bucket: str, role_path: str, boundary: str) -> Mapping[str, Document]:
        """Return the IAM policies for this account and region; `boundary` is the name of the policy that limits every role."""
        identity, region = self._identity(), self.client("sts").meta.region_name
        partition, account = identity["Arn"].split(":")[1], identity["Account"]
        arn = f"arn:{partition}:iam::{account}:policy/{boundary}"
        scope = PolicyScope(partition, region, account, role_path, arn, state_bucket, store_bucket or DEFAULT_BUCKET)
        return documents(scope)

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
            raise TargetError(f"the bucket {bucket} cannot be created: {code}{hint}") from None
        return "was created" if created else "existed already and now has the right settings"

    def store(self, bucket: str) -> Store:
        """Open an S3 bucket."""
        return S3Store(self.client("s3"), bucket)
