import time
from typing import Any

import pytest

from core.payload_texts import LONGEST_TEXT, text_facts_of
from tests.builders import webhook

REPOSITORY = {"name": "hello-world", "owner": {"login": "octo-org"}}


def pull_request(**fields: Any) -> dict[str, Any]:
    return {"action": "closed", "pull_request": fields, "repository": REPOSITORY}


def test_a_pull_request_has_the_facts_of_its_title_and_description() -> None:
    payload = pull_request(
        title='Revert "Pay Mona (#12)"',
        body="Reverts octo-org/hello-world#11\n\nFixes #7\n\nMade-with: Cursor",
        head={"ref": "revert-10-x"},
    )
    assert text_facts_of("pull_request", payload) == {
        "pull_request": {
            "title_kind": "revert",
            "revert_depth": 1,
            "reverts_sha": None,
            "reverts_number": 11,
            "closes": [7],
            "assistants": ["cursor"],
        }
    }


def test_a_revert_without_a_description_is_named_by_its_branch() -> None:
    facts = text_facts_of("pull_request", pull_request(title='Revert "x"', body=None, head={"ref": "revert-10-x"}))
    assert facts["pull_request"]["reverts_number"] == 10
    assert (facts["pull_request"]["closes"], facts["pull_request"]["assistants"]) == ([], [])


def test_a_title_closes_issues_as_the_message_of_its_merge_does() -> None:
    facts = text_facts_of("pull_request", pull_request(title="Fix login, fixes #7", body="closes #8"))
    assert facts["pull_request"]["closes"] == [7, 8]


@pytest.mark.parametrize("body", [{}, {"body": 7}, {"body": ["fixes #1"]}])
def test_without_a_description_only_the_title_is_known(body: dict[str, Any]) -> None:
    facts = text_facts_of("pull_request", pull_request(title="hotfix: x", **body))["pull_request"]
    assert facts == {
        "title_kind": "hotfix",
        "revert_depth": 0,
        "reverts_sha": None,
        "reverts_number": None,
        "closes": None,
        "assistants": None,
    }


def test_an_issue_has_its_severity_and_its_cause() -> None:
    issue = {"title": "[SEV2] x", "body": "Caused by octo-org/hello-world#12"}
    facts = text_facts_of("issues", {"issue": issue, "repository": REPOSITORY})
    assert facts == {"issue": {"severity": 2, "cause_sha": None, "cause_number": 12}}


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("pull_request", {}),
        ("pull_request", {"pull_request": None}),
        ("pull_request", {"pull_request": []}),
        ("pull_request", {"pull_request": {}}),
        ("pull_request", {"pull_request": {"title": None, "body": "fixes #1"}}),
        ("pull_request", {"pull_request": {"title": 7}}),
        ("issues", {}),
        ("issues", {"issue": {"title": {}}}),
        ("issues", {"pull_request": {"title": "x"}}),
        ("pull_request_review", {"pull_request": {"title": "x", "body": "fixes #1"}}),
        ("deployment", {"deployment": {"description": "fixes #1"}}),
    ],
)
def test_without_a_title_nothing_is_known(name: str, payload: dict[str, Any]) -> None:
    assert text_facts_of(name, payload) == {}


@pytest.mark.parametrize(
    "repository", [None, [], {}, {"name": 7}, {"name": "hello-world", "owner": None}, {"owner": {"login": 7}}]
)
def test_without_a_repository_only_its_own_numbers_count(repository: Any) -> None:
    payload = {**pull_request(title="x", body="fixes octo-org/hello-world#7, fixes #8"), "repository": repository}
    assert text_facts_of("pull_request", payload)["pull_request"]["closes"] == [8]


@pytest.mark.parametrize("head", [None, [], {}, {"ref": None}, {"ref": 7}])
def test_an_odd_head_names_no_branch(head: Any) -> None:
    facts = text_facts_of("pull_request", pull_request(title='Revert "x"', body="", head=head))
    assert facts["pull_request"]["reverts_number"] is None


def test_a_description_longer_than_github_s_is_cut() -> None:
    facts = text_facts_of("pull_request", pull_request(title="x", body=" " * LONGEST_TEXT + "fixes #7"))
    assert facts["pull_request"]["closes"] == []


def test_a_huge_description_costs_no_more_than_one_of_github_s() -> None:
    start = time.process_time()
    text_facts_of("pull_request", pull_request(title='Revert "' * 1_000_000, body="fixes #1 <!--" * 1_000_000))
    assert time.process_time() - start < 2


def test_a_merged_pull_request_of_github_s_has_facts() -> None:
    facts = text_facts_of("pull_request", webhook("pull_request_merged"))["pull_request"]
    assert (facts["title_kind"], facts["revert_depth"], facts["reverts_sha"]) == ("other", 0, None)
