"""What a server with the embedded queue must survive, for the program of a checkout and for an installed one."""

import signal
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.payload import Json
from tests.e2e.server import Server
from tests.unit.core.recording import check_suite

EVENTS = 30


def suite(number: int) -> Json:
    """Return a check suite, which the worker stores without a read of GitHub."""
    return check_suite(id=number)


def check_that_accepted_events_outlive_a_kill(
    folder: Path, program: Sequence[str], environment: Mapping[str, str] | None = None
) -> None:
    """Kill the server with 30 accepted events, start it again, and expect each event's record once."""
    server = Server(folder, "", environment, "serve --queue sqlite", program).start()
    try:
        with ThreadPoolExecutor(6) as senders:
            answers = list(senders.map(lambda number: server.post("check_suite", suite(number)), range(1, EVENTS + 1)))
        server.stop(signal.SIGKILL)
        assert [answer.status_code for answer in answers] == [202] * EVENTS
        before = len(server.records())
        server.start()
        health = server.settled()
        ids = sorted(record["output"]["id"] for record in server.records().values())
        assert ids == list(range(1, EVENTS + 1))
        assert health["failed"] == 0
        assert EVENTS - before <= health["processed"] <= EVENTS
        assert server.stop() == 0
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop(signal.SIGKILL)
