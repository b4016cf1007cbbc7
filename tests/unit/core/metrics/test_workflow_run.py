from typing import Any

import pytest

from core.errors import MalformedPayload
from core.metrics.workflow_run import METRIC
from tests.builders import signed, webhook
from tests.unit.core.metrics.fakes import output, recorded, wants

ID, FOLDER = 940463255, "octo-org/hello-world/workflow-run"
OUTPUT = {
    "id": ID,
    "run_attempt": 2,
    "name": "CI",
    "path": ".github/workflows/ci.yml",
    "event": "pull_request",
    "head_branch": "changes",
    "head_sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
    "conclusion": "success",
    "created_at": 1795168200000,
    "run_started_at": 1795168788000,
    "updated_at": 1795169130000,
}


def test_a_run_is_recorded_to_the_field() -> None:
    record = recorded(METRIC, webhook("workflow_run"))

    assert record.event.output == OUTPUT
    assert list(record.event.output) == list(OUTPUT)
    assert record.path == f"{FOLDER}/2026-11-20/{ID}-2.json"
    assert record.event.id == f"{FOLDER}/{ID}-2"
    assert (record.event.status, record.event.anomalies) == ("success", [])


@pytest.mark.parametrize("action", ["requested", "in_progress", "Completed", None, ...])
def test_a_run_that_has_not_ended_is_ignored(action: Any) -> None:
    assert not wants(METRIC, webhook("workflow_run", action=action))


def test_each_attempt_is_a_version_of_the_run() -> None:
    attempts = [METRIC.key(recorded_event(attempt)) for attempt in (1, 2)]

    assert [(key.identity, key.version) for key in attempts] == [((ID,), (1,)), ((ID,), (2,))]


def recorded_event(attempt: int) -> Any:
    return signed(METRIC.trigger, webhook("workflow_run", workflow_run__run_attempt=attempt))


def test_the_name_is_that_of_the_workflow_and_never_a_title() -> None:
    record = recorded(METRIC, webhook("workflow_run", workflow_run__name="Greet", workflow_run__display_title="Greet"))

    assert record.event.output["name"] == "CI"
    assert "Greet" not in str(record)


@pytest.mark.parametrize("workflow", [None, ..., {}])
def test_without_its_workflow_a_run_has_no_name(workflow: Any) -> None:
    assert output(METRIC, webhook("workflow_run", workflow=workflow)) == OUTPUT | {"name": None}


@pytest.mark.parametrize("conclusion", ["cancelled", "startup_failure", "action_required", "timed_out", "stale", None])
def test_each_conclusion_of_github_is_recorded(conclusion: str | None) -> None:
    assert output(METRIC, webhook("workflow_run", workflow_run__conclusion=conclusion))["conclusion"] == conclusion


def test_another_conclusion_is_unknown() -> None:
    record = recorded(METRIC, webhook("workflow_run", workflow_run__conclusion="evaporated"))

    assert (record.event.output["conclusion"], record.event.anomalies) == (None, ["unknown_conclusion"])


@pytest.mark.parametrize(
    "name", ["run_attempt", "path", "head_branch", "head_sha", "created_at", "updated_at", "event"]
)
def test_what_github_does_not_say_is_null(name: str) -> None:
    assert output(METRIC, webhook("workflow_run", **{f"workflow_run__{name}": None})) == OUTPUT | {name: None}


@pytest.mark.parametrize(
    ("times", "day"),
    [
        ({"run_started_at": "2026-11-22T00:00:00Z"}, "2026-11-22"),
        ({"run_started_at": None}, "2026-11-20"),
        ({"run_started_at": None, "created_at": "0001-01-01T00:00:00Z"}, "undated"),
    ],
)
def test_the_day_is_that_of_the_attempt(times: dict[str, Any], day: str) -> None:
    changes = {f"workflow_run__{name}": value for name, value in times.items()}

    assert recorded(METRIC, webhook("workflow_run", **changes)).path == f"{FOLDER}/{day}/{ID}-2.json"


def test_texts_that_people_choose_are_bounded() -> None:
    record = recorded(METRIC, webhook("workflow_run", workflow_run__head_branch="x" * 300))

    assert (record.event.output["head_branch"], record.event.anomalies) == ("x" * 255, ["text_truncated"])


@pytest.mark.parametrize("id", [None, "1", 1.0, True, ...])
def test_an_id_that_is_no_whole_number_is_malformed(id: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^workflow_run\.id: expected a whole number"):
        recorded(METRIC, webhook("workflow_run", workflow_run__id=id))
