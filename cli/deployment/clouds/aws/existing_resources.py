"""Finds AWS resources that exist but are missing in Terraform's state, by the values that Terraform plans.

A deployment that was killed, or whose response was lost, leaves such resources: AWS refuses to create them again (EntityAlreadyExists,
ConflictException …). The import IDs are those of the provider's documentation: the section "Import" of each resource under
https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.cloud import TargetError
from cli.deployment.clouds.aws.clients import ClientFactory
from runtimes.aws.ssm_secrets import error_code

Values = Mapping[str, Any]
_ABSENT = {
    "403",  # a bucket of another account
    "AccessDenied",  # Terraform reports missing permissions itself
    "AccessDeniedException",
    "404",
    "EntityNotFoundException",
    "InvalidRequestException",  # Athena's, for a workgroup that does not exist
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFoundException",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
    "ResourceNotFoundException",
}
UPSERTED = {
    "aws_api_gateway_account",
    "aws_cloudwatch_metric_alarm",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_lambda_function_event_invoke_config",
    "aws_lambda_function_recursion_config",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_sqs_queue_policy",
    "aws_sqs_queue_redrive_policy",
}
"""Resources of the module that are upserted, so that creating them again is no conflict."""


class ExistingResources:
    """Looks up resources with the clients of one account and region."""

    def __init__(self, client: ClientFactory) -> None:
        self._client = client

    def import_id(self, kind: str, planned: Values) -> str:
        """Return the ID by which Terraform imports a resource of type `kind`; empty when it does not exist.

        Values that Terraform does not know before it creates the resource are missing in `planned`. Raises TargetError.
        """
        find = FINDERS.get(kind)
        if find is None:
            return ""
        try:
            return find(self._client, planned)
        except KeyError:
            return ""  # depends on another resource that does not exist either
        except (BotoCoreError, ClientError) as error:
            if error_code(error) in _ABSENT:
                return ""
            raise TargetError(f"{kind} cannot be looked up: {error_code(error)}") from None


def _workgroup(client: ClientFactory, planned: Values) -> str:
    client("athena").get_work_group(WorkGroup=planned["name"])
    return str(planned["name"])


def _database(client: ClientFactory, planned: Values) -> str:
    found = client("glue").get_database(Name=planned["name"])["Database"]
    return f"{found['CatalogId']}:{planned['name']}"


def _table(client: ClientFactory, planned: Values) -> str:
    database, name = planned["database_name"], planned["name"]
    found = client("glue").get_table(DatabaseName=database, Name=name)["Table"]
    return f"{found['CatalogId']}:{database}:{name}"


def _role(client: ClientFactory, planned: Values) -> str:
    client("iam").get_role(RoleName=planned["name"])
    return str(planned["name"])


def _log_group(client: ClientFactory, planned: Values) -> str:
    groups = client("logs").describe_log_groups(logGroupNamePrefix=planned["name"])["logGroups"]
    return str(planned["name"]) if any(group["logGroupName"] == planned["name"] for group in groups) else ""


def _schedule_group(client: ClientFactory, planned: Values) -> str:
    client("scheduler").get_schedule_group(Name=planned["name"])
    return str(planned["name"])


def _schedule(client: ClientFactory, planned: Values) -> str:
    client("scheduler").get_schedule(GroupName=planned["group_name"], Name=planned["name"])
    return f"{planned['group_name']}/{planned['name']}"


def _function(client: ClientFactory, planned: Values) -> str:
    client("lambda").get_function_configuration(FunctionName=planned["function_name"])
    return str(planned["function_name"])


def _permission(client: ClientFactory, planned: Values) -> str:
    function, statement = planned["function_name"], planned["statement_id"]
    policy = json.loads(client("lambda").get_policy(FunctionName=function)["Policy"])
    return f"{function}/{statement}" if any(item.get("Sid") == statement for item in policy["Statement"]) else ""


def _event_source_mapping(client: ClientFactory, planned: Values) -> str:
    mappings = client("lambda").list_event_source_mappings(
        EventSourceArn=planned["event_source_arn"], FunctionName=planned["function_name"]
    )["EventSourceMappings"]
    return str(mappings[0]["UUID"]) if mappings else ""


def _queue(client: ClientFactory, planned: Values) -> str:
    return str(client("sqs").get_queue_url(QueueName=planned["name"])["QueueUrl"])


def _bucket(client: ClientFactory, planned: Values) -> str:
    client("s3").head_bucket(Bucket=planned["bucket"])
    return str(planned["bucket"])


def _api(client: ClientFactory, planned: Values) -> str:
    apis = client("apigatewayv2").get_apis()["Items"]
    ids = sorted(api["ApiId"] for api in apis if api["Name"] == planned["name"])
    return str(ids[0]) if ids else ""


def _integration(client: ClientFactory, planned: Values) -> str:
    api, uri = planned["api_id"], planned["integration_uri"]
    ids = [
        item["IntegrationId"]
        for item in client("apigatewayv2").get_integrations(ApiId=api)["Items"]
        if item.get("IntegrationUri") == uri
    ]
    return f"{api}/{ids[0]}" if ids else ""


def _route(client: ClientFactory, planned: Values) -> str:
    api, key = planned["api_id"], planned["route_key"]
    routes = client("apigatewayv2").get_routes(ApiId=api)["Items"]
    ids = [route["RouteId"] for route in routes if route["RouteKey"] == key]
    return f"{api}/{ids[0]}" if ids else ""


def _stage(client: ClientFactory, planned: Values) -> str:
    client("apigatewayv2").get_stage(ApiId=planned["api_id"], StageName=planned["name"])
    return f"{planned['api_id']}/{planned['name']}"


def _domain_name(client: ClientFactory, planned: Values) -> str:
    client("apigatewayv2").get_domain_name(DomainName=planned["domain_name"])
    return str(planned["domain_name"])


def _api_mapping(client: ClientFactory, planned: Values) -> str:
    domain, api = planned["domain_name"], planned["api_id"]
    mappings = client("apigatewayv2").get_api_mappings(DomainName=domain)["Items"]
    ids = [mapping["ApiMappingId"] for mapping in mappings if mapping["ApiId"] == api]
    return f"{ids[0]}/{domain}" if ids else ""


FINDERS: dict[str, Callable[[ClientFactory, Values], str]] = {
    "aws_apigatewayv2_api": _api,
    "aws_apigatewayv2_api_mapping": _api_mapping,
    "aws_apigatewayv2_domain_name": _domain_name,
    "aws_apigatewayv2_integration": _integration,
    "aws_apigatewayv2_route": _route,
    "aws_apigatewayv2_stage": _stage,
    "aws_athena_workgroup": _workgroup,
    "aws_cloudwatch_log_group": _log_group,
    "aws_glue_catalog_database": _database,
    "aws_glue_catalog_table": _table,
    "aws_iam_role": _role,
    "aws_lambda_event_source_mapping": _event_source_mapping,
    "aws_lambda_function": _function,
    "aws_lambda_permission": _permission,
    "aws_s3_bucket": _bucket,
    "aws_scheduler_schedule": _schedule,
    "aws_scheduler_schedule_group": _schedule_group,
    "aws_sqs_queue": _queue,
}
