"""The dev server's pipeline: an emulator of AWS, a poller, and the worker function of AWS."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

from core.batch import BatchResult
from core.log import Log
from core.services import WebhookServices
from core.settings import Settings
from runtimes.aws import worker
from runtimes.local import event_source_mapping, queue_choice, state_folder, wiring
from runtimes.local.health import Health
from runtimes.local.poller import Poller, pace_of
from runtimes.local.queue_choice import QueueChoice

_STOP_LIMIT = 30.0
_COUNT_SECONDS = 1.0


class Pipeline:
    """Runs the emulator, its secrets and queues, and the worker."""

    def __init__(self, settings: Settings, health: Health, log: Log) -> None:
        self._settings = settings
        self._health = health
        self._log = log
        self._poller: Poller | None = None
        self._folder = ExitStack()
        self._stopping = threading.Event()
        self._counting = threading.Thread(target=self._count, name="count", daemon=True)
        self.emulator = wiring.emulator(settings)
        self._ssm: Any = None

    @property
    def queue(self) -> str:
        """Return a description of the queue."""
        return f"AWS emulator: {self.emulator.endpoint}"

    @property
    def webhook_secret(self) -> str:
        """Return the newest webhook secret. Raises SecretMissing or Unavailable."""
        return wiring.webhook_secret(self._ssm, self._settings)

    def start(self) -> WebhookServices:
        """Start everything but the worker and return the webhook's services.

        Raises StateFolderError, EmulatorError or ForeignQueue.
        """
        self._folder.enter_context(state_folder.only_server())
        queue_choice.record(QueueChoice.LOCALSTACK)
        self.emulator.start()
        clients = wiring.clients(self.emulator.endpoint)
        self.emulator.check(clients.sqs)
        self._ssm = clients.ssm
        queues = wiring.make_queues(clients.sqs, self._settings, state_folder.owner_id())
        wiring.put_secrets(clients.ssm, self._settings)  # after the check of the queue's owner
        self._health.add_leftover(wiring.count_messages(clients.sqs, queues))
        services = wiring.worker_services(clients, queues, self._settings, self._health, self._log)

        def work(event: dict[str, Any], observe: Callable[[BatchResult], object]) -> dict[str, Any]:
            return worker.respond(event, services._replace(seconds_left=poller.seconds_left), observe)

        poller = event_source_mapping.poller(
            clients.sqs, queues.queue, work, self._health, self._log, pace_of(self._settings)
        )
        self._poller = poller
        quick = wiring.clients(self.emulator.endpoint, wiring.WEBHOOK_TIMEOUTS)
        return wiring.webhook_services(quick, queues, self._settings, self._health, self._log)

    def work(self) -> None:
        """Start to process the queue."""
        if self._poller is not None:
            self._poller.start()
            self._counting.start()

    def stop(self) -> None:
        """Finish the current batch, then stop what was started; queued messages stay in the emulator's state."""
        if self._poller is not None:
            self._poller.stop(_STOP_LIMIT)
        self._stopping.set()
        if self._counting.is_alive():
            self._counting.join(_STOP_LIMIT)
        self.emulator.stop()
        self._folder.close()

    def _count(self) -> None:
        """Record regularly how many events wait in the emulator, in case it is killed."""
        while not self._stopping.wait(_COUNT_SECONDS):
            with suppress(OSError):  # a full disk, for example: then the last count stays
                self.emulator.count(int(self._health.counts()["queued"]))
