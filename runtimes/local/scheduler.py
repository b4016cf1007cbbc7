"""Runs the scheduled jobs in the server's process, as EventBridge Scheduler and Cloud Scheduler do in a cloud.

One thread runs one job at a time, so no job ever runs twice at once. Runs that were missed while the server was stopped
are replaced by one. A failed run is repeated after one and after two more minutes, as Lambda repeats an asynchronous invocation:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import inf

from core.errors import TelemetryError
from core.job import JobOutcome
from core.log import Log
from runtimes.local.job_runs import JobRuns
from runtimes.local.stoppable_thread import StoppableThread

LIMIT = 300.0
"""Seconds that a job may take, as in Terraform."""
_RETRIES = (60.0, 120.0)
"""Seconds before each repetition of a failed run."""
_LONGEST_WAIT = 30.0
"""Seconds between two reads of the clock, which may be set, or stand still while the machine sleeps."""


def following(expression: str, after: float) -> float:
    """Return the first time of a crontab expression in UTC after a time, both in seconds since 1970.

    Raises ValueError if the expression is wrong.
    """
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 (of the extra `local`)

    try:
        return next(CronSim(expression, datetime.fromtimestamp(after, UTC))).timestamp()
    except CronSimError as error:
        raise ValueError(str(error)) from None


class Scheduler:
    """Runs jobs by their schedules, in its own thread, until stopped."""

    def __init__(
        self,
        schedules: Mapping[str, str],
        run: Callable[[str], object],
        runs: JobRuns,
        log: Log,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`schedules` are crontab expressions in UTC, by job; `run` runs a job and raises TelemetryError.

        `clock` is in seconds since 1970.
        """
        self._schedules = schedules
        self._run = run
        self._runs = runs
        self._log = log
        self._clock = clock
        self._due: dict[str, float] = {}
        self._failures = dict.fromkeys(schedules, 0)
        # A job that does not end in time is abandoned with the process: jobs are idempotent.
        self._thread = StoppableThread("jobs", self._loop, daemon=True)

    def start(self) -> None:
        """Start to run the jobs. Raises Unavailable if the last runs cannot be read."""
        self.prepare()
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Start no further job, and end the current one within `timeout` seconds, or abandon it."""
        self._thread.stop(timeout)

    def seconds_left(self) -> float:
        """Return the seconds until the current job must end."""
        return self._thread.seconds_left()

    def prepare(self) -> None:
        """Find out when each job is due: at once if a run was missed since the last one. Raises Unavailable."""
        now = self._clock()
        for name in self._schedules:
            last = self._runs.last(name)
            if last is None or last > now:  # a new job, or a clock that has been put back
                self._runs.record(name, now)
                last = now
            self._due[name] = following(self._schedules[name], last)

    def run_due(self) -> float:
        """Run the job that has been due the longest, if one is; return the seconds until the next one is due."""
        if not self._due:
            return inf
        now = self._clock()
        for name, due in self._due.items():  # a clock that is put back must not hold up a job until it has caught up
            self._due[name] = min(due, following(self._schedules[name], now))
        name = min(self._due, key=lambda job: self._due[job])
        if self._due[name] <= self._clock():
            self._run_once(name)
        return min(self._due.values()) - self._clock()

    def _loop(self) -> None:
        while not self._thread.is_stopping:
            wait = self.run_due()
            self._thread.wait(max(0.0, min(wait, _LONGEST_WAIT)))

    def _run_once(self, name: str) -> None:
        started_at = self._clock()
        self._thread.limit(LIMIT)
        try:
            self._run(name)
        except TelemetryError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 (one broken job must not end the others)
            reason = f"unexpected {type(error).__name__}"
        else:
            self._end(name, started_at)
            return
        if self._thread.is_stopping:
            return  # it had no time: the next start runs it again
        self._log("error", "job", JobOutcome.FAILED, job=name, reason=reason)
        if self._failures[name] < len(_RETRIES):
            self._due[name] = self._clock() + _RETRIES[self._failures[name]]
            self._failures[name] += 1
        else:
            self._end(name, started_at)

    def _end(self, name: str, started_at: float) -> None:
        """Record the run, and schedule the next one after it: all runs that were missed until then are one."""
        self._failures[name] = 0
        self._due[name] = following(self._schedules[name], self._clock())
        try:
            self._runs.record(name, started_at)
        except TelemetryError as error:  # at worst it runs once more after a restart
            self._log("warning", "job", JobOutcome.NOT_RECORDED, job=name, reason=str(error))
