"""A worker process that kills itself (SIGKILL) at seeded points: `killed_worker.py ENVIRONMENT DIRECTORY API SEED`.

The points are before, within and after the write to the store, and before and between the deletes from the queue.
It ends by itself when nothing has come for a while and no message is left; SEED -1 is never killed.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from core.log import Log
from core.settings import load
from core.stores.directory import DirectoryStore
from runtimes.aws import worker
from runtimes.local import event_source_mapping, wiring
from runtimes.local.health import Health
from runtimes.local.poller import Pace

_QUIET = 4.0
POINTS = {
    "between collect and write": 2,
    "within the write": 20,
    "between write and delete": 1,
    "within the deletes": 4,
}
"""Where it may die, and at the how-manieth time of passing there at the latest."""


class Fate:
    """Decides, seeded, at which of the coming points the process dies."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self._name = sorted(POINTS)[seed % len(POINTS)] if seed >= 0 else ""
        self._left = chance.randint(1, POINTS.get(self._name, 1))

    def point(self, name: str) -> None:
        self._left -= name == self._name
        if self._left == 0:
            sys.stderr.write(f"killed at: {name}\n")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGKILL)


class FatefulStore(DirectoryStore):
    """A directory store in which the process may die."""

    def __init__(self, root: str, fate: Fate) -> None:
        super().__init__(root)
        self._fate = fate

    def write(self, files: Any, message: str) -> bool:
        self._fate.point("between collect and write")
        changed = super().write(files, message)
        self._fate.point("between write and delete")
        return changed

    def _replace(self, path: Path, content: bytes) -> None:
        super()._replace(path, content)
        self._fate.point("within the write")


class FatefulSqs:
    """An SQS client before whose deletes the process may die."""

    def __init__(self, client: Any, fate: Fate) -> None:
        self._client = client
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        if name == "delete_message_batch":
            self._fate.point("within the deletes")
        return getattr(self._client, name)


def main(environment: str, directory: str, api: str, seed: int) -> None:
    fate = Fate(seed)
    settings = load(environment_id=environment, store_directory=directory, github_api_url=api, retry_seconds=1)
    clients = wiring.clients(os.environ["AWS_ENDPOINT_URL"])
    queues = wiring.make_queues(clients.sqs, settings)
    health, log = Health(), Log("error")
    services = wiring.worker_services(clients, queues, settings, health, log)
    services = services._replace(store=FatefulStore(directory, fate))
    poller = event_source_mapping.poller(
        FatefulSqs(clients.sqs, fate),
        queues.queue,
        lambda event, observe: worker.respond(event, services, observe),
        health,
        log,
        Pace(batch_size=20, window=0.2, visibility=2),
    )
    idle_since = time.monotonic()
    while time.monotonic() - idle_since < _QUIET or wiring.count_messages(clients.sqs, queues):
        before = health.counts()["accepted"]
        poller.poll()
        if health.counts()["accepted"] != before:
            idle_since = time.monotonic()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
