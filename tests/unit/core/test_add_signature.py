import pytest

from core.add_signature import add_signature
from core.events import SignedTriggerEvent, TriggerEvent
from core.payload import Json
from tests.builders import NOW
from tests.unit.core.recording import DELIVERY, check_suite


def trigger(source: str, name: str, payload: Json) -> TriggerEvent:
    return TriggerEvent(source, name, DELIVERY, NOW, payload, "recovery")


def test_a_known_event_is_signed_and_slimmed() -> None:
    payload = {
        "action": "completed",
        "sender": {"login": "octocat"},
        "repository": {"html_url": "https://github.com/o/r"},
    }
    assert add_signature(trigger("github", "check_suite", payload)) == SignedTriggerEvent(
        trigger_event_signature="github::check_suite",
        delivery_id=DELIVERY,
        received_at=NOW,
        payload={"action": "completed", "repository": {}},
        collected_by="recovery",
        github_host="github.com",
        failed_reads=0,
        text_facts={},
    )


@pytest.mark.parametrize(
    ("source", "name"),
    [("github", "star"), ("github", "tooling-usage"), ("deven", "check_suite"), ("github", "CHECK_SUITE"), ("", "")],
)
def test_an_event_that_no_metric_listens_to_is_a_skip(source: str, name: str) -> None:
    assert add_signature(trigger(source, name, check_suite())) is None


@pytest.mark.parametrize(
    ("source", "name"),
    [
        *(("github", name) for name in ("check_suite", "create", "deployment", "deployment_status")),
        *(("github", name) for name in ("pull_request", "pull_request_review", "workflow_job")),
        ("deven", "tooling-usage"),
    ],
)
def test_each_event_of_a_metric_is_known(source: str, name: str) -> None:
    event = add_signature(trigger(source, name, {}))
    assert event is not None
    assert event.trigger_event_signature == f"{source}::{name}"


@pytest.mark.parametrize(
    ("page", "host"),
    [
        ("https://github.com/o/r", "github.com"),
        ("https://GitHub.Example.COM/o/r", "github.example.com"),
        ("https://octocorp.ghe.com/o/r", "octocorp.ghe.com"),
        ("http://127.0.0.1:4010/o/r", "127.0.0.1"),
        ("https://github.com", "github.com"),
        ("ftp://github.com/o/r", None),
        ("https://evil/../o", "evil"),
        ("https://user@github.com/o", None),
        ("https://é.example/o", None),
        ("", None),
        (None, None),
        (7, None),
        (["https://github.com/o/r"], None),
    ],
)
def test_the_host_is_that_of_the_repository_s_own_page(page: object, host: str | None) -> None:
    event = add_signature(trigger("github", "check_suite", {"repository": {"html_url": page}}))
    assert event is not None
    assert event.github_host == host


@pytest.mark.parametrize("payload", [{}, {"repository": None}, {"repository": []}, {"repository": "x"}])
def test_a_payload_without_a_repository_names_no_host(payload: Json) -> None:
    event = add_signature(trigger("github", "check_suite", payload))
    assert event is not None
    assert event.github_host is None


def test_what_the_texts_say_is_kept_and_the_texts_are_not() -> None:
    pull = {"title": 'Revert "Pay Mona (#12)"', "body": "Reverts o/r#12\nFixes #7", "id": 1}
    payload = {"pull_request": pull, "repository": {"name": "r", "owner": {"login": "o"}}}
    event = add_signature(trigger("github", "pull_request", payload))
    assert event is not None
    assert event.payload["pull_request"] == {"title": 'Revert "', "id": 1}
    facts = event.facts_of("pull_request")
    assert (facts.text("title_kind"), facts.integer("revert_depth"), facts.integer("reverts_number")) == (
        "revert",
        1,
        12,
    )
    assert facts.data["closes"] == [7]
    assert "Mona" not in repr(event)


def test_an_event_of_our_own_has_no_texts() -> None:
    event = add_signature(trigger("deven", "tooling-usage", {"pull_request": {"title": "x", "body": "fixes #1"}}))
    assert event is not None
    assert event.text_facts == {}
    assert event.facts_of("pull_request").data == {}
