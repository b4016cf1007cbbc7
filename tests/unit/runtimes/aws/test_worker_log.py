"""The age of the oldest waiting event: a line of CloudWatch's embedded metric format, as the alarm watches it."""

import json
from typing import Any

import pytest

from core import message
from core.batch import SettleOutcome, work
from core.errors import Unavailable
from core.log import LEVELS
from runtimes.aws import worker_wiring
from runtimes.aws.worker_log import WorkerLog
from tests.builders import NOW, processing, signed
from tests.embedded_metrics import metrics
from tests.unit.core.recording import RecordingStore, ScriptedGitHub, check_suite

HOUR = 3_600_000


def printed(level: str, *ages: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the log lines and the metric lines of a batch during an outage of the store; ages are in ms."""
    lines: list[dict[str, Any]] = []
    metric_lines: list[dict[str, Any]] = []
    log = WorkerLog(
        level, "prod", lambda line: lines.append(json.loads(line)), lambda line: metric_lines.append(json.loads(line))
    )
    store = RecordingStore()
    store.out = Unavailable("the store is out")
    services = processing(store, ScriptedGitHub())._replace(log=log)
    for number, age in enumerate(ages):
        event = signed("github::check_suite", check_suite(id=number), received_at=NOW - age)
        services.queue.send(message.encode(event))
    work(services.queue.receive(), services)  # type: ignore[attr-defined]  # it is the memory queue
    return lines, metric_lines


@pytest.mark.parametrize("level", LEVELS)
def test_the_age_of_the_oldest_event_is_a_metric_at_any_level(level: str) -> None:
    _, [line] = printed(level, 2 * HOUR, 1_000)
    assert metrics(line) == [("Telemetry", "EventAge", "Seconds", {"Environment": "prod"}, 7200)]
    assert (line["step"], line["outcome"], line["age_ms"], line["events"]) == ("settle", "oldest", 2 * HOUR, 2)


def test_other_lines_hold_no_metric() -> None:
    lines, _ = printed("debug", HOUR)
    assert {line["step"] for line in lines} >= {"settle", "store"}
    assert not [line for line in lines if "_aws" in line or line["outcome"] == "oldest"]


def test_a_batch_without_waiting_events_prints_no_metric() -> None:
    assert printed("debug")[1] == []


def test_the_metric_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    log = WorkerLog("error", "prod")
    log.always("warning", "settle", SettleOutcome.OLDEST, age_ms=1500)
    log.always("warning", "settle", SettleOutcome.QUEUE_OUT)
    captured = capsys.readouterr()
    assert metrics(json.loads(captured.out)) == [("Telemetry", "EventAge", "Seconds", {"Environment": "prod"}, 1.5)]
    assert json.loads(captured.err)["outcome"] == "queue-out"


def test_the_worker_function_writes_this_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    signed_in = dict.fromkeys(("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "x")
    environment = {"ENVIRONMENT_ID": "prod", "LOG_LEVEL": "error", "STORE": "s3", "STORE_BUCKET": "records"}
    for name, value in {**environment, **signed_in}.items():
        monkeypatch.setenv(name, value)
    worker_wiring.worker_services.cache_clear()
    try:
        log = worker_wiring.worker_services().log
    finally:
        worker_wiring.worker_services.cache_clear()
    log.always("warning", "settle", SettleOutcome.OLDEST, age_ms=1000)
    assert metrics(json.loads(capsys.readouterr().out)) == [
        ("Telemetry", "EventAge", "Seconds", {"Environment": "prod"}, 1.0)
    ]
