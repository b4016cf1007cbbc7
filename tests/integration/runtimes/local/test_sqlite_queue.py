"""Tests of what the embedded queue does beyond the contract of all queues (tests/contract/test_queue.py)."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from runtimes.local.sqlite_file import SqliteFile
from runtimes.local.sqlite_queue import DeadLetter, SqliteQueue
from tests.builders import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> Iterator[SqliteQueue]:
    with closing(SqliteFile()) as file:
        yield SqliteQueue(file, clock=clock.seconds)


def bodies(queue: SqliteQueue, most: int = 1000) -> list[str]:
    return [message.body for message in queue.receive(most)]


def test_messages_and_dead_letters_outlive_the_process(tmp_path: Path, clock: Clock) -> None:
    with closing(SqliteFile(tmp_path / "q")) as file:
        queue = SqliteQueue(file, clock=clock.seconds)
        for body in ("received", "delayed", "waiting"):
            queue.send(body, 60 if body == "delayed" else 0)
        queue.dead_letter(queue.receive(1)[0], "bad")
    with closing(SqliteFile(tmp_path / "q")) as file:
        queue = SqliteQueue(file, clock=clock.seconds)
        before, letters = bodies(queue), queue.dead_letters()
        queue.release_received()
        released = bodies(queue)
        clock.move(60)
        assert (before, letters) == (["waiting"], [DeadLetter("received", "bad")])
        assert released == ["received", "waiting"]
        assert "delayed" in bodies(queue)


def test_a_number_is_never_used_again(queue: SqliteQueue) -> None:
    queue.send("first")
    queue.delete(*queue.receive())
    assert queue.send("second") == "message-2"


def test_a_message_that_is_still_processed_stays_hidden(queue: SqliteQueue, clock: Clock) -> None:
    queue.send("slow")
    received = queue.receive()
    clock.move(19)
    queue.renew(received)
    clock.move(19)
    hidden = bodies(queue)
    clock.move(1)
    assert (hidden, bodies(queue)) == ([], ["slow"])


def test_a_heartbeat_does_not_shorten_a_deferral(queue: SqliteQueue, clock: Clock) -> None:
    queue.send("later")
    received = queue.receive()
    queue.hide(received[0], 600)
    queue.renew(received)
    clock.move(599)
    assert bodies(queue) == []


def test_an_old_receipt_does_not_move_a_message_received_again(queue: SqliteQueue, clock: Clock) -> None:
    queue.send("body")
    [old] = queue.receive()
    clock.move(20)
    queue.receive()
    queue.hide(old, 0)
    assert bodies(queue) == []


def test_a_message_of_the_future_is_not_lost_when_the_clock_is_put_back(queue: SqliteQueue, clock: Clock) -> None:
    queue.send("body", 900)
    clock.move(-86_400)
    assert bodies(queue) == ["body"]


def test_the_oldest_messages_come_first(queue: SqliteQueue, clock: Clock) -> None:
    queue.send("delayed", 10)
    queue.send("first")
    queue.send("second")
    clock.move(10)
    assert [bodies(queue, 2), bodies(queue, 2)] == [["first", "second"], ["delayed"]]


def test_a_message_sent_while_waiting_is_received_at_once(queue: SqliteQueue) -> None:
    timer = threading.Timer(0.05, queue.send, ["body"])
    timer.start()
    assert [message.body for message in queue.receive(wait=60)] == ["body"]
    timer.join()


def test_dead_letters_are_replayed_once_with_new_ids(queue: SqliteQueue) -> None:
    queue.send("poison")
    [message] = queue.receive()
    for _ in range(2):  # a worker killed between the copy and the deletion copies it again
        queue.dead_letter(message, "bad")
    queue.delete(message)
    assert queue.dead_letter_reasons() == {"bad": 1}
    assert (queue.replay(), queue.replay()) == ({"bad": 1}, {})
    [again] = queue.receive()
    assert (again.id, again.body, again.receive_count) == ("message-2", "poison", 1)


class CountingFile(SqliteFile):
    """Counts the transactions."""

    transactions = 0

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self.transactions += 1
        with super().transaction() as connection:
            yield connection


def test_many_dead_letters_are_replayed_in_order_in_several_transactions(clock: Clock) -> None:
    with closing(CountingFile()) as file:
        queue = SqliteQueue(file, clock=clock.seconds)
        with file.transaction() as connection:
            rows = ((number, f"poison {number}", "bad", 0) for number in range(1, 451))
            connection.executemany("INSERT INTO dead_letter VALUES (?, ?, ?, ?)", rows)
        before = file.transactions
        assert queue.replay() == {"bad": 450}
        assert file.transactions - before == 5
        assert (queue.dead_letters(), bodies(queue)) == ([], [f"poison {number}" for number in range(1, 451)])


def test_a_reason_that_is_no_unicode_is_kept_escaped(queue: SqliteQueue) -> None:
    queue.send("poison")
    queue.dead_letter(queue.receive()[0], "bad \ud800")
    assert queue.dead_letters() == [DeadLetter("poison", "bad \\ud800")]


def test_one_call_receives_a_megabyte_or_one_longer_message(queue: SqliteQueue) -> None:
    for size in (400_000, 400_000, 400_000, 2_000_000, 5):
        queue.send("x" * size)
    received = [[len(body) for body in bodies(queue)] for _ in range(5)]
    assert received == [[400_000, 400_000], [400_000], [2_000_000], [5], []]


def test_a_character_counts_with_its_bytes(queue: SqliteQueue) -> None:
    for _ in range(2):
        queue.send("\N{GRINNING FACE}" * 150_000)
    assert [len(bodies(queue)) for _ in range(2)] == [1, 1]


def drained_size(path: Path) -> int:
    """Return the bytes of a file, in which 12 MB of messages were and 200 small ones are, after a checkpoint."""
    with closing(SqliteFile(path)) as file:
        queue = SqliteQueue(file)
        with file.transaction() as connection:
            rows = [("x" * 250_000,)] * 48 + [("small",)] * 200
            connection.executemany("INSERT INTO message (body, visible_at) VALUES (?, 0)", rows)
        while len(queue) > 200:
            queue.delete(*(message for message in queue.receive() if message.body != "small"))
        queue.release_received()
        assert [message.body for message in queue.receive()] == ["small"] * 200
    return path.stat().st_size


def test_the_file_gets_smaller_when_its_messages_are_deleted(tmp_path: Path) -> None:
    assert drained_size(tmp_path / "q") < 5 * 1024 * 1024


def test_a_file_of_an_earlier_version_keeps_its_size(tmp_path: Path) -> None:
    path = tmp_path / "q"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE earlier (number)")
        connection.execute("DROP TABLE earlier")
        [(mode,)] = connection.execute("PRAGMA auto_vacuum")
    assert (mode, drained_size(path) > 12_000_000) == (0, True)
