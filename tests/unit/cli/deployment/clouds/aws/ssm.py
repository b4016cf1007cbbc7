"""A Parameter Store and a queue in memory, which refuse what AWS refuses."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "operation")


class Ssm:
    """The parameters of one environment: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html."""

    def __init__(self, path: str, **values: str) -> None:
        self.path = path
        self.values = {path + name: value for name, value in values.items()}
        self.put: list[dict[str, Any]] = []
        self.tags: dict[str, dict[str, str]] = {}
        self.denied: set[str] = set()

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> Any:  # noqa: N803 (boto3's own)
        assert WithDecryption
        self._check("get_parameter")
        if Name not in self.values:
            raise refused("ParameterNotFound")
        return {"Parameter": {"Value": self.values[Name]}}

    def put_parameter(self, **fields: Any) -> None:
        self._check("put_parameter")
        name, tags = fields["Name"], fields.get("Tags")
        if fields.get("Overwrite") and tags:
            raise refused("ValidationException")
        if name in self.values and not fields.get("Overwrite"):
            raise refused("ParameterAlreadyExists")
        self.put.append(fields)
        self.values[name] = fields["Value"]
        if tags:
            self._tag(name, tags)

    def add_tags_to_resource(self, *, ResourceType: str, ResourceId: str, Tags: Any) -> None:  # noqa: N803 (boto3's own)
        assert ResourceType == "Parameter"
        self._check("add_tags_to_resource")
        if ResourceId not in self.values:
            raise refused("InvalidResourceId")
        self._tag(ResourceId, Tags)

    def delete_parameter(self, *, Name: str) -> None:  # noqa: N803 (boto3's own)
        self._check("delete_parameter")
        if Name not in self.values:
            raise refused("ParameterNotFound")
        del self.values[Name]

    def get_paginator(self, operation: str) -> "Ssm":
        assert operation == "describe_parameters"
        return self

    def paginate(self, *, ParameterFilters: Any) -> Iterator[Any]:  # noqa: N803 (boto3's own)
        """Yield pages of one parameter, and an empty page first, which AWS may send at any time."""
        self._check("describe_parameters")
        [only] = ParameterFilters
        assert (only["Key"], only["Option"]) == ("Name", "Equals")
        yield {"Parameters": []}
        for name in only["Values"]:
            if name in self.values:
                yield {"Parameters": [{"Name": name}]}

    def _tag(self, name: str, tags: Any) -> None:
        self.tags.setdefault(name, {}).update({tag["Key"]: tag["Value"] for tag in tags})

    def _check(self, operation: str) -> None:
        if operation in self.denied:
            raise refused("AccessDeniedException")


class Sqs:
    """The queue of one environment; `key` is None where SQS encrypts with its own."""

    def __init__(self, name: str, key: str | None = None) -> None:
        self.name = name
        self.key = key

    def get_queue_url(self, *, QueueName: str) -> Any:  # noqa: N803 (boto3's own)
        if self.name != QueueName:
            raise refused("AWS.SimpleQueueService.NonExistentQueue")
        return {"QueueUrl": f"https://sqs/{self.name}"}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> Any:  # noqa: N803 (boto3's own)
        assert (QueueUrl, AttributeNames) == (f"https://sqs/{self.name}", ["KmsMasterKeyId"])
        return {"Attributes": {"KmsMasterKeyId": self.key}} if self.key else {}
