"""The addresses of an item of evidence, compared with those that GitHub's own description names."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.conftest import NPM
from warehouse.report.links import PATHS, Links, links, repository_url
from warehouse.report.model import Evidence

SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
ITEM = Evidence("m", "s", "octocat/Hello-World", "staging", 1, "i", None, None, None, None, host="github.com")
DESCRIPTIONS = ("openapi/generated/api.github.com.json", "webhooks-examples/api.github.com/index.json")
WEB = "https://github.com/octocat/Hello-World"


@cache
def described() -> frozenset[str]:
    """Every `html_url` of an example in GitHub's OpenAPI description and in its webhooks' payloads."""
    files = (NPM / "@octokit" / name for name in DESCRIPTIONS)
    return frozenset(url for file in files for url in html_urls(json.loads(file.read_text())))


def html_urls(node: Any) -> Iterator[str]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        if str(key).endswith("html_url") and isinstance(child, str):
            yield child
        yield from html_urls(child)


@pytest.mark.npm
def test_each_address_is_one_that_github_names() -> None:
    item = ITEM._replace(sha=SHA, number=1347, run="30433642", issue=1347)
    found = links(item)
    job = links(item._replace(run="30433642", job="798245260")).run
    deployed = links(ITEM._replace(repository="github/hello-world", deployments="statuses", deployment="1")).deployments
    released = links(ITEM._replace(repository="Codertocat/Hello-World", tag="0.0.1")).release
    assert {found.commit, found.pull_request, found.run, found.issue, job, deployed, released} <= described()


def test_what_a_record_does_not_say_has_no_address() -> None:
    assert links(ITEM) == Links()
    assert links(ITEM._replace(job="1")).run is None


def test_an_enterprise_host_and_its_port_are_kept() -> None:
    assert repository_url("git.example.org:8443", "a/b") == "https://git.example.org:8443/a/b"


@pytest.mark.parametrize(
    "host", ["", "github.com/x", "a b", "user@github.com", "GITHUB.com\n", "javascript:alert(1)", "x?y", "x#y"]
)
def test_a_host_that_is_none_has_no_address(host: str) -> None:
    assert links(ITEM._replace(host=host, sha=SHA, number=1, run="1", tag="v1", issue=1)) == Links()


@pytest.mark.parametrize("name", ["", "a", "a/b/c", "a/..", "../b", "a/b?c", "a/b#c", 'a/"b', "a/b c"])
def test_a_name_that_is_no_repository_has_no_address(name: str) -> None:
    assert links(ITEM._replace(repository=name, sha=SHA, number=1, run="1", tag="v1", issue=1)) == Links()


@pytest.mark.parametrize("sha", ["", "6dcb09b", SHA.upper(), f"{SHA}/../..", "x" * 40])
def test_a_commit_needs_its_whole_name(sha: str) -> None:
    assert links(ITEM._replace(sha=sha)).commit is None


@pytest.mark.parametrize("run", ["", "1/../2", "-1", "\N{ARABIC-INDIC DIGIT ONE}", "1" * 21])
def test_a_run_needs_a_number(run: str) -> None:
    assert links(ITEM._replace(run=run, job="2")).run is None
    assert links(ITEM._replace(run="1", job=run)).run == f"{WEB}/actions/runs/1"


@pytest.mark.parametrize("number", [0, -1])
def test_a_pull_request_needs_a_positive_number(number: int) -> None:
    assert links(ITEM._replace(number=number, issue=number)) == Links()


@pytest.mark.parametrize(
    ("tag", "end"), [("v1.0", "v1.0"), ("api%2Fv1", "api%2Fv1"), ("pkg@1", "pkg%401"), ("a%3Fb#c", "a%3Fb%23c")]
)
def test_a_tag_stays_one_part_of_the_address(tag: str, end: str) -> None:
    assert links(ITEM._replace(tag=tag)).release == f"{WEB}/releases/tag/{end}"


@pytest.mark.parametrize("tag", ["", ".", "..", "%2E%2E"])
def test_a_step_is_no_tag(tag: str) -> None:
    assert links(ITEM._replace(tag=tag)).release is None


def test_an_environment_is_listed_only_for_its_deployments() -> None:
    deployed = ITEM._replace(environment="live & eu/1", deployment="1", deployments="statuses")
    assert links(deployed).deployments == f"{WEB}{PATHS['deployments']}live%20%26%20eu%2F1"
    for other in (deployed._replace(deployments="releases"), deployed._replace(deployment=None)):
        assert links(other).deployments is None
    assert links(deployed._replace(environment="")).deployments is None


def test_code_and_incidents_of_other_repositories_lead_there() -> None:
    found = links(ITEM._replace(sha=SHA, number=2, issue=3, code_repository="o/code", issue_repository="o/incidents"))
    assert found.commit == f"https://github.com/o/code/commit/{SHA}"
    assert (found.pull_request, found.issue) == (
        "https://github.com/o/code/pull/2",
        "https://github.com/o/incidents/issues/3",
    )


def test_a_record_has_an_address_only_where_its_folder_has_one() -> None:
    item = ITEM._replace(path="telemetry/o/r/release-versions/api%2Fv1.json")
    assert links(item).record is None
    folder = "https://github.com/o/data/blob/main/"
    assert links(item, folder).record == f"{folder}telemetry/o/r/release-versions/api%252Fv1.json"
    assert links(ITEM, folder).record is None
