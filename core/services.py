"""The immutable sets of services of the webhook, the worker and the jobs; each runtime's wiring builds them once."""

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from core.log import Log
from core.ports import GitHubBrowser, GitHubReader, Queue, Store
from core.secrets_cache import SecretsCache
from core.webhook_settings import WebhookSettings

if TYPE_CHECKING:  # pydantic stays out of the cold path
    from core.settings import Settings


SecondsLeft = Callable[[], float]


def unlimited() -> float:
    """Return infinity: a command that a person runs has no time limit."""
    return inf


class WebhookServices(NamedTuple):
    """The services of the webhook: verify and queue."""

    settings: WebhookSettings
    secrets: SecretsCache
    queue: Queue
    now: Callable[[], int]
    """UNIX ms."""
    log: Log


class WorkerServices(NamedTuple):
    """The services of the worker: collect and store."""

    settings: "Settings"
    store: Store
    github: GitHubReader
    queue: Queue
    now: Callable[[], int]
    """UNIX ms."""
    log: Log
    seconds_left: SecondsLeft = unlimited
    """Seconds until the runtime ends the batch: events that are not done by then are retried."""


class JobServices(NamedTuple):
    """The services of the scheduled jobs: those of the worker, and a time limit."""

    worker: WorkerServices
    github: GitHubBrowser
    """Reads with the source token."""
    seconds_left: Callable[[], float]
    """Seconds until the runtime ends the job."""

    @property
    def settings(self) -> "Settings":
        """The worker's settings."""
        return self.worker.settings

    @property
    def store(self) -> Store:
        """The store of records and cursors."""
        return self.worker.store

    @property
    def queue(self) -> Queue:
        """The queue of events."""
        return self.worker.queue

    @property
    def now(self) -> Callable[[], int]:
        """UNIX ms."""
        return self.worker.now

    @property
    def log(self) -> Log:
        """The log, one line a step."""
        return self.worker.log
