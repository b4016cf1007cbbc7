from typing import Any

import pytest

from core.errors import MalformedPayload
from core.events import EnhancedTriggerEvent, Repository, SignedTriggerEvent, plain, repository_of
from core.metrics.check_suite import PullRequest
from core.payload import Json
from tests.unit.core.recording import repository, snapshot


def of_github(payload: Json) -> Repository:
    return repository_of(SignedTriggerEvent("github::check_suite", "d-1", 0, payload))


def of_ours(payload: Json) -> Repository:
    return repository_of(SignedTriggerEvent("deven::tooling-usage", "d-1", 0, payload))


def test_a_github_event_cannot_imitate_an_internal_event() -> None:
    with pytest.raises(MalformedPayload, match="repository: expected an object, got nothing"):
        of_github(snapshot())


def test_the_repository_of_a_github_payload_is_spelled_as_in_the_payload() -> None:
    assert of_github({"repository": repository("Octo-Org", "Hello.World_1")}) == Repository(
        "Octo-Org", "Hello.World_1", 1296269
    )


def test_the_repository_of_an_event_of_our_own_has_no_id_unless_it_says_so() -> None:
    assert of_ours(snapshot()) == Repository("octo-org", "Hello-World", None)
    assert of_ours(snapshot(repository_id=7)) == Repository("octo-org", "Hello-World", 7)


def test_an_account_of_managed_users_has_an_underscore() -> None:
    assert of_github({"repository": repository("octocat_acme")}).owner == "octocat_acme"


def test_an_old_account_may_begin_and_end_with_a_hyphen() -> None:
    assert of_github({"repository": repository("-Jerry-")}).owner == "-Jerry-"


BAD_OWNERS = [
    "",
    ".",
    "..",
    "a/b",
    "/",
    "a.b",
    ".git",
    "_system",
    "_a",
    "a b",
    "é",
    "a\n",
    "a\0",
    "a" * 101,
    "a\\b",
    "٣",
]
BAD_REPOS = [
    "",
    ".",
    "..",
    ".git",
    ".GIT",
    ".Git",
    "a/b",
    "/",
    "../x",
    "a b",
    "é",
    "a\n",
    "a\0",
    "a" * 101,
    "a\\b",
    "%2F",
]


@pytest.mark.parametrize("owner", BAD_OWNERS)
def test_an_owner_outside_github_s_alphabet_is_malformed(owner: str) -> None:
    with pytest.raises(MalformedPayload, match=r"^repository\.owner\.login: not a valid name of a GitHub account$"):
        of_github({"repository": repository(owner)})


@pytest.mark.parametrize("name", BAD_REPOS)
def test_a_repository_outside_github_s_alphabet_is_malformed(name: str) -> None:
    with pytest.raises(MalformedPayload, match=r"^repository\.name: not a valid name of a GitHub repository$"):
        of_github({"repository": repository(name=name)})


@pytest.mark.parametrize("owner", BAD_OWNERS)
def test_an_owner_of_our_own_event_is_checked_alike(owner: str) -> None:
    with pytest.raises(MalformedPayload, match=r"^owner: not a valid name of a GitHub account$"):
        of_ours(snapshot(owner=owner))


@pytest.mark.parametrize("name", BAD_REPOS)
def test_a_repository_of_our_own_event_is_checked_alike(name: str) -> None:
    with pytest.raises(MalformedPayload, match=r"^repo: not a valid name of a GitHub repository$"):
        of_ours(snapshot(repo=name))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({}, "repository: expected an object, got nothing"),
        ({"repository": None}, "repository: expected an object, got null"),
        ({"repository": []}, "repository: expected an object, got a list"),
        ({"repository": None, **snapshot()}, "repository: expected an object, got null"),
        ({"repository": {}}, "repository.owner: expected an object, got nothing"),
        ({"repository": {"owner": {}}}, "repository.owner.login: expected a string, got nothing"),
        ({"repository": {"owner": {"login": 7}}}, "repository.owner.login: expected a string, got a number"),
        ({"repository": {"owner": {"login": "o"}}}, "repository.name: expected a string, got nothing"),
        ({"repository": {**repository(), "id": "x"}}, "repository.id: expected a whole number, got a string"),
        ({"repo": "x"}, "owner: expected a string, got nothing"),
    ],
)
def test_a_payload_without_a_repository_names_the_field_that_is_wrong(payload: Json, reason: str) -> None:
    with pytest.raises(MalformedPayload) as refused:
        (of_ours if "repo" in payload and "repository" not in payload else of_github)(payload)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (PullRequest(1), {"id": 1}),
        ([PullRequest(1), [PullRequest(2)]], [{"id": 1}, [{"id": 2}]]),
        ((1, 2), [1, 2]),
        (Repository("o", "r", None), {"owner": "o", "name": "r", "id": None}),
        ({"a": 1}, {"a": 1}),
        (None, None),
    ],
)
def test_a_tuple_with_names_becomes_an_object(value: Any, expected: Any) -> None:
    assert plain(value) == expected


def test_the_record_s_fields_are_those_of_the_published_table_in_its_order() -> None:
    assert EnhancedTriggerEvent._fields == (
        "created_at",
        "owner",
        "repo",
        "trigger_event_signature",
        "metric_signature",
        "status",
        "output",
        "id",
        "repository_id",
        "github_host",
        "schema",
        "delivery_id",
        "collected_by",
        "anomalies",
    )


@pytest.mark.parametrize("text_facts", [{}, {"issue": {"severity": 1}}, {"pull_request": None}, {"pull_request": [1]}])
def test_facts_that_are_not_known_are_none(text_facts: Json) -> None:
    event = SignedTriggerEvent("github::pull_request", "d-1", 0, {}, text_facts=text_facts)
    assert event.facts_of("pull_request").text_or_none("title_kind") is None
