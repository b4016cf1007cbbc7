"""Tests of the jobs' schedules in the server's process, with a clock of the test's own."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from core.errors import TelemetryError, Unavailable
from core.log import Log
from runtimes.local.job_runs import JobRuns
from runtimes.local.scheduler import Scheduler
from runtimes.local.sqlite_file import SqliteFile
from tests.builders import Lines

HOURLY = "41 * * * *"
START = datetime(2026, 12, 1, 10, 0, tzinfo=UTC).timestamp()
HOUR = 3600.0


class Jobs:
    """A clock in seconds, and jobs that note when they run and may fail."""

    def __init__(self, runs: JobRuns, **schedules: str) -> None:
        self.now = START
        self.failures: list[Exception] = []
        self.ran: list[tuple[str, str]] = []
        self.lines = Lines()
        self._runs = runs
        self._schedules = schedules
        self.scheduler = self.started()

    def started(self) -> Scheduler:
        self.scheduler = Scheduler(self._schedules, self._run, self._runs, self.lines.log, lambda: self.now)
        self.scheduler.prepare()
        return self.scheduler

    def _run(self, name: str) -> None:
        self.ran.append((name, datetime.fromtimestamp(self.now, UTC).strftime("%d %H:%M")))
        if self.failures:
            raise self.failures.pop(0)

    def pass_time(self, seconds: float) -> None:
        """Let time pass by the waits that the scheduler asks for."""
        ends = self.now + seconds
        while True:
            wait = self.scheduler.run_due()
            if self.now + wait > ends:
                break
            self.now += max(wait, 0.0)
        self.now = ends


@pytest.fixture
def runs() -> Iterator[JobRuns]:
    with closing(SqliteFile()) as file:
        yield JobRuns(file)


def test_jobs_run_at_their_times_in_utc(runs: JobRuns) -> None:
    jobs = Jobs(runs, recover="41 * * * *", ledger="37 4 * * *")
    jobs.pass_time(20 * HOUR)
    assert jobs.ran[:2] == [("recover", "01 10:41"), ("recover", "01 11:41")]
    assert [time for name, time in jobs.ran if name == "ledger"] == ["02 04:37"]
    assert len(jobs.ran) == 21


def test_a_job_runs_on_the_days_of_the_week_that_its_schedule_names(runs: JobRuns) -> None:
    jobs = Jobs(runs, backfill="27 3 * * SUN,WED")
    jobs.pass_time(8 * 24 * HOUR)  # from a Tuesday
    assert [time for _, time in jobs.ran] == ["02 03:27", "06 03:27", "09 03:27"]


def test_a_new_job_waits_for_its_time(runs: JobRuns) -> None:
    jobs = Jobs(runs, recover="41 * * * *")
    jobs.pass_time(0.6 * HOUR)
    assert jobs.ran == []


def test_runs_missed_while_the_server_was_stopped_are_made_up_for_once(runs: JobRuns) -> None:
    jobs = Jobs(runs, recover="41 * * * *", ledger="37 4 * * *")
    jobs.pass_time(HOUR)
    jobs.ran.clear()
    jobs.now += 72 * HOUR
    jobs.started()
    jobs.pass_time(0.5 * HOUR)
    assert jobs.ran == [("recover", "04 11:00"), ("ledger", "04 11:00")]
    jobs.pass_time(HOUR)
    assert jobs.ran[2:] == [("recover", "04 11:41")]


def test_a_clock_that_is_put_back_holds_up_no_job(runs: JobRuns) -> None:
    jobs = Jobs(runs, recover="41 * * * *")
    jobs.now += 400 * 24 * HOUR
    jobs.started()
    jobs.pass_time(0)
    jobs.ran.clear()
    jobs.now = START
    jobs.pass_time(2 * HOUR)
    assert [time for _, time in jobs.ran] == ["01 10:41", "01 11:41"]


def test_a_restart_does_not_repeat_a_run(runs: JobRuns) -> None:
    jobs = Jobs(runs, recover="41 * * * *")
    jobs.pass_time(HOUR)
    jobs.started()
    jobs.pass_time(0.5 * HOUR)
    assert jobs.ran == [("recover", "01 10:41")]


@pytest.mark.parametrize(
    ("error", "reason"), [(Unavailable("GitHub is out"), "GitHub is out"), (KeyError("x"), "unexpected KeyError")]
)
def test_a_failed_run_is_repeated_twice_and_then_waits(runs: JobRuns, error: Exception, reason: str) -> None:
    jobs = Jobs(runs, recover="41 * * * *")
    jobs.failures = [error] * 3
    jobs.pass_time(2 * HOUR)
    assert [time for _, time in jobs.ran] == ["01 10:41", "01 10:42", "01 10:44", "01 11:41"]
    assert [line["reason"] for line in jobs.lines.lines] == [reason] * 3


def test_a_job_that_fails_does_not_hold_up_another(runs: JobRuns) -> None:
    jobs = Jobs(runs, canary="41 * * * *", recover="41 * * * *")
    jobs.failures = [TelemetryError("no")]
    jobs.pass_time(0.75 * HOUR)
    assert jobs.ran == [("canary", "01 10:41"), ("recover", "01 10:41"), ("canary", "01 10:42")]


def test_a_run_that_the_end_of_the_server_cut_short_is_run_again(runs: JobRuns) -> None:
    jobs = Jobs(runs, recover="41 * * * *")
    jobs.failures = [TelemetryError("out of time")]
    jobs.scheduler.stop(1.0)
    jobs.now += 0.7 * HOUR
    jobs.scheduler.run_due()
    jobs.started().run_due()
    assert (jobs.ran, jobs.lines.lines) == ([("recover", "01 10:42")] * 2, [])


def test_a_clock_that_is_put_back_does_not_stop_the_jobs(runs: JobRuns) -> None:
    runs.record("recover", START + 1000 * HOUR)
    jobs = Jobs(runs, recover="41 * * * *")
    jobs.pass_time(HOUR)
    assert jobs.ran == [("recover", "01 10:41")]


def test_without_jobs_there_is_nothing_to_wait_for(runs: JobRuns) -> None:
    assert Jobs(runs).scheduler.run_due() == float("inf")


def test_the_thread_runs_a_due_job_and_stops_in_time() -> None:
    with closing(SqliteFile()) as file:
        runs, ran, left = JobRuns(file), threading.Event(), list[float]()
        runs.record("recover", START)

        def run(_: str) -> None:
            left.append(scheduler.seconds_left())
            ran.set()

        scheduler = Scheduler({"recover": HOURLY}, run, runs, Log("error"), lambda: START + HOUR)
        scheduler.start()
        assert ran.wait(60)
        scheduler.stop(10.0)
        assert 290 < left[0] <= 300
        assert scheduler.seconds_left() <= 8
        assert runs.last("recover") == START + HOUR
