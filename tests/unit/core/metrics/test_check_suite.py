import json
from typing import Any

import pytest

from core.errors import MalformedPayload
from core.events import EnhancedTriggerEvent, Record, plain
from core.metrics._conclusion import KNOWN
from core.metrics.check_suite import METRIC
from core.record_file import to_json
from tests.builders import NOW, webhook
from tests.unit.core.metrics.fakes import output, recorded, wants

CREATED, UPDATED = 1795167062000, 1795167527000
FOLDER = "octo-org/hello-world/check-suite"


def test_a_completed_check_suite_is_recorded_to_the_field() -> None:
    record = recorded(METRIC, webhook("check_suite"))

    assert record == Record(
        path=f"{FOLDER}/2026-11-20/118578147-{UPDATED}.json",
        event=EnhancedTriggerEvent(
            created_at=NOW,
            owner="octo-org",
            repo="hello-world",
            trigger_event_signature="github::check_suite",
            metric_signature="check-suite",
            status="success",
            output={
                "id": 118578147,
                "head_sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
                "pull_requests": [{"id": 279147437}, {"id": 279147499}],
                "created_at": CREATED,
                "conclusion": "success",
                "is_app_owner": True,
                "updated_at": UPDATED,
                "head_branch": "changes",
            },
            id=f"{FOLDER}/118578147-{UPDATED}",
            repository_id=186853002,
            github_host="github.com",
            schema=2,
            delivery_id="72d3162e-cc78-11e3-81ab-4c9367dc0958",
            collected_by="webhook",
            anomalies=[],
        ),
    )


def test_the_fields_of_a_record_keep_the_published_order() -> None:
    event = plain(recorded(METRIC, webhook("check_suite")).event)

    assert [*event] == [
        *("created_at", "owner", "repo", "trigger_event_signature", "metric_signature", "status", "output", "id"),
        *("repository_id", "github_host", "schema", "delivery_id", "collected_by", "anomalies"),
    ]
    assert [*event["output"]] == [
        *("id", "head_sha", "pull_requests", "created_at", "conclusion", "is_app_owner", "updated_at"),
        "head_branch",
    ]


@pytest.mark.parametrize("action", ["requested", "rerequested", "Completed", None, [], ...])
def test_a_suite_that_is_not_completed_is_ignored(action: Any) -> None:
    assert not wants(METRIC, webhook("check_suite", action=action))


@pytest.mark.parametrize("pull_requests", [[], None, ...])
def test_a_suite_of_a_fork_has_no_pull_requests(pull_requests: Any) -> None:
    payload = webhook("check_suite", check_suite__pull_requests=pull_requests, check_suite__head_branch=None)

    result = output(METRIC, payload)

    assert (result["pull_requests"], result["head_branch"]) == ([], None)


@pytest.mark.parametrize("conclusion", [None, ...])
def test_a_suite_without_a_conclusion_has_a_null_one(conclusion: Any) -> None:
    record = recorded(METRIC, webhook("check_suite", check_suite__conclusion=conclusion))

    assert (record.event.output["conclusion"], record.event.status) == (None, "success")


@pytest.mark.parametrize("installation", [None, ...])
def test_a_payload_without_an_installation_is_not_of_an_app_owner(installation: Any) -> None:
    assert output(METRIC, webhook("check_suite", installation=installation))["is_app_owner"] is False


def test_a_suite_that_completes_again_is_a_later_version_of_the_same_fact() -> None:
    record = recorded(METRIC, webhook("check_suite", check_suite__updated_at="2026-11-23T09:38:47Z"))

    assert record.path == f"{FOLDER}/2026-11-20/118578147-1795426727000.json"


@pytest.mark.parametrize("missing", [None, ...])
def test_without_created_at_the_day_is_that_of_updated_at(missing: Any) -> None:
    payload = webhook("check_suite", check_suite__created_at=missing, check_suite__updated_at="2026-11-23T09:38:47Z")

    record = recorded(METRIC, payload)

    assert record.path == f"{FOLDER}/2026-11-23/118578147-1795426727000.json"
    assert record.event.output["created_at"] is None


def test_without_any_time_a_suite_is_undated_and_its_key_is_its_id() -> None:
    record = recorded(METRIC, webhook("check_suite", check_suite__created_at=None, check_suite__updated_at=None))

    assert (record.path, record.event.id) == (f"{FOLDER}/undated/118578147.json", f"{FOLDER}/118578147")


def test_ids_beyond_2_to_the_53_stay_exact() -> None:
    beyond = 2**53 + 1
    payload = webhook("check_suite", check_suite__id=beyond, repository__id=beyond + 2)
    payload["check_suite"]["pull_requests"] = [{"id": beyond + 4}]

    record = recorded(METRIC, payload)

    stored = json.loads(to_json(plain(record.event)))
    assert record.path == f"{FOLDER}/2026-11-20/9007199254740993-{UPDATED}.json"
    assert stored["output"]["id"] == 9007199254740993
    assert stored["output"]["pull_requests"] == [{"id": 9007199254740997}]
    assert stored["repository_id"] == 9007199254740995


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T09:31:02Z", CREATED),
        ("2026-11-20T09:31:02+00:00", CREATED),
        ("2026-11-20T11:31:02+02:00", CREATED),
        ("2026-11-20T03:46:02-05:45", CREATED),
        ("2026-11-20T09:31:02.9Z", CREATED + 900),
        ("2026-11-20T09:31:02.987Z", CREATED + 987),
        ("2026-11-20T11:31:02.9879999+02:00", CREATED + 987),
        ("2026-11-20T09:31:02.000999999Z", CREATED),
    ],
)
def test_times_may_have_offsets_and_fractions_cut_to_milliseconds(text: str, expected: int) -> None:
    assert output(METRIC, webhook("check_suite", check_suite__created_at=text))["created_at"] == expected


def test_the_day_is_that_of_utc() -> None:
    record = recorded(METRIC, webhook("check_suite", check_suite__created_at="2026-11-21T00:30:00+02:00"))

    assert record.path.split("/")[-2] == "2026-11-20"


@pytest.mark.parametrize("time", [1795167062, [], {}])
def test_a_time_that_is_no_text_is_malformed(time: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^check_suite\.created_at: expected"):
        recorded(METRIC, webhook("check_suite", check_suite__created_at=time))


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "2026-13-01T00:00:00Z", "2026-11-20T25:00:00Z", "0000-00-00T00:00:00Z"),
        *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "1969-12-31T23:59:59Z"),
        *("9999-12-31T23:59:59-01:00", "10000-01-01T00:00:00Z"),
    ],
)
def test_an_impossible_time_is_null_and_the_suite_is_kept(text: str) -> None:
    record = recorded(METRIC, webhook("check_suite", check_suite__created_at=text))

    assert record.event.output == recorded(METRIC, webhook("check_suite")).event.output | {"created_at": None}
    assert (record.event.status, record.event.anomalies) == ("success", ["impossible_time"])
    assert record.path.split("/")[-2] == "2026-11-20"


@pytest.mark.parametrize("conclusion", sorted(KNOWN))
def test_each_conclusion_of_github_is_recorded(conclusion: str) -> None:
    record = recorded(METRIC, webhook("check_suite", check_suite__conclusion=conclusion))

    assert (record.event.output["conclusion"], record.event.anomalies) == (conclusion, [])


@pytest.mark.parametrize("conclusion", ["", "exploded", "SUCCESS", "success "])
def test_an_unknown_conclusion_is_null_with_an_anomaly(conclusion: str) -> None:
    record = recorded(METRIC, webhook("check_suite", check_suite__conclusion=conclusion))

    assert record.event.output == recorded(METRIC, webhook("check_suite")).event.output | {"conclusion": None}
    assert record.event.anomalies == ["unknown_conclusion"]


@pytest.mark.parametrize("id", [None, "118578147", 118578147.0, True, ...])
def test_a_suite_without_a_whole_id_is_malformed(id: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^check_suite\.id: expected a whole number"):
        recorded(METRIC, webhook("check_suite", check_suite__id=id))


def test_a_malformed_pull_request_is_named_by_its_index() -> None:
    with pytest.raises(
        MalformedPayload, match=r"^check_suite\.pull_requests\[1\]\.id: expected a whole number, got a string"
    ):
        recorded(METRIC, webhook("check_suite", check_suite__pull_requests=[{"id": 1}, {"id": "2"}]))
