"""Checks before a deployment whether the organization's policies allow a function that everybody may call.

Three kinds of policy can refuse `allUsers`: the legacy constraint, the managed one that replaces it, and custom constraints on allow
policies. A fourth refuses the alternative, a service without its invoker IAM check. From the documentation, not run:
https://cloud.google.com/resource-manager/docs/organization-policy/restricting-domains,
https://cloud.google.com/iam/docs/org-policy-custom-constraints, https://cloud.google.com/run/docs/authenticating/public
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cli.deployment.cloud import TargetError
from cli.deployment.clouds.gcp.rest_client import GoogleRefused, GoogleRest

_LEGACY = "constraints/iam.allowedPolicyMemberDomains"
_MANAGED = "iam.managed.allowedPolicyMembers"
_INVOKER = "run.managed.requireInvokerIam"
_ALLOW_POLICY, _SERVICE = "iam.googleapis.com/AllowPolicy", "run.googleapis.com/Service"
_EVERYBODY = "allUsers"
_Check = Callable[[GoogleRest, str], Iterator[str]]
_ALTERNATIVE = "set INVOKER_IAM_CHECK=false, or ask for an exception for the project"


def check_policies(rest: GoogleRest, project: str, *, invoker_iam_check: bool) -> Iterator[str]:
    """Yield messages about policies that could not be read or decided; raises TargetError for one that forbids the webhook.

    `invoker_iam_check`: whether the webhook is opened by `allUsers`, not by switching off its invoker IAM check.
    """
    checks: tuple[tuple[str, _Check], ...] = (
        ((_LEGACY, _legacy), (_MANAGED, _managed), ("custom constraints", _custom_on_members))
        if invoker_iam_check
        else ((_INVOKER, _invoker), ("custom constraints", _custom_on_services))
    )
    for subject, check in checks:
        try:
            yield from check(rest, project)
        except GoogleRefused as refused:
            yield f"could not look whether {subject} forbid public functions: {_with_remedy(refused, project)}"


def _legacy(rest: GoogleRest, project: str) -> Iterator[str]:
    policy = rest.post("cloudresourcemanager", f"/v1/projects/{project}:getEffectiveOrgPolicy", {"constraint": _LEGACY})
    values = policy.get("listPolicy", {})
    if values.get("allowedValues") or values.get("allValues") == "DENY":
        raise _forbidden(_LEGACY, project)
    yield from ()


def _managed(rest: GoogleRest, project: str) -> Iterator[str]:
    rules = _rules(rest, project, _MANAGED)
    if _is_enforced(rules):
        raise _forbidden(f"constraints/{_MANAGED}", project)
    if _may_be_enforced(rules):
        yield f"constraints/{_MANAGED} depends on a tag: it may forbid public functions"


def _invoker(rest: GoogleRest, project: str) -> Iterator[str]:
    rules = _rules(rest, project, _INVOKER)
    if _is_enforced(rules):
        raise TargetError(
            f"an organization policy (constraints/{_INVOKER}) forbids INVOKER_IAM_CHECK=false: "
            f"ask for an exception for the project {project}"
        )
    if _may_be_enforced(rules):
        yield f"constraints/{_INVOKER} depends on a tag: it may forbid INVOKER_IAM_CHECK=false"


def _custom_on_members(rest: GoogleRest, project: str) -> Iterator[str]:
    return _custom(rest, project, _forbids_everybody)


def _custom_on_services(rest: GoogleRest, project: str) -> Iterator[str]:
    return _custom(rest, project, _forbids_no_check)


def _custom(rest: GoogleRest, project: str, judge: Callable[[Mapping[str, Any]], bool | None]) -> Iterator[str]:
    ancestors = rest.post("cloudresourcemanager", f"/v1/projects/{project}:getAncestry", {}).get("ancestor", [])
    ids = [ancestor["resourceId"] for ancestor in ancestors]
    for organization in (resource["id"] for resource in ids if resource["type"] == "organization"):
        for constraint in _constraints(rest, organization):
            name = constraint["name"].rpartition("/")[2]
            forbids = judge(constraint)
            if forbids is False:
                continue
            rules = _rules(rest, project, name)
            if forbids and _is_enforced(rules):
                raise _forbidden(f"customConstraints/{name}", project)
            if _may_be_enforced(rules):
                yield f"customConstraints/{name} may forbid public functions: read its condition"


def _constraints(rest: GoogleRest, organization: str) -> Iterator[dict[str, Any]]:
    query: dict[str, str] = {}
    while True:
        page = rest.get("orgpolicy", f"/v2/organizations/{organization}/customConstraints", **query)
        yield from page.get("customConstraints", [])
        if not page.get("nextPageToken"):
            return
        query = {"pageToken": page["nextPageToken"]}


def _forbids_everybody(constraint: Mapping[str, Any]) -> bool | None:
    """Return whether a custom constraint forbids to grant a role to `allUsers`; None if its condition would have to be evaluated."""
    if _ALLOW_POLICY not in constraint["resourceTypes"] or not {"CREATE", "UPDATE"} & set(constraint["methodTypes"]):
        return False
    condition = constraint["condition"]
    if "RoleName" in condition or "!" in condition or "Member" not in condition:
        return None
    names_everybody = f"'{_EVERYBODY}'" in condition or f'"{_EVERYBODY}"' in condition
    if constraint["actionType"] == "DENY":
        return True if names_everybody else None
    return None if _EVERYBODY.lower() in condition.lower() else True


def _forbids_no_check(constraint: Mapping[str, Any]) -> bool | None:
    """Return None for a custom constraint on services that names the invoker IAM check; False for others."""
    concerned = _SERVICE in constraint["resourceTypes"] and "invoker" in constraint["condition"].lower()
    return None if concerned else False


def _rules(rest: GoogleRest, project: str, constraint: str) -> list[dict[str, Any]]:
    policy = rest.get("orgpolicy", f"/v2/projects/{project}/policies/{constraint}:getEffectivePolicy")
    rules: list[dict[str, Any]] = policy.get("spec", {}).get("rules", [])
    return rules


def _is_enforced(rules: list[dict[str, Any]]) -> bool:
    """Return whether rules without a condition, and without an exception for `allUsers`, are enforced."""
    return not any("condition" in rule for rule in rules) and _may_be_enforced(rules)


def _may_be_enforced(rules: list[dict[str, Any]]) -> bool:
    return any(
        rule.get("enforce") and _EVERYBODY not in rule.get("parameters", {}).get("allowedMemberSubjects", [])
        for rule in rules
    )


def _forbidden(policy: str, project: str) -> TargetError:
    return TargetError(
        f"an organization policy ({policy}) forbids to grant a role to {_EVERYBODY}, and GitHub cannot sign in: "
        f"{_ALTERNATIVE} {project}"
    )


def _with_remedy(refused: GoogleRefused, project: str) -> str:
    if refused.reason == "SERVICE_DISABLED":
        return f"{refused}: `gcloud services enable orgpolicy.googleapis.com --project {project}`"
    return f"{refused}: roles/orgpolicy.policyViewer may read them" if refused.status == 403 else str(refused)
