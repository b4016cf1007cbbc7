"""How a deployment finds out whether everybody may call the webhook, and what it does if `allUsers` is forbidden."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.deployment.cloud import TargetError
from cli.deployment.clouds.gcp import rest_client
from cli.deployment.clouds.gcp.cloud import Gcp
from fakes.google.server import FakeGoogle
from tests.contract.google_login import sign_in

PROJECT, REGION = "demo-project", "europe-west1"
SERVICE = f"projects/{PROJECT}/locations/{REGION}/services/telemetry-test-webhook"
MANAGED, INVOKER = "iam.managed.allowedPolicyMembers", "run.managed.requireInvokerIam"
NOBODY_PUBLIC = """resource.bindings.exists(binding, binding.members.exists(member,
  MemberSubjectMatches(member, ['allUsers', 'allAuthenticatedUsers'])))"""
MEMBERS_ONLY = """resource.bindings.all(binding, binding.members.all(member,
  MemberInPrincipalSet(member, ['//cloudresourcemanager.googleapis.com/organizations/123456789'])))"""
STORAGE_ONLY = """resource.bindings.exists(binding, RoleNameStartsWith(binding.role, ['roles/storage.']) &&
  binding.members.exists(member, MemberSubjectMatches(member, ['allUsers'])))"""


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGoogle]:
    monkeypatch.setattr(rest_client, "_POLL", 0.01)
    with FakeGoogle(PROJECT, authenticated=False) as running:
        for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"):
            monkeypatch.setenv(name, sign_in(running, tmp_path)[name])
        yield running


def cloud(google: FakeGoogle, *, invoker_iam_check: bool = True) -> Gcp:
    return Gcp("test", PROJECT, REGION, google.environment, invoker_iam_check=invoker_iam_check)


def obstacle(google: FakeGoogle, *, invoker_iam_check: bool = True) -> str:
    with pytest.raises(TargetError) as raised:
        list(cloud(google, invoker_iam_check=invoker_iam_check).check())
    assert "\n" not in str(raised.value)
    return str(raised.value)


def notes(google: FakeGoogle, *, invoker_iam_check: bool = True) -> list[str]:
    return list(cloud(google, invoker_iam_check=invoker_iam_check).check())


# the policies


@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize("organization", ["", "123456789"])
def test_a_project_without_such_policies_has_no_obstacle(
    google: FakeGoogle, organization: str, *, checked: bool
) -> None:
    google.console.organization.id = organization
    assert notes(google, invoker_iam_check=checked) == []


@pytest.mark.parametrize("policy", [{"allowedValues": ["C01abcdef"]}, {"allValues": "DENY"}])
def test_the_legacy_policy_forbids_all_users(google: FakeGoogle, policy: dict[str, Any]) -> None:
    google.console.organization.legacy = policy
    assert obstacle(google) == (
        "an organization policy (constraints/iam.allowedPolicyMemberDomains) forbids to grant a role to allUsers, and GitHub "
        "cannot sign in: set INVOKER_IAM_CHECK=false, or ask for an exception for the project demo-project"
    )
    assert notes(google, invoker_iam_check=False) == []


@pytest.mark.parametrize(
    "rules",
    [
        [{"enforce": True}],
        [
            {
                "enforce": True,
                "parameters": {"allowedMemberSubjects": ["user:a@example.com"], "allowedPrincipalSets": []},
            }
        ],
    ],
)
def test_the_managed_policy_forbids_all_users(google: FakeGoogle, rules: list[dict[str, Any]]) -> None:
    google.console.organization.rules[MANAGED] = rules
    assert f"(constraints/{MANAGED})" in obstacle(google)
    assert notes(google, invoker_iam_check=False) == []


def test_a_managed_policy_that_allows_all_users_is_no_obstacle(google: FakeGoogle) -> None:
    google.console.organization.rules[MANAGED] = [
        {"enforce": True, "parameters": {"allowedMemberSubjects": ["allUsers"]}}
    ]
    assert notes(google) == []


def test_a_policy_that_depends_on_a_tag_is_named_and_no_obstacle(google: FakeGoogle) -> None:
    tagged = [
        {"enforce": False, "condition": {"expression": "resource.matchTag('1/public', 'yes')"}},
        {"enforce": True},
    ]
    google.console.organization.rules = {MANAGED: tagged, INVOKER: tagged}
    assert notes(google) == [f"constraints/{MANAGED} depends on a tag: it may forbid public functions"]
    assert notes(google, invoker_iam_check=False) == [
        f"constraints/{INVOKER} depends on a tag: it may forbid INVOKER_IAM_CHECK=false"
    ]


@pytest.mark.parametrize(("condition", "action"), [(NOBODY_PUBLIC, "DENY"), (MEMBERS_ONLY, "ALLOW")])
def test_a_custom_constraint_forbids_all_users(google: FakeGoogle, condition: str, action: str) -> None:
    google.console.organization.add_custom("custom.denyNothing", "resource.x", methodTypes=["DELETE"])
    google.console.organization.add_custom("custom.members", condition, action)
    assert "(customConstraints/custom.members)" in obstacle(google)
    assert notes(google, invoker_iam_check=False) == []


def test_a_custom_constraint_that_is_not_enforced_here_is_no_obstacle(google: FakeGoogle) -> None:
    google.console.organization.add_custom("custom.members", MEMBERS_ONLY, "ALLOW")
    google.console.organization.rules["custom.members"] = [{"enforce": False}]
    assert notes(google) == []


def test_a_custom_constraint_that_would_have_to_be_evaluated_is_named(google: FakeGoogle) -> None:
    google.console.organization.add_custom("custom.storage", STORAGE_ONLY)
    google.console.organization.add_custom(
        "custom.run", "resource.invokerIamDisabled == true", resourceTypes=["run.googleapis.com/Service"]
    )
    assert notes(google) == ["customConstraints/custom.storage may forbid public functions: read its condition"]
    assert notes(google, invoker_iam_check=False) == [
        "customConstraints/custom.run may forbid public functions: read its condition"
    ]


def test_a_policy_that_forbids_the_alternative_is_an_obstacle_to_it_alone(google: FakeGoogle) -> None:
    google.console.organization.rules[INVOKER] = [{"enforce": True}]
    assert notes(google) == []
    assert obstacle(google, invoker_iam_check=False) == (
        f"an organization policy (constraints/{INVOKER}) forbids INVOKER_IAM_CHECK=false: "
        "ask for an exception for the project demo-project"
    )


def test_each_policy_that_cannot_be_read_is_named_with_a_remedy(google: FakeGoogle) -> None:
    google.console.disabled.add("orgpolicy")
    remedy = (
        "PERMISSION_DENIED (SERVICE_DISABLED): `gcloud services enable orgpolicy.googleapis.com --project demo-project`"
    )
    assert notes(google) == [
        f"could not look whether iam.managed.allowedPolicyMembers forbid public functions: {remedy}",
        f"could not look whether custom constraints forbid public functions: {remedy}",
    ]
    google.console.disabled.clear()
    google.console.denied.add("orgpolicy")
    google.console.organization.legacy = {"allValues": "DENY"}
    assert "iam.allowedPolicyMemberDomains" in obstacle(google)
    assert notes(google, invoker_iam_check=False) == [
        f"could not look whether {subject} forbid public functions: "
        "PERMISSION_DENIED: roles/orgpolicy.policyViewer may read them"
        for subject in (INVOKER, "custom constraints")
    ]


# the invoker IAM check


def applied(google: FakeGoogle, *, checked: bool) -> list[str]:
    outputs = {"function_names": {"webhook": "telemetry-test-webhook"}, "invoker_iam_check": checked}
    return list(cloud(google).after_apply(outputs))


def test_the_check_is_switched_once_and_looked_at_after_each_apply(google: FakeGoogle) -> None:
    google.console.run.add(SERVICE)
    assert applied(google, checked=True) == []
    assert applied(google, checked=False) == [f"the invoker IAM check of {SERVICE} is off now"]
    assert google.console.run.services[SERVICE]["invokerIamDisabled"] is True
    assert applied(google, checked=False) == []
    assert google.console.run.changes == 1
    google.console.run.add(SERVICE)  # an update of the function has reset it
    assert applied(google, checked=False) == [f"the invoker IAM check of {SERVICE} is off now"]
    assert applied(google, checked=True) == [f"the invoker IAM check of {SERVICE} is on now"]


def test_a_check_that_cannot_be_switched_is_one_line_with_the_command(google: FakeGoogle) -> None:
    google.console.run.add(SERVICE)
    google.console.run.requires_check = True
    with pytest.raises(TargetError) as raised:
        applied(google, checked=False)
    assert str(raised.value) == (
        f"the invoker IAM check of {SERVICE} cannot be switched off (FAILED_PRECONDITION): "
        "`gcloud run services update telemetry-test-webhook --region europe-west1 --no-invoker-iam-check`"
    )


def test_a_check_that_does_not_stay_off_is_an_error(google: FakeGoogle) -> None:
    google.console.run.add(SERVICE)
    google.console.run.keeps_check = True
    with pytest.raises(TargetError, match="does not keep its invoker IAM check off"):
        applied(google, checked=False)


# the service agents


def test_the_service_agents_are_created_before_the_plan(google: FakeGoogle) -> None:
    assert list(cloud(google).before_apply()) == []
    assert google.console.agents.created == [
        "pubsub.googleapis.com",
        "secretmanager.googleapis.com",
        "storage.googleapis.com",
    ]


@pytest.mark.parametrize("operation", [True, False])
def test_a_service_agent_that_cannot_be_created_is_named_with_the_command(
    google: FakeGoogle, *, operation: bool
) -> None:
    if operation:
        google.console.agents.error = {"code": 7, "message": "ordered to fail"}
    else:
        google.console.denied.add("serviceusage")
    assert list(cloud(google).before_apply()) == [
        f"could not create the service agent of {name}, unless it exists (PERMISSION_DENIED): "
        f"`gcloud beta services identity create --service {name} --project demo-project`"
        for name in ("pubsub.googleapis.com", "secretmanager.googleapis.com", "storage.googleapis.com")
    ]
