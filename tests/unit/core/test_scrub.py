import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.metrics import events_of_github
from core.scrub import DEEPEST, scrub_payload

OURS = events_of_github()
EMAIL = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[A-Za-z]{2,}")


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(
    "key",
    [
        *("url", "html_url", "avatar_url", "commits_url", "_links", "href"),
        *("email", "emails", "gravatar_id", "node_id", "sender", "pusher", "author", "committer", "head_commit"),
        *("body", "title", "description", "message", "bio", "company", "location", "homepage", "topics"),
        *("payload", "client_payload", "custom_properties", "issue_field_values"),
        *("external_id", "runner_name"),  # whatever an App, or whoever names a computer, writes there
    ],
)
def test_a_dropped_key_is_dropped_at_every_depth(key: str) -> None:
    secret = {"name": "x"}
    payload = {key: secret, "id": 1, "a": {key: secret, "id": 2, "b": [{key: secret, "id": 3}, [{key: "x", "id": 4}]]}}
    assert scrub_payload(payload) == {"id": 1, "a": {"id": 2, "b": [{"id": 3}, [{"id": 4}]]}}


def test_what_a_metric_may_need_stays_as_it_is() -> None:
    payload = {
        "action": "closed",
        "number": 9007199254740993,
        "merged": True,
        "merged_at": None,
        "created_at": "2026-11-24T05:00:00Z",
        "head": {"ref": "feature/ünïcode", "sha": "ec26c3e5"},
        "user": {"login": "octocat", "id": 1, "type": "User"},
        "labels": [{"id": 1, "name": "bug", "color": "f29513"}],
        "steps": [{"name": "Run tests", "conclusion": "success", "number": 1}],
        "workflow_name": "CI",
        "environment": "production",
        "installation": {"id": 5},
        "curl": "a key that only ends in url",
        "empty": [],
        "nothing": {},
        "ratio": 1.5,
    }
    assert scrub_payload(payload) == payload


def test_the_original_is_not_changed() -> None:
    payload = {"url": "x", "a": [{"body": "x", "id": 1}]}
    before = copy.deepcopy(payload)
    scrub_payload(payload)
    assert payload == before


@pytest.mark.parametrize("value", [None, 1, 1.5, True, "text"])
def test_a_value_that_holds_nothing_is_itself(value: Any) -> None:
    assert scrub_payload(value) == value


@pytest.mark.npm
@pytest.mark.parametrize("event", OURS)
def test_no_address_and_no_url_remains_of_github_s_own_examples(npm: Path, event: str) -> None:
    index = json.loads((npm / "@octokit/webhooks-examples/api.github.com/index.json").read_text())
    examples = next(entry["examples"] for entry in index if entry["name"] == event)
    remaining = [
        text for example in examples for text in strings(scrub_payload(example)) if "://" in text or EMAIL.search(text)
    ]
    assert examples
    assert remaining == []


@pytest.mark.npm
@pytest.mark.parametrize("event", OURS)
def test_no_node_id_and_no_avatar_remains_of_github_s_own_examples(npm: Path, event: str) -> None:
    index = json.loads((npm / "@octokit/webhooks-examples/api.github.com/index.json").read_text())
    examples = next(entry["examples"] for entry in index if entry["name"] == event)
    texts = {text for example in examples for text in strings(scrub_payload(example))}
    assert texts.isdisjoint({"node_id", "avatar_url", "gravatar_id", "email", "body", "sender", "_links", "url"})


@pytest.mark.npm
def test_the_identity_of_github_s_own_examples_stays(npm: Path) -> None:
    index = json.loads((npm / "@octokit/webhooks-examples/api.github.com/index.json").read_text())
    examples = [example for entry in index if entry["name"] in OURS for example in entry["examples"]]
    identities = [(e["repository"]["id"], e["repository"]["owner"]["login"], e["repository"]["name"]) for e in examples]
    slimmed = [scrub_payload(example)["repository"] for example in examples]
    assert [(r["id"], r["owner"]["login"], r["name"]) for r in slimmed] == identities


def test_an_account_is_its_login_id_and_type_and_nothing_else() -> None:
    account = {
        "login": "octocat",
        "id": 1,
        "type": "User",
        "name": "Mona",
        "twitter_username": "m",
        "plan": {"name": "x"},
    }
    assert scrub_payload({"user": account, "assignees": [account]}) == {
        "user": {"login": "octocat", "id": 1, "type": "User"},
        "assignees": [{"login": "octocat", "id": 1, "type": "User"}],
    }


def test_addresses_and_texts_under_other_names_go_too() -> None:
    payload = {
        "auto_merge": {"commit_title": "t", "commit_message": "m"},
        "commit_title": "t",
        "organization": {"login": "acme", "billing_email": "billing@example.com"},
        "enterprise": {"name": "Acme"},
        "notification_email": "me@example.com",
        "kept": 1,
    }
    assert scrub_payload(payload) == {"kept": 1}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ('Revert "Pay Mona"', {"title": 'Revert "'}),
        ('Revert "', {"title": 'Revert "'}),
        ("Revert Pay Mona", {}),
        ('revert "Pay Mona"', {}),
        ('Do not Revert "Pay Mona"', {}),
        ("", {}),
        (None, {}),
        (['Revert "'], {}),
        ({"Revert": 1}, {}),
    ],
)
def test_of_a_title_only_github_s_own_words_of_a_revert_stay(title: Any, expected: dict[str, str]) -> None:
    assert scrub_payload({"a": [{"title": title, "id": 1}]}) == {"a": [{**expected, "id": 1}]}


def test_a_run_loses_its_name_which_may_hold_a_title() -> None:
    run = {"id": 1, "name": "Deploy: Greet everybody", "display_title": "Greet everybody", "path": "ci.yml"}
    payload = {"workflow_run": run, "workflow": {"name": "Deploy"}, "workflow_job": {"name": "build"}}

    expected = {
        "workflow_run": {"id": 1, "path": "ci.yml"},
        "workflow": {"name": "Deploy"},
        "workflow_job": {"name": "build"},
    }
    assert scrub_payload(payload) == expected


def test_what_is_slim_stays_as_it_is() -> None:
    once = scrub_payload({"pull_request": {"title": 'Revert "Pay Mona"', "user": {"login": "mona", "name": "Mona"}}})
    assert scrub_payload(once) == once


@pytest.mark.parametrize(
    "wrap", [lambda inner: {"a": inner}, lambda inner: [inner], lambda inner: {"login": "x", "id": inner}]
)
def test_nesting_is_rejected_at_the_same_depth_everywhere(wrap: Any) -> None:
    value: Any = {}
    for _ in range(DEEPEST - 1):
        value = wrap(value)
    assert scrub_payload(value) == value
    with pytest.raises(ValueError, match="nested too deeply"):
        scrub_payload(wrap(value))


def test_what_is_dropped_may_be_nested_however_deep() -> None:
    value: Any = []
    for _ in range(500):
        value = [value]
    assert scrub_payload({"body": value, "a": 1}) == {"a": 1}
