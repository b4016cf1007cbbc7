"""The server's pipeline in one process: the embedded queue, the worker and the scheduled jobs. It needs no emulator."""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial

from core.batch import BatchResult, work
from core.clock import now
from core.log import Log
from core.ports import QueuedMessage
from core.secrets_cache import live_secrets
from core.services import WebhookServices
from core.settings import Settings
from runtimes.local import queue_choice, sqlite_wiring, state_folder
from runtimes.local.health import Health
from runtimes.local.job_runs import JobRuns
from runtimes.local.poller import Pace, Poller, pace_of
from runtimes.local.queue_choice import QueueChoice
from runtimes.local.scheduler import Scheduler
from runtimes.local.sqlite_file import SqliteFile
from runtimes.local.sqlite_queue import SqliteQueue

_STOP_LIMIT = 30.0


class EmbeddedPipeline:
    """Runs the queue, the worker and the jobs."""

    def __init__(
        self,
        settings: Settings,
        health: Health,
        log: Log,
        *,
        clock: Callable[[], int] = now,
        pace: Pace | None = None,
        in_memory: bool = False,
    ) -> None:
        """Create a stopped pipeline. `in_memory` keeps nothing, uses no folder and runs no jobs."""
        self._settings = settings
        self._health = health
        self._log = log
        self._clock = clock
        self._pace = pace or pace_of(settings)
        self._in_memory = in_memory
        self._poller: Poller | None = None
        self._scheduler: Scheduler | None = None
        self._running = ExitStack()
        self._secret = ""
        self.jobs: Sequence[str] = ()
        """The names of the jobs that run."""

    @property
    def queue(self) -> str:
        """Return a description of the queue."""
        return f"queue: {sqlite_wiring.queue_path(self._settings)}"

    @property
    def webhook_secret(self) -> str:
        """Return the newest webhook secret."""
        return live_secrets(self._secret)[0]

    def start(self) -> WebhookServices:
        """Open the queue and return the webhook's services. Raises StateFolderError, QueueFileError or Unavailable."""
        file = self._open()
        queue = SqliteQueue(file, visibility=self._pace.visibility)
        queue.release_received()
        self._health.add_leftover(len(queue))
        self._poller = self._make_poller(queue)
        if not self._in_memory:
            self._scheduler = self._make_scheduler(queue, JobRuns(file))
        services = sqlite_wiring.webhook_services(queue, self._secret, self._settings, self._health, self._log)
        return services._replace(now=self._clock)

    def work(self) -> None:
        """Start to process the queue and to run the jobs. Raises Unavailable."""
        if self._scheduler is not None:
            self._scheduler.start()
        if self._poller is not None:
            self._poller.start()

    def stop(self) -> None:
        """Finish the current batch and job; what is queued stays in the file."""
        stops = [partial(part.stop, _STOP_LIMIT) for part in (self._poller, self._scheduler) if part is not None]
        threads = [threading.Thread(target=stop) for stop in stops]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._running.close()

    def _open(self) -> SqliteFile:
        if self._in_memory:
            self._secret = self._settings.github_webhook_secret.get_secret_value()
            file = SqliteFile()
        else:
            self._running.enter_context(state_folder.only_server())
            queue_choice.record(QueueChoice.SQLITE)
            self._secret = sqlite_wiring.ensure_webhook_secret(self._settings)
            file = sqlite_wiring.open_file(self._settings)
        self._running.callback(file.close)
        return file

    def _make_poller(self, queue: SqliteQueue) -> Poller:
        services = sqlite_wiring.worker_services(queue, self._settings, self._health, self._log)
        services = services._replace(now=self._clock)

        def process(messages: Sequence[QueuedMessage]) -> BatchResult:
            return work(messages, services._replace(seconds_left=poller.seconds_left))

        poller = Poller(queue, process, self._health, self._log, self._pace)
        return poller

    def _make_scheduler(self, queue: SqliteQueue, runs: JobRuns) -> Scheduler:
        schedules = sqlite_wiring.schedules(self._settings)
        self.jobs = sorted(schedules)

        def run(name: str) -> None:
            left = scheduler.seconds_left
            services = sqlite_wiring.job_services(queue, self._settings, self._health, self._log, left)
            sqlite_wiring.run_job(name, services, self._secret)

        scheduler = Scheduler(schedules, run, runs, self._log)
        return scheduler
