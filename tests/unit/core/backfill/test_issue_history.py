from typing import Any

import pytest

from core.backfill.issue_history import OF_THEN, as_of, payloads
from core.errors import MalformedPayload
from core.payload import Json

MADE, NOW = "2026-11-20T10:00:00Z", "2026-11-20T18:00:00Z"
BUG, INCIDENT, SEV = ({"name": name, "color": "d73a4a"} for name in ("bug", "incident", "sev 1"))


def at(hour: int) -> str:
    return f"2026-11-20T{hour}:00:00Z"


def event(kind: str, hour: int, label: Json | None = None) -> Json:
    return {"event": kind, "created_at": at(hour)} | ({"label": label} if label else {})


def issue(*labels: Json, closed_at: str | None = None) -> Json:
    state = "closed" if closed_at else "open"
    return {"id": 7, "created_at": MADE, "updated_at": NOW, "labels": [*labels], "state": state, "closed_at": closed_at}


def summaries(issue: Json, *events: Json) -> list[Any]:
    """Of each payload the action, the action's time, when it was closed then, and its labels then."""
    return [
        (
            payload["action"],
            payload["issue"]["updated_at"],
            payload["issue"]["closed_at"],
            [label["name"] for label in payload["issue"]["labels"]],
        )
        for payload in payloads(issue, events)
    ]


def test_an_issue_without_events_was_opened_as_it_is() -> None:
    assert summaries(issue(INCIDENT)) == [("opened", MADE, None, ["incident"])]


def test_each_label_is_present_from_when_it_was_added() -> None:
    events = event("labeled", 11, BUG), event("labeled", 12, INCIDENT)
    assert summaries(issue(BUG, INCIDENT), *events) == [
        ("opened", MADE, None, []),
        ("labeled", at(11), None, ["bug"]),
        ("labeled", at(12), None, ["bug", "incident"]),
    ]


def test_a_label_set_at_creation_is_no_separate_event() -> None:
    assert summaries(issue(INCIDENT), event("labeled", 10, INCIDENT)) == [("opened", MADE, None, ["incident"])]


def test_a_renamed_label_was_present_from_the_beginning() -> None:
    assert summaries(issue(INCIDENT), event("labeled", 11, SEV), event("closed", 12)) == [
        ("opened", MADE, None, ["incident"]),
        ("labeled", at(11), None, ["incident", "sev 1"]),
        ("closed", at(12), at(12), ["incident", "sev 1"]),
    ]


def test_a_removed_label_is_absent_from_then_on() -> None:
    events = event("labeled", 10, BUG), event("unlabeled", 11, BUG), event("labeled", 12, INCIDENT)
    assert summaries(issue(INCIDENT), *events) == [
        ("opened", MADE, None, ["bug"]),
        ("unlabeled", at(11), None, []),
        ("labeled", at(12), None, ["incident"]),
    ]


def test_of_a_label_that_was_taken_off_the_payload_says_which() -> None:
    [_, removed] = payloads(issue(), [event("labeled", 10, INCIDENT), event("unlabeled", 11, INCIDENT)])
    assert (removed["action"], removed["label"], removed["issue"]["state"]) == ("unlabeled", INCIDENT, "open")


def test_each_closing_has_its_reason_and_the_last_that_of_the_issue() -> None:
    closed = issue(INCIDENT, closed_at=at(15)) | {"state_reason": "not_planned"}
    events = event("closed", 11) | {"state_reason": "duplicate"}, event("reopened", 13), event("closed", 15)
    reasons = [(payload["action"], payload["issue"]["state_reason"]) for payload in payloads(closed, events)]
    assert reasons == [("opened", None), ("closed", "duplicate"), ("reopened", "reopened"), ("closed", "not_planned")]


def test_an_issue_with_a_transfer_came_from_elsewhere() -> None:
    [opened] = payloads(issue(INCIDENT), [event("transferred", 11)])
    assert (opened["action"], opened["changes"]) == ("opened", {"old_issue": None})
    [opened] = payloads(issue(INCIDENT), [])
    assert "changes" not in opened


def test_an_issue_is_closed_until_it_is_reopened() -> None:
    events = event("closed", 11), event("labeled", 12, INCIDENT), event("reopened", 13), event("labeled", 14, BUG)
    assert summaries(issue(INCIDENT, BUG), *events) == [
        ("opened", MADE, None, []),
        ("closed", at(11), at(11), []),
        ("labeled", at(12), at(11), ["incident"]),
        ("reopened", at(13), None, ["incident"]),
        ("labeled", at(14), None, ["incident", "bug"]),
    ]


def test_the_last_closing_has_the_time_of_the_issue_as_in_a_webhook() -> None:
    closed_at = "2026-11-20T15:00:01Z"
    events = event("closed", 11), event("reopened", 13), event("closed", 15)
    assert [payload[:3] for payload in summaries(issue(closed_at=closed_at), *events)] == [
        ("opened", MADE, None),
        ("closed", at(11), at(11)),
        ("reopened", at(13), None),
        ("closed", closed_at, closed_at),
    ]


def test_other_events_are_ignored() -> None:
    others = [event(kind, 11) for kind in ("assigned", "mentioned", "milestoned", "renamed", "subscribed")]
    assert summaries(issue(), *others) == [("opened", MADE, None, [])]


def test_of_a_label_that_was_added_the_payload_says_which() -> None:
    [_, labeled] = payloads(issue(INCIDENT), [event("labeled", 11, INCIDENT)])
    assert labeled["label"] == INCIDENT


def test_the_issue_itself_is_not_changed() -> None:
    original = issue(INCIDENT)
    list(payloads(original, [event("labeled", 11, INCIDENT), event("closed", 12)]))
    assert original == issue(INCIDENT)


@pytest.mark.parametrize(
    ("spoiled", "named"),
    [
        ({"event": "closed"}, "event.created_at"),
        ({"event": "closed", "created_at": 7}, "event.created_at"),
        ({"event": "labeled", "created_at": MADE, "label": "bug"}, "event.label"),
    ],
)
def test_an_event_with_an_unknown_shape_is_malformed_and_names_its_field(spoiled: Json, named: str) -> None:
    with pytest.raises(MalformedPayload, match=rf"^{named}: expected"):
        list(payloads(issue(), [spoiled]))


def test_no_payload_has_the_issue_type_of_today() -> None:
    typed = issue(INCIDENT) | {"type": {"name": "Bug"}}
    assert {payload["issue"]["type"] for payload in payloads(typed, [event("labeled", 11, INCIDENT)])} == {None}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([event("labeled", 10, INCIDENT), event("labeled", 11, SEV)], True),
        ([event("labeled", 10, INCIDENT), event("labeled", 11, BUG), event("labeled", 12, SEV)], True),
        ([event("labeled", 10, INCIDENT)], False),
        ([event("labeled", 10, INCIDENT), event("labeled", 11, SEV), event("unlabeled", 12, BUG)], False),
        ([], False),
    ],
)
def test_labels_that_no_event_added_were_there_since_an_unknown_time(events: list[Json], expected: object) -> None:
    assert {payload["issue"][OF_THEN] for payload in payloads(issue(INCIDENT, SEV), events)} == {expected}


def renamed(hour: int, before: str, after: str) -> Json:
    return event("renamed", hour) | {"rename": {"from": before, "to": after}}


def test_each_payload_has_the_title_of_then() -> None:
    events = [event("labeled", 11, BUG), renamed(12, "a", "b"), event("closed", 13), renamed(14, "b", "c")]
    titles = [
        (payload["action"], payload["issue"]["title"]) for payload in payloads(issue(BUG) | {"title": "c"}, events)
    ]
    assert titles == [("opened", "a"), ("labeled", "a"), ("closed", "b")]


def test_what_was_done_to_a_pull_request_after_a_time_is_undone() -> None:
    pull = issue(BUG, SEV) | {"title": "c"}
    events = [
        event("labeled", 11, BUG),
        event("labeled", 12, INCIDENT),
        renamed(13, "a", "b"),
        event("unlabeled", 15, INCIDENT),
        renamed(16, "b", "c"),
        event("labeled", 17, SEV),
        event("closed", 18),
    ]
    past = as_of(pull, events, 1_795_183_200_000)  # 14:00
    assert (past["title"], past["labels"]) == ("b", [BUG, INCIDENT])
    assert as_of(pull, events, 1_795_186_800_000) == {**past, "labels": [BUG]}  # 15:00, the time of an event
    assert as_of({**pull, "labels": []}, [], 0) == {**pull, "labels": []}


@pytest.mark.parametrize(
    ("today", "events"),
    [
        ((SEV,), [event("labeled", 11, BUG)]),  # renamed
        ((), [event("labeled", 11, BUG)]),  # removed from the repository
        ((BUG,), []),
    ],
)
def test_labels_of_today_that_no_event_explains_are_unknown(today: tuple[Json, ...], events: list[Json]) -> None:
    assert as_of(issue(*today), events, 1_795_183_200_000) == {**issue(), "labels": None}


def test_what_was_done_in_one_second_is_undone_the_latest_first() -> None:
    renames = [{**event("renamed", 15), "rename": {"from": old, "to": new}} for old, new in ("ab", "bc")]
    events = [event("labeled", 11, BUG), event("unlabeled", 15, BUG), event("labeled", 15, BUG), *renames]
    past = as_of({**issue(BUG), "title": "c"}, events, 1_795_183_200_000)  # 14:00
    assert (past["title"], past["labels"]) == ("a", [BUG])
