"""Keeps the secrets of a deployment in the Parameter Store: creates, tags, encrypts, reads and deletes them.

Terraform does not know them: its provider decrypts every parameter that it manages, so whoever may plan could read every secret
(https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/ssm/parameter.go).
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.cloud import TargetError
from cli.deployment.clouds.aws.clients import ClientFactory
from runtimes.aws.ssm_secrets import error_code, parameter_name

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_ssm.type_defs import ParameterStringFilterTypeDef, PutParameterRequestTypeDef, TagTypeDef

_ABSENT = "ParameterNotFound"
_DESCRIPTION = "Secret of telemetry-functions, set by `telemetry secrets aws`"
_NO_QUEUE = {"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"}


class Parameters:
    """The SecureString parameters of one environment; `client` returns a boto3 client of a service."""

    def __init__(self, environment_id: str, client: ClientFactory) -> None:
        self._environment_id = environment_id
        self._client = client

    def get(self, name: str) -> str:
        """Return the decrypted value; empty if the parameter does not exist. Raises TargetError."""
        parameter = self.location(name)
        try:
            value: str = self._client("ssm").get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
        except (BotoCoreError, ClientError) as error:
            if error_code(error) == _ABSENT:
                return ""
            raise TargetError(f"{parameter}: {error_code(error)}: the signed-in identity may not read it") from None
        return value

    def put(self, name: str, value: str) -> None:
        """Create or overwrite a parameter, with our tags and the deployment's key. Raises TargetError.

        One request may not both overwrite and tag: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html.
        """
        ssm, parameter = self._client("ssm"), self.location(name)
        tags: list[TagTypeDef] = [
            {"Key": "application", "Value": "telemetry-functions"},
            {"Key": "environment", "Value": self._environment_id},
        ]
        fields: PutParameterRequestTypeDef = {
            "Name": parameter,
            "Value": value,
            "Type": "SecureString",
            "Description": _DESCRIPTION,
        }
        key = self._key()
        if key:
            fields["KeyId"] = key
        create: PutParameterRequestTypeDef = {**fields, "Tags": tags}
        overwrite: PutParameterRequestTypeDef = {**fields, "Overwrite": True}
        try:
            try:
                ssm.put_parameter(**create)
            except ClientError as error:
                if error_code(error) != "ParameterAlreadyExists":
                    raise
                ssm.put_parameter(**overwrite)
                ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=parameter, Tags=tags)
        except (BotoCoreError, ClientError) as error:
            raise TargetError(f"{parameter} cannot be written: {error_code(error)}") from None

    def missing(self, names: Iterable[str]) -> list[str]:
        """Return the names whose parameter does not exist, without reading a value. Raises TargetError."""
        parameters = {self.location(name): name for name in names}
        filters: list[ParameterStringFilterTypeDef] = [{"Key": "Name", "Option": "Equals", "Values": list(parameters)}]
        try:
            pages = self._client("ssm").get_paginator("describe_parameters").paginate(ParameterFilters=filters)
            existing = {parameter["Name"] for page in pages for parameter in page["Parameters"]}
        except (BotoCoreError, ClientError) as error:
            raise TargetError(f"the parameters cannot be listed: {error_code(error)}") from None
        return [name for parameter, name in parameters.items() if parameter not in existing]

    def delete(self, names: Iterable[str]) -> Iterator[str]:
        """Delete the parameters that exist and yield where each was. Raises TargetError."""
        for parameter in map(self.location, names):
            try:
                self._client("ssm").delete_parameter(Name=parameter)
            except (BotoCoreError, ClientError) as error:
                if error_code(error) != _ABSENT:
                    raise TargetError(f"{parameter} cannot be deleted: {error_code(error)}") from None
            else:
                yield parameter

    def location(self, name: str) -> str:
        """Return the name of the parameter."""
        return parameter_name(self._environment_id, name)

    def _key(self) -> str:
        """Return the id of the key of the deployment's queue, or an empty text: the functions may decrypt with no other.

        A queue that SQS encrypts with its own key has none; then SSM uses its own key, alias/aws/ssm.
        """
        sqs = self._client("sqs")
        try:
            url = sqs.get_queue_url(QueueName=f"telemetry-{self._environment_id}")["QueueUrl"]
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["KmsMasterKeyId"]).get("Attributes", {})
        except (BotoCoreError, ClientError) as error:
            if error_code(error) in _NO_QUEUE:
                raise TargetError(
                    f"nothing is deployed as the environment {self._environment_id}: deploy first, then set the secrets, which "
                    "the deployment's key encrypts"
                ) from None
            raise TargetError(f"the key of the deployment cannot be looked up: {error_code(error)}") from None
        return attributes.get("KmsMasterKeyId", "")
