from typing import Any

import pytest

from core.errors import MalformedPayload
from core.metrics.review import METRIC
from tests.builders import webhook
from tests.unit.core.metrics.fakes import output, recorded, wants

ID, SUBMITTED = 237895671, 1795098003000
FOLDER = "octo-org/hello-world/review"
REVIEW = {
    "id": ID,
    "pr_id": 279147437,
    "pr_number": 2,
    "state": "approved",
    "submitted_at": SUBMITTED,
    "is_bot": False,
}


def test_a_submitted_review_is_recorded_to_the_field() -> None:
    record = recorded(METRIC, webhook("pull_request_review"))

    assert record.event.output == REVIEW
    assert list(record.event.output) == list(REVIEW)
    assert record.path == f"{FOLDER}/2026-11-19/{ID}.json"
    assert record.event.id == f"{FOLDER}/{ID}"
    assert (record.event.trigger_event_signature, record.event.metric_signature) == (
        "github::pull_request_review",
        "review",
    )
    assert (record.event.status, record.event.anomalies) == ("success", [])


@pytest.mark.parametrize("action", ["edited", "dismissed", "Submitted", None, [], ...])
def test_a_review_that_is_not_submitted_is_ignored(action: Any) -> None:
    assert not wants(METRIC, webhook("pull_request_review", action=action))


@pytest.mark.parametrize("state", ["approved", "changes_requested", "commented", "dismissed"])
def test_the_state_is_the_same_from_a_webhook_and_the_rest_api(state: str) -> None:
    outputs = [output(METRIC, webhook("pull_request_review", review__state=text)) for text in (state, state.upper())]

    assert outputs == [REVIEW | {"state": state}] * 2


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({"login": "rev-one", "type": "User"}, False),
        ({"login": "rev-one"}, False),
        ({"login": "rev-one", "type": None}, False),
        ({"login": "copilot", "type": "Bot"}, True),
        ({"login": "dependabot[bot]"}, True),
        ({"login": "Renovate[Bot]", "type": "User"}, True),
        ({"login": "bot", "type": "User"}, False),
        ({"login": "octo-org", "type": "Organization"}, False),
        ({"login": "ghost", "type": "User"}, None),
        ({"login": "Ghost"}, None),
        ({"login": None, "type": "Bot"}, None),
        ({}, None),
        (None, None),
        (..., None),
    ],
)
def test_whether_a_bot_wrote_it_is_null_where_the_account_is_gone(user: Any, expected: Any) -> None:
    assert output(METRIC, webhook("pull_request_review", review__user=user)) == REVIEW | {"is_bot": expected}


def test_no_person_is_named() -> None:
    record = recorded(METRIC, webhook("pull_request_review", review__user__login="mona-lisa", review__body="by Mona"))

    assert "mona" not in str(record.event.output).lower()


@pytest.mark.parametrize("field", ["review__state", "review__submitted_at", "pull_request__number"])
@pytest.mark.parametrize("missing", [None, ...])
def test_missing_fields_are_null(field: str, missing: Any) -> None:
    record = recorded(METRIC, webhook("pull_request_review", **{field: missing}))

    name = {"pull_request__number": "pr_number"}.get(field, field.removeprefix("review__"))
    assert record.event.output == REVIEW | {name: None}
    assert (record.event.status, record.event.anomalies) == ("success", [])


def test_without_submitted_at_a_review_is_undated() -> None:
    record = recorded(METRIC, webhook("pull_request_review", review__submitted_at=None))

    assert record.path == f"{FOLDER}/undated/{ID}.json"


def test_the_day_is_that_of_utc_and_times_are_cut_to_milliseconds() -> None:
    record = recorded(METRIC, webhook("pull_request_review", review__submitted_at="2026-11-20T01:20:03.0419+02:00"))

    assert record.path == f"{FOLDER}/2026-11-19/{ID}.json"
    assert record.event.output["submitted_at"] == 1795130403041


def test_ids_beyond_2_to_the_53_stay_exact() -> None:
    beyond = 2**53 + 1
    record = recorded(METRIC, webhook("pull_request_review", review__id=beyond, pull_request__id=beyond + 2))

    assert record.event.output == REVIEW | {"id": 9007199254740993, "pr_id": 9007199254740995}
    assert record.event.id == f"{FOLDER}/9007199254740993"


@pytest.mark.parametrize("field", ["review__id", "pull_request__id"])
@pytest.mark.parametrize("id", [None, "1", 1.0, True, ...])
def test_an_id_that_is_no_whole_number_is_malformed(field: str, id: Any) -> None:
    with pytest.raises(MalformedPayload, match=rf"^{field.replace('__', '.')}: expected a whole number"):
        recorded(METRIC, webhook("pull_request_review", **{field: id}))


@pytest.mark.parametrize("state", [7, [], {}])
def test_a_state_that_is_no_text_is_malformed(state: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^review\.state: expected a string"):
        recorded(METRIC, webhook("pull_request_review", review__state=state))
