"""Tests of the server's process with the embedded queue: its jobs, its secret, and the commands beside it."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from cli.commands import serve
from core.errors import SecretMissing, TelemetryError
from core.log import Log
from core.settings import Settings
from runtimes.local import command_wiring, server, sqlite_wiring
from runtimes.local.embedded_pipeline import EmbeddedPipeline
from runtimes.local.health import Health
from runtimes.local.job_runs import JobRuns
from runtimes.local.sqlite_file import QueueFileError, SqliteFile
from runtimes.local.sqlite_queue import SqliteQueue
from runtimes.local.state_folder import STATE, make_private
from tests.builders import settings
from tests.contract.runtime.harnesses import stop
from tests.e2e.server import wait_for
from tests.environment import PATIENCE

NOBODY = "http://127.0.0.1:9"
DAYS = 3 * 86_400


@pytest.fixture
def config() -> Settings:
    return settings(github_api_url=NOBODY, github_access_token="t", watched_repositories="octo-org/a", port=0)


@pytest.mark.parametrize(
    ("options", "jobs"),
    [
        ({}, []),
        ({"github_access_token": "t"}, ["backfill", "ledger", "recover", "survey_tooling"]),
        ({"github_app_id": "1"}, ["backfill", "ledger", "recover", "survey_tooling"]),
        ({"webhook_url": "https://telemetry.example.com/telemetry"}, ["canary"]),
    ],
)
def test_only_jobs_that_can_work_are_scheduled(options: dict[str, str], jobs: list[str]) -> None:
    assert sorted(sqlite_wiring.schedules(settings(**options))) == jobs


@pytest.fixture
def front(config: Settings) -> Iterator[tuple[server.App, Settings, Health]]:
    """An application that listens, and the settings with its public URL."""
    health = Health()
    app = server.App(health)
    listening = server.listen(app, config)
    thread = threading.Thread(target=listening.run)
    thread.start()
    url = f"http://127.0.0.1:{listening.effective_port}{server.PATH}"
    yield app, config.model_copy(update={"webhook_url": url}), health
    listening.trigger.pull_trigger(partial(stop, listening))
    thread.join(PATIENCE)


@pytest.mark.parametrize("row", ['{"cron": "61 * * * *", "enabled": true}', '{"cron": 5, "enabled": true}', "[]", "{"])
def test_a_schedule_that_cannot_be_read_is_one_line(row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "schedules.json"
    file.write_text(f'{{"recover": {row}}}')
    monkeypatch.setattr(sqlite_wiring, "_SCHEDULES", file)
    with pytest.raises(TelemetryError, match="cannot be read"):
        sqlite_wiring.schedules(settings(github_access_token="t"))


def test_missed_jobs_run_in_the_server_s_process(front: tuple[server.App, Settings, Health]) -> None:
    app, config, health = front
    make_private(STATE)
    with closing(SqliteFile(sqlite_wiring.queue_path(config))) as file:
        runs, begun = JobRuns(file), time.time()
        for job in ("canary", "survey_tooling"):
            runs.record(job, begun - DAYS)
        pipeline = EmbeddedPipeline(config, health, Log("error"))
        try:
            app.open(pipeline.start())
            assert pipeline.jobs == ["backfill", "canary", "ledger", "recover", "survey_tooling"]
            pipeline.work()
            wait_for(lambda: (runs.last("canary") or 0) >= begun, "the canary")
            wait_for(lambda: (runs.last("survey_tooling") or 0) >= begun, "the survey")
            wait_for(lambda: health.counts()["processed"] == 1, "the canary to be processed")
        finally:
            pipeline.stop()
        assert health.counts()["accepted"] == 2  # the canary, and the event of the survey, which waits for GitHub
        assert len(SqliteQueue(file)) == 1


def test_the_secret_is_made_once_and_commands_find_it_and_the_queue(config: Settings) -> None:
    secrets = []
    for _ in range(2):
        pipeline = EmbeddedPipeline(config, Health(), Log("error"))
        pipeline.start()
        secrets.append(pipeline.webhook_secret)
        pipeline.stop()
    assert secrets == [command_wiring.webhook_secret(config)] * 2
    assert len(secrets[0]) == 40
    command_wiring.job_services(config).queue.send("body")
    with closing(sqlite_wiring.open_existing_file(config)) as file:
        assert [message.body for message in SqliteQueue(file).receive()] == ["body"]


def test_the_newest_of_several_secrets_of_the_settings_signs() -> None:
    pipeline = EmbeddedPipeline(settings(github_webhook_secret="new\nold"), Health(), Log("error"))
    pipeline.start()
    assert pipeline.webhook_secret == "new"
    pipeline.stop()


def test_without_a_server_before_there_is_no_secret_and_no_file(config: Settings) -> None:
    with pytest.raises(SecretMissing):
        sqlite_wiring.webhook_secret(config)
    with pytest.raises(QueueFileError, match="start `telemetry serve --queue sqlite` in this folder first"):
        sqlite_wiring.open_existing_file(config)
    assert not STATE.exists()


def test_what_an_earlier_server_left_is_counted_and_processed(config: Settings) -> None:
    make_private(STATE)
    with closing(SqliteFile(sqlite_wiring.queue_path(config))) as file:
        queue = SqliteQueue(file)
        for _ in range(2):
            queue.send("no event")
        queue.receive(1)  # in flight when it was killed
        health = Health()
        pipeline = EmbeddedPipeline(config, health, Log("error"))
        pipeline.start()
        counts = health.counts()
        pipeline.work()
        wait_for(lambda: health.counts()["failed"] == 2, "both to be dead-lettered")
        pipeline.stop()
        assert (counts["accepted"], counts["queued"]) == (2, 2)
        assert [letter.reason for letter in queue.dead_letters()] == ["the message is not JSON"] * 2


def test_events_in_the_queue_of_another_environment_are_named(
    config: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for id, events in (("other-one", 2), ("empty", 0)):
        with closing(sqlite_wiring.open_file(config.model_copy(update={"environment_id": id}))) as file:
            for _ in range(events):
                SqliteQueue(file).send("body")
    with closing(sqlite_wiring.open_file(config)) as file:
        SqliteQueue(file).send("body")
    (STATE / "queue-broken.sqlite").write_text("no database")
    serve._warn_of_other_environments(config)
    broken, other = capsys.readouterr().err.splitlines()
    assert "it cannot be read how many events wait in the queue of ENVIRONMENT_ID=broken" in broken
    assert "2 events wait in the queue of ENVIRONMENT_ID=other-one: they stay there" in other


def test_a_network_file_system_is_refused(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_wiring, "network_file_system", lambda _: "nfs4")
    with pytest.raises(TelemetryError, match=r"on a network file system \(nfs4\), which can lose events"):
        EmbeddedPipeline(config, Health(), Log("error")).start()
