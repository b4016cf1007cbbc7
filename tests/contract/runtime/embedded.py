"""The server with the embedded queue, as a runtime of the conformance suite."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from core.batch import work
from core.log import Log
from runtimes.local import server, sqlite_wiring
from runtimes.local.health import Health
from runtimes.local.poller import Poller
from runtimes.local.sqlite_file import SqliteFile
from runtimes.local.sqlite_queue import SqliteQueue
from tests.builders import SECRET
from tests.contract.runtime.harnesses import SECRETS, Dead, Got, Harness, dead, over_http, settings_for, stop
from tests.contract.runtime.vectors import Vector
from tests.e2e.server import wait_for
from tests.environment import PATIENCE


class Embedded:
    """The server over HTTP."""

    def __init__(self, url: str, poller: Poller, queue: SqliteQueue) -> None:
        self._url = url
        self._poller = poller
        self._queue = queue

    def send(self, vector: Vector) -> Got:
        return over_http(self._url, vector)

    def settle(self) -> list[Dead]:
        def worked() -> bool:
            self._poller.poll()
            return not len(self._queue)

        wait_for(worked, "the queue to be empty")
        return sorted(dead(letter.body, letter.reason) for letter in self._queue.dead_letters())


@contextmanager
def embedded(condition: str, folder: Path, github: str) -> Iterator[Harness]:
    """A secret that the process holds is never unreachable: that condition is a missing one here."""
    config = settings_for(folder, github, "embedded")
    secret = None if condition == "secret unreachable" else SECRETS.get(condition, SECRET)
    health, log = Health(), Log("error")
    with closing(SqliteFile()) as file:
        queue = SqliteQueue(file)
        front = server.App(health)
        listening = server.listen(front, config)
        front.open(sqlite_wiring.webhook_services(queue, secret or "", config, health, log))
        processing = sqlite_wiring.worker_services(queue, config, health, log)
        poller = Poller(queue, lambda messages: work(messages, processing), health, log)
        if condition == "queue unreachable":
            file.close()
        thread = threading.Thread(target=listening.run)
        thread.start()
        try:
            yield Embedded(f"http://127.0.0.1:{listening.effective_port}", poller, queue)
        finally:
            listening.trigger.pull_trigger(partial(stop, listening))
            thread.join(PATIENCE)
