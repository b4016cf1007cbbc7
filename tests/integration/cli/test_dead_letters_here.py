"""`telemetry doctor` looks for dead letters in the queue file of this folder's server."""

from contextlib import closing
from typing import Any, cast

from cli.doctor import OK, WARNING, DiagnosticContext, Finding, deployment
from runtimes.local import queue_choice, sqlite_wiring
from runtimes.local.queue_choice import QueueChoice
from runtimes.local.sqlite_queue import SqliteQueue
from runtimes.local.state_folder import STATE
from tests.builders import settings


def findings() -> list[Finding]:
    unused = cast("Any", None)
    return list(deployment.dead_letters(DiagnosticContext("", settings(), {}, unused, unused, unused)))


def test_a_folder_without_the_embedded_queue_is_not_looked_at() -> None:
    before = findings()
    queue_choice.record(QueueChoice.LOCALSTACK)
    assert (before, findings()) == ([], [])
    assert list(STATE.glob("*.sqlite")) == []


def test_dead_letters_of_earlier_servers_are_found() -> None:
    queue_choice.record(QueueChoice.SQLITE)
    with closing(sqlite_wiring.open_file(settings())) as file:
        queue = SqliteQueue(file)
        before = findings()
        for reason in ("bad", "worse", "bad"):
            queue.send("poison")
            [message] = queue.receive()
            queue.dead_letter(message, reason)
            queue.delete(message)
        [found] = findings()
    assert before == [Finding(OK, "there are no dead letters")]
    assert (found.level, found.what) == (WARNING, "3 dead letters wait, most of them for: bad")
    assert found.remedy == "fix the cause, then run `telemetry replay-dead-letters sqlite`"
