"""Makes MiniStack treat a scheduled function as Lambda does. Runs in the emulator's own Python, without our packages.

EventBridge and its Scheduler invoke a function asynchronously: Lambda runs one that fails again, and sends an invocation record to its
on-failure destination, by the function's own role:
https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html

MiniStack 1.5.33 invokes a scheduled function once and drops its error. It also sends a record without asking whether the role may do
so, and its records lack members. AWS refuses such a destination when it is set, too: the provider waits for that error to end, in
https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/lambda/function_event_invoke_config.go. A retry
follows after 1 and 2 seconds here, not minutes. If MiniStack's internals differ from that version, nothing is changed.
"""

import json
import os
import uuid
from datetime import UTC, datetime
from typing import Any

_DEFAULT_RETRIES = 2
_LATEST = "$LATEST"


def apply() -> None:
    """Replace what MiniStack does with a scheduled function and with a run that failed for good."""
    try:
        from ministack.services import eventbridge, lambda_svc  # noqa: PLC0415 (installed in the emulator's environment only)

        _ = (eventbridge._dispatch_to_lambda, eventbridge._dispatch_to_sqs, lambda_svc._route_async_failure)  # noqa: SLF001
        put, find = lambda_svc._put_event_invoke_config, lambda_svc._get_func_record_for_ref  # noqa: SLF001
        invoke, for_config = lambda_svc.invoke_async_with_retry, lambda_svc._execution_record_for_config  # noqa: SLF001
        route = lambda_svc._route_async_failure  # noqa: SLF001 (there is no public hook)
    except (ImportError, AttributeError):
        return

    def dispatch(arn: str, payload: str) -> None:
        function, config, _ = find(arn)
        if function and config:
            invoke(for_config(function, config), json.loads(payload))

    def checked_put(name: str, qualifier: "str | None", data: dict[str, Any]) -> Any:
        destination = _on_failure(data)
        config = (lambda_svc._functions.get(name) or {}).get("config")  # noqa: SLF001 (there is no public hook)
        if config and destination.split(":")[2:3] == ["sqs"] and not _may_send(config, destination):
            message = f"The function's execution role does not have permissions to call SendMessage on {destination}"
            return lambda_svc.error_response_json("InvalidParameterValueException", message, 400)
        return put(name, qualifier, data)

    def recorded(destination: str, name: str, event: Any, result: dict[str, Any]) -> None:
        function = lambda_svc._functions.get(name) or {}  # noqa: SLF001 (there is no public hook)
        if destination.split(":")[2:3] != ["sqs"] or not function:
            route(destination, name, event, result)
        elif _may_send(function["config"], destination):
            spec = lambda_svc.parse_arn(destination)
            eventbridge._dispatch_to_sqs(spec, json.dumps(record(function, event, result)))  # noqa: SLF001
        else:
            _count("DestinationDeliveryFailures", name)

    eventbridge._dispatch_to_lambda = dispatch  # noqa: SLF001 (there is no public hook)
    lambda_svc._put_event_invoke_config = checked_put  # noqa: SLF001 (there is no public hook)
    lambda_svc._route_async_failure = recorded  # noqa: SLF001 (there is no public hook)


def record(function: dict[str, Any], event: Any, result: dict[str, Any]) -> dict[str, Any]:
    """Return the invocation record of a run that failed each time."""
    retries = (function.get("event_invoke_config") or {}).get("MaximumRetryAttempts", _DEFAULT_RETRIES)
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": f"{function['config']['FunctionArn']}:{_LATEST}",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": retries + 1,
        },
        "requestPayload": event,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": _LATEST,
            "functionError": result.get("function_error") or "Unhandled",
        },
        "responsePayload": result.get("body"),
    }


def _on_failure(config: dict[str, Any]) -> str:
    return ((config.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination") or ""


def _may_send(config: dict[str, Any], queue: str) -> bool:
    """Return whether the role of a function may send to a queue; always without IAM."""
    if os.environ.get("AUTH") != "true":
        return True
    from ministack.core import iam_evaluator  # noqa: PLC0415 (installed in the emulator's environment only)
    from ministack.services import iam  # noqa: PLC0415

    role = config["Role"]
    account, name = role.split(":")[4], role.rpartition("/")[2]
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/{config['FunctionName']}",
        principal_type="AssumedRole",
        principal_account=account,
        action="sqs:SendMessage",
        resource_arn=queue,
        region=queue.split(":")[3],
    )
    policies = iam_evaluator._gather_role_policies(name, account)  # noqa: SLF001 (there is no public hook)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)  # noqa: SLF001 (there is no public hook)
    decision: str = iam_evaluator.evaluate(context, policies, *limits).decision
    return decision == "Allow"


def _count(metric: str, function: str) -> None:
    from ministack.services import cloudwatch  # noqa: PLC0415 (installed in the emulator's environment only)

    cloudwatch.record_metric("AWS/Lambda", metric, 1, "Count", {"FunctionName": function})
