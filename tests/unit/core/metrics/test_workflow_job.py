import json
from datetime import UTC, datetime
from typing import Any

import pytest

from core.collect_metrics import FIRST_READS, YOUNG_FOR
from core.errors import AccessBlocked, MalformedPayload, MissingPermission, NotFound, TransientReadError
from core.events import plain
from core.metrics.workflow_job import METRIC
from core.record_file import to_json
from tests.builders import NOW, webhook
from tests.unit.core.metrics.fakes import FakeGitHub, output, recorded, wants

STARTED, COMPLETED, CREATED = 1795168800000, 1795169100000, 1795168790000
FOLDER = "octo-org/hello-world/workflow-job"


def step(number: int, name: str, start: int, end: int) -> dict[str, Any]:
    """A step that succeeded; start and end in ms after the job's own start."""
    return {
        "name": name,
        "conclusion": "success",
        "number": number,
        "started_at": STARTED + start,
        "completed_at": STARTED + end,
        "duration": end - start,
    }


JOB = {
    "id": 2832853555,
    "head_sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
    "completed_at": COMPLETED,
    "created_at": CREATED,
    "started_at": STARTED,
    "conclusion": "success",
    "workflow_name": "CI",
    "run_attempt": 2,
    "duration": 300_000,
    "steps": [
        step(1, "Set up job", 0, 2_000),
        step(2, "Check out", 2_000, 5_000),
        step(3, "Build", 5_000, 60_000),
        step(4, "Run unit tests", 60_000, 180_250),
        step(5, "Run jest", 181_000, 270_000),
        step(6, "Upload the latest build", 270_000, 290_000),
        step(7, "Complete job", 290_000, 300_000),
    ],
    "head_branch": "changes",
    "run_id": 940463255,
    "name": "build",
    "is_copy": False,
    "labels": ["ubuntu-latest"],
    "runner_group_id": 2,
    "runner_kind": None,
    "run_event": None,
    "workflow_path": None,
    "environment": None,
    "deployment_id": None,
    "approval_wait": None,
}


def with_step(**changes: Any) -> dict[str, Any]:
    """A job of one step: the last one, changed."""
    payload = webhook("workflow_job")
    payload["workflow_job"]["steps"] = [{**payload["workflow_job"]["steps"][6], **changes}]
    return payload


def test_a_completed_job_is_recorded_to_the_field() -> None:
    record = recorded(METRIC, webhook("workflow_job"))

    assert record.event.output == JOB
    assert list(record.event.output) == list(JOB)
    assert list(record.event.output["steps"][0]) == list(step(1, "", 0, 0))
    assert record.path == f"{FOLDER}/2026-11-20/2832853555-2.json"
    assert record.event.id == f"{FOLDER}/2832853555-2"
    assert (record.event.status, record.event.anomalies) == ("success", [])


@pytest.mark.parametrize("action", ["queued", "in_progress", "waiting", None, ...])
def test_a_job_that_is_not_completed_is_ignored(action: Any) -> None:
    assert not wants(METRIC, webhook("workflow_job", action=action))


def test_a_skipped_step_with_null_times_has_no_duration() -> None:
    record = recorded(METRIC, with_step(conclusion="skipped", started_at=None, completed_at=None))

    assert record.event.output["steps"] == [
        {
            "name": "Complete job",
            "conclusion": "skipped",
            "number": 7,
            "started_at": None,
            "completed_at": None,
            "duration": None,
        }
    ]
    assert (record.event.anomalies, record.event.status) == (["missing_time"], "success")


@pytest.mark.parametrize("missing", ["started_at", "completed_at"])
def test_a_step_that_lacks_one_time_keeps_the_other(missing: str) -> None:
    record = recorded(METRIC, with_step(**{missing: None}))

    assert record.event.output["steps"] == [{**JOB["steps"][6], missing: None, "duration": None}]  # type: ignore[index]
    assert record.event.anomalies == ["missing_time"]


def test_a_step_that_ends_before_it_starts_has_no_duration() -> None:
    record = recorded(METRIC, with_step(conclusion="cancelled", completed_at="2026-11-20T10:04:49.999Z"))

    assert record.event.output["steps"] == [
        {
            "name": "Complete job",
            "conclusion": "cancelled",
            "number": 7,
            "started_at": STARTED + 290_000,
            "completed_at": STARTED + 289_999,
            "duration": None,
        }
    ]
    assert record.event.anomalies == ["negative_duration"]


def test_a_step_may_take_no_time() -> None:
    record = recorded(METRIC, with_step(completed_at="2026-11-20T10:04:50Z"))

    assert (record.event.output["steps"][0]["duration"], record.event.anomalies) == (0, [])


def test_each_anomaly_is_named_once_however_many_steps_have_it() -> None:
    payload = webhook("workflow_job")
    for item in payload["workflow_job"]["steps"][:4]:
        item["started_at"] = None
    for item in payload["workflow_job"]["steps"][4:]:
        item["completed_at"] = "2020-01-01T00:00:00Z"

    assert recorded(METRIC, payload).event.anomalies == ["missing_time", "negative_duration"]


def test_a_skipped_job_that_ends_before_it_starts_has_no_duration() -> None:
    payload = webhook(
        "workflow_job",
        workflow_job__conclusion="skipped",
        workflow_job__completed_at="2026-11-20T09:59:59Z",
        workflow_job__steps=[],
    )

    record = recorded(METRIC, payload)

    assert record.event.output == JOB | {
        "conclusion": "skipped",
        "completed_at": STARTED - 1000,
        "duration": None,
        "steps": [],
    }
    assert record.event.anomalies == ["negative_duration"]


@pytest.mark.parametrize("missing", [None, ...])
@pytest.mark.parametrize("field", ["workflow_name", "conclusion", "head_sha", "created_at"])
def test_a_missing_field_of_a_job_is_null_without_an_anomaly(field: str, missing: Any) -> None:
    record = recorded(METRIC, webhook("workflow_job", **{f"workflow_job__{field}": missing}))

    undecided = {"is_copy": None} if field == "created_at" else {}
    assert record.event.output == JOB | {field: None} | undecided
    assert (record.event.anomalies, record.path) == ([], f"{FOLDER}/2026-11-20/2832853555-2.json")


@pytest.mark.parametrize("missing", [None, ...])
def test_a_job_without_a_start_has_no_duration(missing: Any) -> None:
    record = recorded(METRIC, webhook("workflow_job", workflow_job__started_at=missing))

    assert record.event.output == JOB | {"started_at": None, "duration": None, "is_copy": None}
    assert record.event.anomalies == ["missing_time"]


@pytest.mark.parametrize("missing", [None, ...])
def test_a_job_without_a_run_attempt_has_its_id_for_a_key(missing: Any) -> None:
    record = recorded(METRIC, webhook("workflow_job", workflow_job__run_attempt=missing))

    assert record.event.output == JOB | {"run_attempt": None}
    assert record.path == f"{FOLDER}/2026-11-20/2832853555.json"


@pytest.mark.parametrize("missing", [None, ...])
def test_a_job_may_have_no_branch(missing: Any) -> None:
    assert output(METRIC, webhook("workflow_job", workflow_job__head_branch=missing)) == JOB | {"head_branch": None}


@pytest.mark.parametrize("steps", [None, [], [None], ...])
def test_a_job_without_steps_has_none(steps: Any) -> None:
    assert output(METRIC, webhook("workflow_job", workflow_job__steps=steps)) == JOB | {"steps": []}


@pytest.mark.parametrize("field", ["name", "conclusion", "number"])
def test_a_missing_field_of_a_step_is_null(field: str) -> None:
    assert output(METRIC, with_step(**{field: None}))["steps"] == [{**JOB["steps"][6], field: None}]  # type: ignore[index]


@pytest.mark.parametrize(
    ("completed", "started", "created", "folder"),
    [
        ("2026-11-22T00:00:00Z", "2026-11-21T23:59:59Z", "2026-11-20T00:00:00Z", "2026-11-22"),
        (None, "2026-11-21T23:59:59Z", "2026-11-20T00:00:00Z", "2026-11-21"),
        (None, None, "2026-11-20T00:00:00Z", "2026-11-20"),
        (None, None, None, "undated"),
    ],
)
def test_the_day_is_that_of_the_first_known_time(
    completed: str | None, started: str | None, created: str | None, folder: str
) -> None:
    payload = webhook(
        "workflow_job",
        workflow_job__completed_at=completed,
        workflow_job__started_at=started,
        workflow_job__created_at=created,
    )

    assert recorded(METRIC, payload).path == f"{FOLDER}/{folder}/2832853555-2.json"


def test_an_id_beyond_2_to_the_53_stays_exact() -> None:
    record = recorded(METRIC, webhook("workflow_job", workflow_job__id=2**53 + 1))

    assert json.loads(to_json(plain(record.event)))["output"]["id"] == 9007199254740993
    assert record.event.id == f"{FOLDER}/9007199254740993-2"


def test_times_with_an_offset_and_fractions_are_cut_to_milliseconds() -> None:
    payload = webhook("workflow_job", workflow_job__completed_at="2026-11-20T12:05:00.1239999+02:00")

    assert output(METRIC, payload) == JOB | {"completed_at": COMPLETED + 123, "duration": 300_123}


@pytest.mark.parametrize("name", ["Übersetzen 🚀 \u2028 \x00", "e\u0301", "\ud83d"])
def test_any_unicode_stays_exact(name: str) -> None:
    record = recorded(METRIC, with_step(name=name))

    assert json.loads(to_json(plain(record.event)).encode())["output"]["steps"][0]["name"] == name


def test_a_malformed_step_is_named_by_its_index() -> None:
    payload = webhook("workflow_job")
    payload["workflow_job"]["steps"][2]["started_at"] = 7

    with pytest.raises(MalformedPayload, match=r"^workflow_job\.steps\[2\]\.started_at: expected a string"):
        recorded(METRIC, payload)


def test_an_impossible_time_of_a_step_costs_only_that_time() -> None:
    record = recorded(METRIC, with_step(started_at="0001-01-01T00:00:00Z", conclusion="exploded"))

    assert record.event.output["steps"] == [
        {**JOB["steps"][6], "started_at": None, "conclusion": None, "duration": None}  # type: ignore[index]
    ]
    assert record.event.anomalies == ["impossible_time", "missing_time", "unknown_conclusion"]


@pytest.mark.parametrize("zero", ["0001-01-01T00:00:00Z", "", "10000-01-01T00:00:00Z"])
def test_the_day_is_not_that_of_an_impossible_time(zero: str) -> None:
    record = recorded(METRIC, webhook("workflow_job", workflow_job__completed_at=zero))

    assert record.event.output == JOB | {"completed_at": None, "duration": None}
    assert record.path == f"{FOLDER}/2026-11-20/2832853555-2.json"


@pytest.mark.parametrize(
    ("changes", "is_copy"),
    [
        ({"run_attempt": 2, "created_at": "2026-11-21T09:00:00Z"}, True),
        ({"run_attempt": 3, "created_at": "2026-11-20T10:06:00Z", "conclusion": "failure"}, True),
        ({"run_attempt": None, "created_at": "2026-11-21T09:00:00Z"}, True),
        ({"run_attempt": 2, "created_at": "2026-11-21T09:00:00Z", "completed_at": None}, True),
        ({"run_attempt": 1, "created_at": "2026-11-21T09:00:00Z"}, False),
        ({"run_attempt": 1, "created_at": None}, False),
        ({"run_attempt": 2, "created_at": "2026-11-20T10:00:00Z"}, False),
        ({"run_attempt": 2, "created_at": "2026-11-20T10:04:00Z"}, False),
        ({"run_attempt": 2, "created_at": None}, None),
        ({"run_attempt": 2, "started_at": "0001-01-01T00:00:00Z"}, None),
        ({"run_attempt": 2, "created_at": "2026-11-20T10:00:09Z", "completed_at": "2026-11-20T10:00:08Z"}, None),
    ],
)
def test_a_job_that_ended_before_it_was_created_is_a_copy(changes: dict[str, Any], is_copy: bool | None) -> None:  # noqa: FBT001
    payload = webhook("workflow_job", **{f"workflow_job__{name}": value for name, value in changes.items()})

    assert output(METRIC, payload)["is_copy"] is is_copy


@pytest.mark.parametrize("steps", [{}, "none", 0])
def test_steps_that_are_no_list_are_malformed(steps: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^workflow_job\.steps: expected a list"):
        recorded(METRIC, webhook("workflow_job", workflow_job__steps=steps))


@pytest.mark.parametrize("field", ["run_id", "name"])
@pytest.mark.parametrize("missing", [None, ...])
def test_a_missing_run_or_name_is_null(field: str, missing: Any) -> None:
    assert output(METRIC, webhook("workflow_job", **{f"workflow_job__{field}": missing})) == JOB | {field: None}


# its runner, its run and its environment


@pytest.mark.parametrize(
    ("labels", "group", "kind"),
    [
        (["ubuntu-latest"], "GitHub Actions", "github-hosted"),
        (["self-hosted", "linux"], "Default", "self-hosted"),
        (["Self-Hosted"], None, "self-hosted"),
        (["arc-runner-set"], "Default", None),
        (["ubuntu-latest-16-cores"], "Default Larger Runners", None),
        (["ubuntu-latest"], None, None),
        ([], "", None),
        (None, "GitHub Actions", "github-hosted"),
        (..., ..., None),
    ],
)
def test_the_kind_of_a_runner_is_null_unless_it_is_certain(labels: Any, group: Any, kind: str | None) -> None:
    payload = webhook("workflow_job", workflow_job__labels=labels, workflow_job__runner_group_name=group)

    result = output(METRIC, payload)

    assert (result["runner_kind"], result["labels"]) == (kind, None if labels in (None, ...) else labels)
    assert "my runner" not in str(result)


def test_labels_are_bounded_and_those_that_are_no_text_left_out() -> None:
    labels = [7, None, *("x" * 101 for _ in range(101))]

    record = recorded(METRIC, webhook("workflow_job", workflow_job__labels=labels))

    assert record.event.output["labels"] == ["x" * 100] * 100
    assert record.event.anomalies == ["labels_truncated"]


@pytest.mark.parametrize("labels", ["ubuntu-latest", 7, {}])
def test_labels_that_are_no_list_are_malformed(labels: Any) -> None:
    with pytest.raises(MalformedPayload, match=r"^workflow_job\.labels: expected a list"):
        recorded(METRIC, webhook("workflow_job", workflow_job__labels=labels))


@pytest.mark.parametrize("missing", [None, ...])
def test_a_job_without_a_runner_has_no_group(missing: Any) -> None:
    assert output(METRIC, webhook("workflow_job", workflow_job__runner_group_id=missing))["runner_group_id"] is None


def test_a_backfilled_job_has_the_event_and_the_file_of_its_run() -> None:
    run = {"id": 940463255, "event": "schedule", "path": ".github/workflows/ci.yml"}

    result = output(METRIC, webhook("workflow_job", workflow_run=run))

    assert result == JOB | {"run_event": "schedule", "workflow_path": ".github/workflows/ci.yml"}


STATUSES = "/repos/octo-org/hello-world/deployments/145988746/statuses"
DEPLOYMENT = {"id": 145988746, "environment": "production"}
SECOND = 1000


def at(seconds: float) -> str:
    """The time that is so many seconds after the job's creation."""
    return datetime.fromtimestamp((CREATED + seconds * SECOND) / 1000, UTC).isoformat()


def statuses(*timed: tuple[str, float]) -> list[Any]:
    """The statuses of the deployment, the newest first as GitHub lists them; times are seconds after the job's creation."""
    return [{"id": 50 + n, "state": state, "created_at": at(seconds)} for n, (state, seconds) in enumerate(timed)][::-1]


def waiting(listed: list[Any], *, start: float = 3600, **changes: Any) -> Any:
    """The record of a job of an environment, which was created at 09:59:50 and ran for five minutes from `start`."""
    times = {"workflow_job__started_at": at(start), "workflow_job__completed_at": at(start + 300)}
    payload = webhook("workflow_job", **({"deployment": DEPLOYMENT} | times | changes))
    return recorded(METRIC, payload, FakeGitHub({STATUSES: listed}))


@pytest.mark.parametrize(
    ("timed", "seconds"),
    [
        ([("waiting", 2), ("queued", 602), ("in_progress", 3600), ("success", 3900)], 600),
        ([("queued", 1), ("waiting", 2), ("queued", 602), ("in_progress", 3600)], 600),
        ([("waiting", 2), ("queued", 62), ("waiting", 100), ("queued", 400)], 360),
        ([("waiting", 2), ("waiting", 30), ("queued", 62)], 60),
        ([("waiting", 2), ("in_progress", 3602)], 3600),
        ([("waiting", 2), ("failure", 602)], 600),
        ([("waiting", 10)], 3590),
        ([("waiting", 10), ("queued", 20), ("waiting", 3000)], 610),
        ([("queued", 1), ("in_progress", 3600)], 0),
    ],
)
def test_the_waits_of_a_job_add_up(timed: list[tuple[str, float]], seconds: int) -> None:
    record = waiting(statuses(*timed))

    assert record.event.output["approval_wait"] == seconds * SECOND
    assert (record.event.output["environment"], record.event.output["deployment_id"]) == ("production", 145988746)
    assert (record.event.status, record.event.anomalies) == ("success", [])


def zero(timed: list[tuple[str, float]], start: float = 3600, **changes: Any) -> Any:
    record = waiting(statuses(*timed), start=start, **changes)
    return record.event.output["approval_wait"], record.event.anomalies


@pytest.mark.parametrize(
    ("timed", "start"),
    [
        ([("queued", 1), ("in_progress", 3600), ("success", 3900)], 3600),
        ([("in_progress", 5)], 5),
        ([("success", 309)], 9),
        ([("pending", 0), ("queued", 3), ("in_progress", 60)], 60),
    ],
)
def test_a_job_whose_statuses_show_no_wait_did_not_wait(timed: list[tuple[str, float]], start: float) -> None:
    assert zero(timed, start) == (0, [])


@pytest.mark.parametrize(
    "timed",
    [
        [("in_progress", 3600), ("success", 3900)],
        [("queued", 602), ("in_progress", 3600)],
        [("queued", 1), ("queued", 602), ("in_progress", 3600)],
        [("success", 3900)],
    ],
)
def test_a_list_that_may_hide_the_wait_leaves_it_unknown(timed: list[tuple[str, float]]) -> None:
    assert zero(timed) == (None, ["waiting_not_listed"])


def test_the_start_of_a_job_that_never_ran_shows_no_missing_wait() -> None:
    changes = {"workflow_job__steps": [], "workflow_job__started_at": at(0)}
    assert zero([("failure", 602)], **changes) == (None, ["waiting_not_listed"])


def test_a_deployment_that_is_older_than_its_statuses_may_have_waited() -> None:
    timed = [("queued", 1), ("in_progress", 5)]
    assert zero(timed, 5, deployment={**DEPLOYMENT, "created_at": at(-600)}) == (None, ["waiting_not_listed"])
    assert zero(timed, 5, deployment={**DEPLOYMENT, "created_at": at(-1)}) == (0, [])


def test_a_job_without_a_time_of_creation_may_have_waited() -> None:
    assert zero([("queued", 1)], 5, workflow_job__created_at=None)[0] is None


def test_statuses_of_other_attempts_are_no_waits_of_this_one() -> None:
    listed = statuses(
        ("waiting", -7200), ("queued", -3600), ("waiting", 2), ("queued", 12), ("waiting", 9000), ("queued", 9999)
    )

    assert waiting(listed).event.output["approval_wait"] == 10 * SECOND


def test_the_order_of_the_list_does_not_matter() -> None:
    assert waiting(statuses(("waiting", 2), ("queued", 12))[::-1]).event.output["approval_wait"] == 10 * SECOND


@pytest.mark.parametrize("timed", [[("waiting", 2), ("queued", 20)], [("waiting", 15)]])
def test_a_wait_after_the_start_is_impossible(timed: list[tuple[str, float]]) -> None:
    record = waiting(statuses(*timed), start=5)

    assert record.event.output["approval_wait"] is None
    assert record.event.anomalies == ["negative_duration"]


def test_a_rejected_job_waited_until_the_rejection() -> None:
    record = waiting(statuses(("waiting", 2), ("failure", 602)), workflow_job__steps=[], workflow_job__started_at=at(0))

    assert (record.event.output["approval_wait"], record.event.anomalies) == (600 * SECOND, [])


def test_a_job_cancelled_while_it_waited_has_no_end_of_its_wait() -> None:
    record = waiting(statuses(("waiting", 2)), workflow_job__steps=[], workflow_job__started_at=at(0))

    assert (record.event.output["approval_wait"], record.event.anomalies) == (None, ["missing_time"])


def test_a_wait_without_the_job_s_start_has_no_end() -> None:
    record = waiting(statuses(("waiting", 2)), workflow_job__started_at=None)

    assert (record.event.output["approval_wait"], record.event.anomalies) == (None, ["missing_time"])


@pytest.mark.parametrize("deployment", [None, ..., {}, {"id": None, "environment": None}])
def test_a_job_without_an_environment_takes_no_request(deployment: Any) -> None:
    github = FakeGitHub()

    assert output(METRIC, webhook("workflow_job", deployment=deployment), github) == JOB
    assert github.asked == []


def test_a_copy_did_not_wait_again_and_takes_no_request() -> None:
    times = {"workflow_job__started_at": at(-900), "workflow_job__completed_at": at(-600)}

    result = output(METRIC, webhook("workflow_job", deployment=DEPLOYMENT, **times))

    assert (result["is_copy"], result["environment"], result["approval_wait"]) == (True, "production", None)


def test_a_wait_takes_one_request() -> None:
    github = FakeGitHub({STATUSES: statuses(*[("queued", 1)] * 150)})

    record = recorded(METRIC, webhook("workflow_job", deployment=DEPLOYMENT), github)

    assert (record.event.output["approval_wait"], record.event.anomalies) == (None, ["statuses_truncated"])
    assert github.asked == [(STATUSES, {})]


def test_a_deployment_that_is_gone_costs_only_the_wait() -> None:
    github = FakeGitHub({STATUSES: [NotFound("404")]})
    old = {"received_at": NOW - YOUNG_FOR, "failed_reads": FIRST_READS}

    record = recorded(METRIC, webhook("workflow_job", deployment=DEPLOYMENT), github, **old)

    assert (record.event.output["approval_wait"], record.event.anomalies) == (None, ["no_statuses"])
    assert (record.event.output["duration"], record.event.status) == (300_000, "success")


def test_a_404_of_a_young_job_is_read_again() -> None:
    with pytest.raises(TransientReadError):
        waiting([NotFound("404")])


def test_on_the_last_try_an_unread_wait_is_null() -> None:
    github = FakeGitHub({STATUSES: [TransientReadError("502")]})

    record = recorded(METRIC, webhook("workflow_job", deployment=DEPLOYMENT), github, failed_reads=4)

    assert (record.event.output["approval_wait"], record.event.status) == (None, "networkError")


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [{"id": 1, "state": "queued", "created_at": "2020-01-01T00:00:00Z"}],
        MissingPermission("x"),
        AccessBlocked("x"),
    ],
)
def test_without_statuses_of_the_job_its_wait_is_unknown_and_the_job_kept(answer: Any) -> None:
    event = waiting(answer).event
    assert (event.status, event.output["approval_wait"], event.anomalies) == ("success", None, ["no_statuses"])
    assert event.output["environment"] == "production"
