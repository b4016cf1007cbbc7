from typing import Any

import pytest

from core.collect_metrics import collect
from core.errors import MalformedPayload
from core.metric import Key
from core.metrics.incident import METRIC
from core.payload import Json
from tests.builders import processing, signed, webhook
from tests.unit.core.metrics.fakes import output, recorded, wants

ID = 2675410041
OPENED, LABELED, CLOSED, REOPENED = 1795176600000, 1795176900000, 1795183200000, 1795248000000
FOLDER = "octo-org/hello-world/incident"
WAS_LABELED = {
    "id": ID,
    "number": 7,
    "action": "labeled",
    "at": LABELED,
    "opened_at": OPENED,
    "closed_at": None,
    "labels": ["Incident"],
    "state_reason": None,
    "is_transferred": None,
    "transferred_from": None,
    "transferred_to": None,
    "all_labels": ["bug", "Incident"],
    "issue_type": None,
    "severity": None,
    "cause_sha": None,
    "cause_number": None,
    "is_exempt": False,
}
WAS_OPENED = WAS_LABELED | {
    "action": "opened",
    "at": OPENED,
    "labels": ["incident"],
    "is_transferred": False,
    "all_labels": ["incident"],
}
INCIDENT = {"id": 1, "name": "incident"}


def test_a_labelled_issue_is_recorded_to_the_field() -> None:
    record = recorded(METRIC, webhook("issues"))

    assert record.event.output == WAS_LABELED
    assert list(record.event.output) == list(WAS_LABELED)
    assert record.path == f"{FOLDER}/2026-11-20/{ID}-{LABELED}.json"
    assert record.event.id == f"{FOLDER}/{ID}-{LABELED}"
    assert (record.event.trigger_event_signature, record.event.metric_signature) == ("github::issues", "incident")
    assert (record.event.status, record.event.anomalies) == ("success", [])


def test_an_issue_opened_with_the_label_is_an_incident_from_then_on() -> None:
    record = recorded(METRIC, webhook("issues_opened", issue__labels=[INCIDENT]))

    assert record.event.output == WAS_OPENED
    assert record.path == f"{FOLDER}/2026-11-20/{ID}-{OPENED}.json"


def test_an_incident_that_is_closed_is_recorded_by_the_time_of_that() -> None:
    record = recorded(METRIC, webhook("issues_closed"))

    assert record.event.output == WAS_LABELED | {
        "action": "closed",
        "at": CLOSED,
        "closed_at": CLOSED,
        "state_reason": "completed",
    }
    assert record.path == f"{FOLDER}/2026-11-20/{ID}-{CLOSED}.json"


@pytest.mark.parametrize("closed_at", [None, "2026-11-20T14:00:00Z"])
def test_an_incident_that_is_opened_again_is_not_closed(closed_at: str | None) -> None:
    record = recorded(METRIC, webhook("issues_reopened", issue__closed_at=closed_at))

    assert record.event.output == WAS_LABELED | {"action": "reopened", "at": REOPENED, "state_reason": "reopened"}
    assert record.path == f"{FOLDER}/2026-11-21/{ID}-{REOPENED}.json"


def test_an_issue_that_is_closed_before_it_is_labelled_stays_closed() -> None:
    changes = {"issue__state": "closed", "issue__closed_at": "2026-11-20T12:14:00Z"}

    assert output(METRIC, webhook("issues", **changes)) == WAS_LABELED | {"closed_at": LABELED - 60_000}


def test_an_issue_opened_with_its_label_is_one_fact_in_either_order() -> None:
    changes = {"issue__labels": [INCIDENT], "issue__updated_at": "2026-11-20T12:10:00Z"}
    opened = recorded(METRIC, webhook("issues_opened", **changes)).event
    labeled = recorded(METRIC, webhook("issues", **changes)).event

    assert opened == labeled
    assert opened.output["action"] == "opened"


def test_an_issue_labelled_while_closing_is_one_fact_in_either_order() -> None:
    changes = {"issue__updated_at": "2026-11-20T14:00:00Z"}
    closed = webhook("issues_closed", **changes)
    labeled = closed | {"action": "labeled", "label": INCIDENT}

    assert recorded(METRIC, closed).event == recorded(METRIC, labeled).event
    assert output(METRIC, closed)["action"] == "closed"


@pytest.mark.parametrize("name", ["incident", "Incident", "INCIDENT", " incident "])
@pytest.mark.parametrize("stem", ["issues_opened", "issues_closed", "issues_reopened"])
def test_an_issue_with_the_label_in_any_case_is_an_incident(stem: str, name: str) -> None:
    payload = webhook(stem, issue__labels=[{"name": "bug"}, {"name": name}])

    assert wants(METRIC, payload)
    assert output(METRIC, payload)["labels"] == [name]


@pytest.mark.parametrize("labels", [[], None, ..., [{"name": "bug"}], [{"name": "incidental"}], [{"name": None}], [{}]])
@pytest.mark.parametrize("stem", ["issues_opened", "issues_closed", "issues_reopened"])
def test_an_issue_without_the_label_is_none(stem: str, labels: Any) -> None:
    assert not wants(METRIC, webhook(stem, issue__labels=labels))


@pytest.mark.parametrize("label", [{"name": "bug"}, {"name": None}, {}, None, ...])
def test_another_label_on_an_incident_is_no_news_of_it(label: Any) -> None:
    assert not wants(METRIC, webhook("issues", label=label))


@pytest.mark.parametrize(
    ("configured", "labels"),
    [
        ("incident", ["Incident"]),
        ("SEV 1, incident", ["Incident", "sev 1"]),
        ("sev 1", ["sev 1"]),
        (" , sev 1 ,,", ["sev 1"]),
        ("outage", []),
        (",", []),
    ],
)
def test_which_labels_make_an_incident_is_a_setting(configured: str, labels: list[str]) -> None:
    payload = webhook("issues_closed", issue__labels=[{"name": "Incident"}, {"name": "bug"}, {"name": "sev 1"}])

    assert wants(METRIC, payload, incident_labels=configured) == bool(labels)
    if labels:
        assert output(METRIC, payload, incident_labels=configured)["labels"] == labels


@pytest.mark.parametrize("reason", ["completed", "not_planned", "duplicate", "reopened", None])
def test_why_an_incident_was_closed_is_recorded(reason: str | None) -> None:
    assert output(METRIC, webhook("issues_closed", issue__state_reason=reason))["state_reason"] == reason


def unlabelled(**changes: Any) -> Json:
    return webhook("issues", **{"action": "unlabeled", "issue__labels": [], **changes})


def test_an_incident_that_lost_its_last_label_has_none() -> None:
    record = recorded(METRIC, unlabelled())

    assert record.event.output == WAS_LABELED | {"action": "unlabeled", "labels": [], "all_labels": []}
    assert record.path == f"{FOLDER}/2026-11-20/{ID}-{LABELED}-unlabeled.json"


def test_a_label_swapped_in_one_second_is_two_facts() -> None:
    removed = recorded(METRIC, unlabelled())
    added = recorded(METRIC, webhook("issues"))

    assert removed.path != added.path
    assert (removed.event.output["action"], added.event.output["action"]) == ("unlabeled", "labeled")


@pytest.mark.parametrize("label", [{"name": "bug"}, {"name": None}, {}, None, ...])
def test_another_label_taken_off_is_no_news_of_an_incident(label: Any) -> None:
    assert not wants(METRIC, unlabelled(label=label))


@pytest.mark.parametrize("updated_at", ["2026-11-20T12:15:00Z", "2026-11-20T12:10:00Z", None])
def test_an_incident_that_was_deleted_is_a_fact_of_its_own(updated_at: str | None) -> None:
    record = recorded(METRIC, webhook("issues", action="deleted", issue__updated_at=updated_at))

    assert record.event.output["action"] == "deleted"
    assert record.event.id == f"{FOLDER}/{ID}-deleted"


def test_a_transferred_incident_names_its_new_issue() -> None:
    changes = {"new_issue": {"id": 2**53 + 1, "number": 3}, "new_repository": {"id": 2}}
    record = recorded(METRIC, webhook("issues", action="transferred", changes=changes))

    assert record.event.output == WAS_LABELED | {"action": "transferred", "transferred_to": 2**53 + 1}
    assert record.event.id == f"{FOLDER}/{ID}-transferred"


@pytest.mark.parametrize("changes", [..., None, {}, {"new_issue": None}, {"new_issue": {}}])
def test_a_transfer_without_its_new_issue_is_recorded(changes: Any) -> None:
    record = recorded(METRIC, webhook("issues", action="transferred", changes=changes))

    assert record.event.output == WAS_LABELED | {"action": "transferred"}


@pytest.mark.parametrize(
    ("changes", "is_transferred", "origin"),
    [
        ({"old_issue": {"id": 5}, "old_repository": {"id": 2}}, True, 5),
        ({"old_issue": None, "old_repository": {"id": 2}}, True, None),
        ({"old_issue": {}}, True, None),
        ({}, False, None),
        (None, False, None),
    ],
)
def test_an_incident_that_came_from_elsewhere_names_its_old_issue(
    changes: Any,
    is_transferred: bool,  # noqa: FBT001
    origin: int | None,
) -> None:
    payload = webhook("issues_opened", issue__labels=[INCIDENT], changes=changes)

    assert output(METRIC, payload) == WAS_OPENED | {"is_transferred": is_transferred, "transferred_from": origin}


def test_an_issue_whose_time_is_impossible_keeps_the_others() -> None:
    record = recorded(METRIC, webhook("issues", issue__created_at="0001-01-01T00:00:00Z"))

    assert record.event.output == WAS_LABELED | {"opened_at": None}
    assert record.event.anomalies == ["impossible_time"]


@pytest.mark.parametrize("action", ["edited", "assigned", "milestoned", "typed", "pinned", None, [], ...])
def test_other_actions_are_no_news_of_an_incident(action: Any) -> None:
    assert not wants(METRIC, webhook("issues_closed", action=action))


@pytest.mark.parametrize("action", ["unlabeled", "deleted", "transferred"])
@pytest.mark.parametrize("stem", ["issues", "issues_closed", "issues_reopened"])
def test_a_pull_request_is_no_incident(stem: str, action: str) -> None:
    assert not wants(METRIC, webhook(stem, action=action, issue__pull_request={"url": "x"}))
    payload = webhook(stem, issue__pull_request={"url": "https://api.github.com/repos/octo-org/hello-world/pulls/7"})

    assert not wants(METRIC, payload)


def test_nothing_else_of_an_issue_is_recorded() -> None:
    changes: Json = {"issue__title": "Mona broke it", "issue__body": "by Mona", "issue__assignees": [{"login": "mona"}]}

    assert "mona" not in str(output(METRIC, webhook("issues", **changes))).lower()


@pytest.mark.parametrize("missing", [None, ...])
def test_without_a_time_an_incident_is_undated(missing: Any) -> None:
    record = recorded(METRIC, webhook("issues", issue__updated_at=missing))

    assert record.event.output == WAS_LABELED | {"at": None}
    assert record.path == f"{FOLDER}/undated/{ID}.json"


@pytest.mark.parametrize("missing", [None, ...])
def test_missing_fields_are_null(missing: Any) -> None:
    payload = webhook("issues", issue__number=missing, issue__created_at=missing)

    assert output(METRIC, payload) == WAS_LABELED | {"number": None, "opened_at": None}


def test_the_day_is_that_of_utc_and_times_are_cut_to_milliseconds() -> None:
    record = recorded(METRIC, webhook("issues", issue__updated_at="2026-11-21T01:20:03.0419+02:00"))

    assert record.path == f"{FOLDER}/2026-11-20/{ID}-1795216803041.json"


def test_ids_beyond_2_to_the_53_stay_exact() -> None:
    event = signed("github::issues", webhook("issues", issue__id=2**53 + 1))

    assert METRIC.key(event) == Key((9007199254740993, LABELED), day="2026-11-20")


@pytest.mark.parametrize("id", [None, "1", 1.0, True, ...])
def test_an_id_that_is_no_whole_number_is_malformed(id: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^issue\.id: expected a whole number"):
        recorded(METRIC, webhook("issues", issue__id=id))


@pytest.mark.parametrize("labels", [7, "incident", {}])
def test_labels_that_are_no_list_are_malformed(labels: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^issue\.labels: expected a list"):
        recorded(METRIC, webhook("issues_closed", issue__labels=labels))


def labels(*names: str) -> list[Json]:
    return [{"id": number, "name": name} for number, name in enumerate(names)]


def labelled(label: str, *names: str, action: str = "labeled", **changes: Any) -> Json:
    """The payload of a label that was added or taken off, after which the issue has the labels `names`."""
    return webhook("issues", action=action, label={"name": label}, issue__labels=labels(*names), **changes)


def test_all_labels_are_recorded_as_github_spells_them() -> None:
    payload = webhook(
        "issues_closed", issue__labels=[*labels("incident", "Área: Pago", "env:live"), {"name": None}, {}]
    )

    assert output(METRIC, payload)["all_labels"] == ["incident", "Área: Pago", "env:live"]


@pytest.mark.parametrize(
    ("names", "recorded_names"),
    [
        (["incident", "a" * 100], ["incident", "a" * 100]),
        (["incident", "a" * 101], ["incident", "a" * 100]),
        (["incident", *map(str, range(99))], ["incident", *map(str, range(99))]),
        (["incident", *map(str, range(100))], ["incident", *map(str, range(99))]),
    ],
)
def test_labels_beyond_the_bounds_are_cut_with_an_anomaly(names: list[str], recorded_names: list[str]) -> None:
    event = recorded(METRIC, webhook("issues_closed", issue__labels=labels(*names))).event

    assert event.output["all_labels"] == recorded_names
    assert event.anomalies == (["labels_truncated"] if names != recorded_names else [])


def test_a_label_beyond_the_bound_still_counts() -> None:
    names = [*map(str, range(100)), "incident", "not-a-deployment", "SEV-1"]
    actual = output(METRIC, webhook("issues_closed", issue__labels=labels(*names)))

    assert (actual["labels"], actual["is_exempt"], actual["severity"]) == (["incident"], True, 1)


@pytest.mark.parametrize(
    ("names", "severity"),
    [
        (["incident"], None),
        (["incident", "sev1"], 1),
        (["incident", "SEV-2", "sev0"], 0),
        (["incident", "P3", "severity: critical"], 1),
        (["incident", "P1000", "several", "p"], None),
    ],
)
def test_the_severity_is_the_highest_that_a_label_names(names: list[str], severity: int | None) -> None:
    assert output(METRIC, webhook("issues_closed", issue__labels=labels(*names)))["severity"] == severity


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ({"id": 1, "name": "Bug", "description": "broken"}, "Bug"),
        ({"name": "x" * 101}, "x" * 100),
        ({"name": None}, None),
        ({}, None),
        (None, None),
        (..., None),
        ("Bug", None),
        ([], None),
    ],
)
def test_the_issue_type_is_its_name(kind: Any, name: str | None) -> None:
    assert output(METRIC, webhook("issues_closed", issue__type=kind))["issue_type"] == name


@pytest.mark.parametrize(
    ("configured", "names", "is_exempt"),
    [
        ("not-a-deployment", ["incident", "Not-A-Deployment"], True),
        ("not-a-deployment", ["incident", " not-a-deployment "], True),
        ("not-a-deployment", ["incident", "not-a-deployment-yet"], False),
        ("not-a-deployment", ["incident"], False),
        ("vendor, False Alarm", ["incident", "false alarm"], True),
        ("vendor, False Alarm", ["incident", "not-a-deployment"], False),
    ],
)
def test_a_label_of_the_setting_exempts_an_incident(
    configured: str,
    names: list[str],
    is_exempt: bool,  # noqa: FBT001
) -> None:
    payload = webhook("issues_closed", issue__labels=labels(*names))

    assert output(METRIC, payload, exempt_labels=configured)["is_exempt"] is is_exempt


@pytest.mark.parametrize(
    ("action", "names"), [("labeled", ["incident", "Not-a-deployment"]), ("unlabeled", ["incident"])]
)
def test_an_exempting_label_that_comes_or_goes_later_is_recorded(action: str, names: list[str]) -> None:
    record = recorded(METRIC, labelled("Not-a-deployment", *names, action=action))
    ending = "-unlabeled" if action == "unlabeled" else ""

    assert record.event.id == f"{FOLDER}/{ID}-{LABELED}{ending}"
    assert record.event.output == WAS_LABELED | {
        "action": action,
        "labels": ["incident"],
        "all_labels": names,
        "is_exempt": action == "labeled",
    }


@pytest.mark.parametrize("action", ["labeled", "unlabeled"])
@pytest.mark.parametrize("names", [[], ["bug"], ["not-a-deployment"]])
def test_an_exempting_label_on_another_issue_is_ignored(action: str, names: list[str]) -> None:
    assert not wants(METRIC, labelled("not-a-deployment", *names, action=action))


def test_an_exempting_label_that_is_not_in_the_setting_is_ignored() -> None:
    payload = labelled("not-a-deployment", "incident", "not-a-deployment")

    assert wants(METRIC, payload)
    assert not wants(METRIC, payload, exempt_labels="vendor")


def test_an_exempt_issue_that_becomes_an_incident_is_exempt() -> None:
    actual = output(METRIC, labelled("incident", "not-a-deployment", "incident"))

    assert (actual["labels"], actual["is_exempt"]) == (["incident"], True)


def test_an_incident_that_loses_one_of_two_labels_stays_one() -> None:
    payload = labelled("incident", "outage", "not-a-deployment", action="unlabeled")
    actual = output(METRIC, payload, incident_labels="incident,outage")

    assert (actual["labels"], actual["is_exempt"]) == (["outage"], True)


@pytest.mark.parametrize("missing", [None, ...])
def test_without_labels_it_is_unknown_whether_an_incident_is_exempt(missing: Any) -> None:
    actual = output(METRIC, webhook("issues", issue__labels=missing))

    assert (actual["labels"], actual["all_labels"], actual["is_exempt"], actual["severity"]) == ([], None, None, None)


@pytest.mark.parametrize(
    ("title", "body", "facts"),
    [
        ("Down", "Caused by #12", (None, None, 12)),
        ("Down", "introduced in 0123abc4567", (None, "0123abc4567", None)),
        ("[SEV1] Down", None, (1, None, None)),
        ("Down", "### Severity\n\nSEV-2\n\n### What\n\nCulprit: octo-org/hello-world#7", (2, None, 7)),
        ("Down", "Caused by acme/other#12", (None, None, None)),
        ("Down", "", (None, None, None)),
    ],
)
def test_what_an_incident_says_of_itself_is_recorded_as_facts(title: str, body: str | None, facts: Any) -> None:
    actual = output(METRIC, webhook("issues_closed", issue__title=title, issue__body=body))

    assert (actual["severity"], actual["cause_sha"], actual["cause_number"]) == facts


def test_a_label_of_severity_counts_before_the_title() -> None:
    payload = webhook("issues_closed", issue__title="[SEV0] Down", issue__labels=labels("incident", "sev3"))

    assert output(METRIC, payload)["severity"] == 3


def test_an_event_without_facts_of_its_texts_has_no_cause() -> None:
    event = signed(METRIC.trigger, webhook("issues_closed", issue__body="Caused by #12"))._replace(text_facts={})
    actual = collect(METRIC, event, processing(None, None)).event.output

    assert (actual["cause_sha"], actual["cause_number"], actual["severity"]) == (None, None, None)
