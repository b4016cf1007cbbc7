"""The frozen bundles of what the two halves of the pipeline are handed; each runtime's wiring makes them once."""

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
    """Return infinity: the time of whoever runs something by hand and may stop it."""
    return inf


class WebhookServices(NamedTuple):
    """For the first half: verify and queue."""

    settings: WebhookSettings
    secrets: SecretsCache
    queue: Queue
    now: Callable[[], int]
    """UNIX ms."""
    log: Log


class WorkerServices(NamedTuple):
    """For the second half: collect and store."""

    settings: "Settings"
    store: Store
    github: GitHubReader
    queue: Queue
    now: Callable[[], int]
    """UNIX ms."""
    log: Log
    seconds_left: SecondsLeft = unlimited
    """Until whoever runs the batch ends it: what is not done by then comes back."""


class JobServices(NamedTuple):
    """For the scheduled jobs: what the second half has, and a limit of time."""

    processing: WorkerServices
    github: GitHubBrowser
    """With the source token."""
    seconds_left: Callable[[], float]
    """Until whoever runs the job ends it."""

    @property
    def settings(self) -> "Settings":
        """Those of the second half, as all that follows."""
        return self.processing.settings

    @property
    def store(self) -> Store:
        """Where cursors are kept, and what was recovered."""
        return self.processing.store

    @property
    def queue(self) -> Queue:
        """Of events."""
        return self.processing.queue

    @property
    def now(self) -> Callable[[], int]:
        """UNIX ms."""
        return self.processing.now

    @property
    def log(self) -> Log:
        """One line a step."""
        return self.processing.log
