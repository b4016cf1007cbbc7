"""Supplies what MiniStack lacks to decide by a policy. Runs in the emulator's own Python, without our packages.

MiniStack 1.5.33 evaluates policies without `lambda:FunctionArn`, `lambda:Principal` and `iam:PermissionsBoundary`, takes every role
for one without a path and every schedule for one of the group `default`, does not take the name of a new function for a
resource, nor that of an alarm that is deleted or tagged, and allows the operations of Lambda that it has no name for, such as
DeleteEventSourceMapping. The values are taken from the request, or from what an earlier request created, and the operations from
botocore's model of Lambda:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html

Each kind of value that was supplied is printed once, to the emulator's log: such a decision shows the policy, not MiniStack. If
MiniStack's internals differ from that version, nothing is supplied, and a policy with such a condition denies.
"""

import contextvars
import json
from typing import Any, NamedTuple
from urllib.parse import unquote

BOUNDARY = "iam:PermissionsBoundary"
FUNCTION = "lambda:FunctionArn"
PRINCIPAL = "lambda:Principal"
PREFIX = "supplied by the patch of MiniStack: "
"""Begins each line of the emulator's log about a value that was supplied."""

_NAMES_BOUNDARY = {"iam:CreateRole", "iam:PutRolePermissionsBoundary"}
"""Actions whose boundary is the one that the request names; for all others it is the boundary of the existing role."""
_OPERATIONS = {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction"}
"""Operations of Lambda whose IAM action has another name."""
_RESOURCES = {
    "iam": "the path of a role",
    "lambda": "the name of a function",
    "monitoring": "the name of an alarm",
    "scheduler": "the group of a schedule",
}
"""What is supplied of a resource, by MiniStack's name of the service."""
_MAPPING = ":event-source-mapping:"
_keys: "contextvars.ContextVar[dict[str, str]]" = contextvars.ContextVar("keys", default={})  # noqa: B039 (never changed in place)
_printed: set[str] = set()


class Request(NamedTuple):
    """What MiniStack knows of a request when it asks for its resource."""

    service: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    parameters: dict[str, Any]
    """Of the query string and a form, each a value or a list of values."""
    region: str
    account: str

    def parameter(self, name: str) -> str:
        """Return the first value of a parameter; empty if there is none."""
        value = self.parameters.get(name, "")
        return str(value[0] if isinstance(value, list) and value else value or "")

    def member(self, name: str) -> str:
        """Return a member of a JSON body, or the first item of a list; empty if there is none."""
        try:
            document = json.loads(self.body or b"{}")
        except ValueError:
            return ""
        value = document.get(name, "") if isinstance(document, dict) else ""
        value = value[0] if isinstance(value, list) and value else value
        return value if isinstance(value, str) else ""


def supply() -> None:
    """Wrap the functions by which MiniStack finds a request's resource and its condition keys, in this order."""
    try:
        from ministack.core import iam_actions  # noqa: PLC0415 (installed in the emulator's environment only)

        resource, context, action_of = (
            iam_actions.extract_resource_arn,
            iam_actions.request_tag_context,
            iam_actions.extract_iam_action,
        )
        _ = (iam_actions._match_rest_action, iam_actions._BOTOCORE_SERVICE_MAP)  # noqa: SLF001 (there is no public hook)
    except (ImportError, AttributeError):
        return

    def supplied_action(service: str, method: str, path: str, *rest: Any) -> str | None:
        action: str | None = action_of(service, method, path, *rest)
        if service != "lambda":
            return action
        operation = iam_actions._match_rest_action("lambda", method, path, rest[2])  # noqa: SLF001 (there is no public hook)
        supplied = f"lambda:{_OPERATIONS.get(operation, operation)}" if operation else action
        if supplied != action:
            _print(f"the action {supplied}")
        return supplied

    def supplied_resource(*arguments: Any) -> str:
        request, arn = Request(*arguments), resource(*arguments)
        supplied = resource_arn(request, arn)
        if supplied != arn:
            _print(_RESOURCES[request.service])
        _keys.set(condition_keys(request, supplied_action(*arguments[:6]) or "", supplied))
        return supplied

    def supplied_context(service: str, iam_action: str, body: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
        keys = _keys.get()
        for key in keys:
            _print(f"{key} of {iam_action}")
        return {**context(service, iam_action, body, parameters), **keys}

    iam_actions._BOTOCORE_SERVICE_MAP.setdefault("lambda", ["lambda"])  # noqa: SLF001 (there is no public hook)
    iam_actions.extract_iam_action = supplied_action
    iam_actions.extract_resource_arn = supplied_resource
    iam_actions.request_tag_context = supplied_context


def resource_arn(request: Request, arn: str) -> str:
    """Return the ARN of a request's resource, with the path of a role and the group of a schedule."""
    account, separator, name = arn.partition(":role/")
    if request.service == "iam" and separator:
        path = _role(name).get("Path") or request.parameter("Path") or "/"
        return f"{account}:role{path}{name}"
    if request.service == "scheduler" and ":schedule/default/" in arn:
        group = request.parameter("groupName") or request.member("GroupName") or "default"
        return arn.replace(":schedule/default/", f":schedule/{group}/")
    if request.service == "lambda" and arn == "*" and request.path.rstrip("/").endswith("/functions"):
        return _function_arn(request) or arn
    if request.service == "scheduler" and request.path.startswith("/tags/"):
        return unquote(request.path.removeprefix("/tags/"))
    if request.service == "monitoring" and arn == "*":
        return _alarm_arn(request) or arn
    return arn


def condition_keys(request: Request, action: str, arn: str) -> dict[str, str]:
    """Return the condition keys of a request that MiniStack lacks; a key without a value is absent, as on AWS."""
    keys = {}
    if request.service == "iam" and ":role/" in arn:
        named = request.parameter("PermissionsBoundary")
        keys[BOUNDARY] = (
            named if action in _NAMES_BOUNDARY else _role(arn.rpartition("/")[2]).get("PermissionsBoundary")
        )
    elif action == "lambda:AddPermission":
        keys[PRINCIPAL] = request.member("Principal")
    elif action.startswith("lambda:") and action.endswith("EventSourceMapping"):
        keys[FUNCTION] = _function_arn(request) or _mapping(arn.partition(_MAPPING)[2]).get("FunctionArn")
    return {key: value for key, value in keys.items() if value}


def _function_arn(request: Request) -> str:
    """Return the ARN of the function that a request names by its name, a partial or a full ARN, without a version."""
    name = request.member("FunctionName")
    if name.startswith("arn:"):
        return ":".join(name.split(":")[:7])
    name = name.rpartition("function:")[2].partition(":")[0]
    return f"arn:aws:lambda:{request.region}:{request.account}:function:{name}" if name else ""


def _alarm_arn(request: Request) -> str:
    """Return the ARN of the alarm that is tagged, or of the first that is deleted."""
    tagged = request.parameter("ResourceARN") or request.member("ResourceARN")
    name = request.parameter("AlarmNames.member.1") or request.member("AlarmNames")
    return tagged or (f"arn:aws:cloudwatch:{request.region}:{request.account}:alarm:{name}" if name else "")


def _mapping(uuid: str) -> dict[str, Any]:
    from ministack.services import lambda_svc  # noqa: PLC0415 (installed in the emulator's environment only)

    return lambda_svc._esms.get(uuid) or {}  # noqa: SLF001 (there is no public hook)


def _role(name: str) -> dict[str, Any]:
    from ministack.services import iam  # noqa: PLC0415 (installed in the emulator's environment only)

    return iam._roles.get(name) or {}  # noqa: SLF001 (there is no public hook)


def _print(what: str) -> None:
    if what not in _printed:
        _printed.add(what)
        print(f"{PREFIX}{what}", flush=True)  # stdout of the emulator is its log
