from typing import Any

import pytest

from warehouse.comparison_pairs import Deployment, needed
from warehouse.services import parsed

DEPLOY = {"workflow": "Deploy", "event": "push", "job": "deploy", "creator": "bot", "task": "deploy", "ref": "main"}


def deployment(at: int, sha: str | None, environment: str = "production", **fields: Any) -> Deployment:
    return Deployment("github.com", "1", at, environment, sha, at, **{**DEPLOY, **fields})


def pairs(toml: dict[str, Any], *deployments: Deployment) -> list[str]:
    found = needed(parsed(toml), "octo-org/shop", deployments)
    return [f"{base.sha}..{head.sha}" for base, head in found]


def rule(**values: Any) -> dict[str, Any]:
    return {"repositories": {"octo-org/*": values}}


ABC = (deployment(1, "a"), deployment(2, "b"), deployment(3, "c"))


def test_each_deployment_is_compared_with_the_one_before() -> None:
    assert pairs({}, *ABC) == ["a..b", "b..c"]
    assert pairs({}, ABC[0]) == []


def test_the_same_commit_and_an_unknown_one_are_not_compared() -> None:
    assert pairs({}, ABC[0], deployment(2, "a"), ABC[2]) == ["a..c"]
    assert pairs({}, ABC[0], deployment(2, None), ABC[2]) == []


@pytest.mark.parametrize(
    ("key", "glob"),
    [
        ("workflow", "Plan*"),
        ("event", "schedule"),
        ("job", "plan"),
        ("creator", "Agent"),
        ("task", "plan:*"),
        ("ref", "tmp/*"),
    ],
)
def test_an_excluded_deployment_is_no_neighbour(key: str, glob: str) -> None:
    values = {
        "workflow": "Plan 1",
        "event": "schedule",
        "job": "plan",
        "creator": "agent",
        "task": "plan:x",
        "ref": "tmp/x",
    }
    toml = rule(deployments={"exclude": [{key: glob}]})
    assert pairs(toml, ABC[0], deployment(2, "b", **{key: values[key]}), ABC[2]) == ["a..c"]
    assert pairs(toml, *ABC) == ["a..b", "b..c"]


def test_all_keys_of_an_exclusion_must_match_and_be_known() -> None:
    toml = rule(deployments={"exclude": [{"workflow": "Deploy", "event": "schedule"}]})
    assert pairs(toml, *ABC) == ["a..b", "b..c"]
    assert pairs(toml, ABC[0], deployment(2, "b", event=None), ABC[2]) == ["a..b", "b..c"]
    assert pairs(toml, ABC[0], deployment(2, "b", event="schedule"), ABC[2]) == ["a..c"]


def test_a_renamed_environment_continues_under_its_new_name() -> None:
    old = deployment(1, "a", "Prod-Old")
    assert pairs({}, old, deployment(2, "b", "production")) == []
    assert pairs({"environment_aliases": {"prod-old": "production"}}, old, deployment(2, "b")) == ["a..b"]


def test_case_of_an_environment_does_not_count() -> None:
    assert pairs({}, ABC[0], deployment(2, "b", "production"), deployment(3, "c", "production")) == ["a..b", "b..c"]


def test_environments_that_are_not_production_are_left_out() -> None:
    staging = (deployment(1, "a", "staging"), deployment(2, "b", "staging"))
    assert pairs({}, *staging) == []
    assert pairs({}, *(item._replace(production=True) for item in staging)) == ["a..b"]
    assert pairs({}, *(item._replace(production=False) for item in ABC)) == ["a..b", "b..c"]
    assert pairs({}, *(item._replace(transient=True, production=True) for item in ABC)) == []


def test_services_split_deployments_by_workflow_environment_and_tag() -> None:
    api = {"repositories": ["octo-org/shop"], "workflows": ["API*"]}
    web = {"repositories": ["octo-org/shop"], "workflows": ["Web"]}
    mixed = [
        deployment(at, sha, workflow=name) for at, sha, name in ((1, "a", "API 1"), (2, "b", "Web"), (3, "c", "API 2"))
    ]
    assert pairs({"services": {"api": api, "web": web}}, *mixed) == ["a..c"]
    eu = {"repositories": ["octo-org/shop"], "environments": ["live-eu"]}
    us = {"repositories": ["octo-org/shop"], "environments": ["live-us"]}
    places = [
        deployment(at, sha, name) for at, sha, name in ((1, "a", "live-eu"), (2, "b", "live-us"), (3, "c", "live-eu"))
    ]
    assert pairs({"services": {"eu": eu, "us": us}}, *places) == ["a..c"]
    tags = {"repositories": ["octo-org/shop"], "tags": ["api/v*"]}
    refs = [deployment(at, sha, ref=ref) for at, sha, ref in ((1, "a", "api/v1"), (2, "b", "main"), (3, "c", "api/v2"))]
    assert pairs({"services": {"api": tags}}, *refs) == ["a..c"]


def test_what_belongs_to_no_service_is_the_rest() -> None:
    api = {"repositories": ["octo-org/shop"], "workflows": ["API"]}
    listed = [
        deployment(at, sha, workflow=name) for at, sha, name in ((1, "a", None), (2, "b", "API"), (3, "c", "Other"))
    ]
    assert pairs({"services": {"api": api}}, *listed) == ["a..c"]


@pytest.mark.parametrize("kind", ["releases", "merges"])
def test_other_kinds_of_deployments_are_compared_by_pull_requests(kind: str) -> None:
    assert pairs(rule(deployments=kind, branch="main"), *ABC) == []
