"""Implements the queue in an SQLite file: it survives a killed process and a power failure, and needs no server."""

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from typing import NamedTuple

from core.errors import Unavailable
from core.ports import QueuedMessage
from runtimes.local.sqlite_file import SqliteFile

_LONGEST_DELAY = 900.0
"""Seconds: the longest delay of the queue's port."""
_MOST_BYTES = 1024 * 1024
"""Bytes of the messages that one call receives; a longer message comes alone."""
_AT_ONCE = 200
"""Dead letters that are replayed in one transaction."""


_Row = tuple[int, str, int]
"""Number, body, and receive count of a message."""


class DeadLetter(NamedTuple):
    """A dead-lettered message with its reason."""

    body: str
    reason: str


class SqliteQueue:
    """Implements core.ports.Queue, and what the poller needs. Methods raise Unavailable. Thread-safe."""

    def __init__(
        self,
        file: SqliteFile,
        *,
        clock: Callable[[], float] = time.time,
        limit: int = 256 * 1024 - 4096,
        visibility: int = 20,
    ) -> None:
        """Create a queue on an open file.

        `clock` is in seconds and goes on between two processes; `limit` is in bytes, by default that of SQS, so that an event has the
        same answer here and there. A received message is hidden for `visibility` seconds.
        """
        self.limit = limit
        self.visibility = visibility
        self._file = file
        self._clock = clock
        self._sent = threading.Event()

    def release_received(self) -> None:
        """Make visible what a killed server had received; only for the one server of the file, before it receives."""
        with self._file.transaction() as connection:
            connection.execute("UPDATE message SET visible_at = ?, in_flight = 0 WHERE in_flight", (self._clock(),))

    def send(self, body: str, delay: int = 0) -> str:
        """Insert a message, which is on the disk when this returns."""
        with self._file.transaction() as connection:
            id = _insert(connection, body, self._clock() + delay)
        self._sent.set()
        return id

    def receive(self, most: int = 1000, wait: float = 0.0) -> list[QueuedMessage]:
        """Return up to `most` visible messages, oldest first, and hide them; wait up to `wait` seconds for the first.

        They have 1 MB at most together, or are one message.
        """
        self._sent.clear()
        messages = self._take(most)
        if not messages and self._sent.wait(wait):
            return self._take(most)
        return messages

    def _take(self, most: int) -> list[QueuedMessage]:
        now = self._clock()
        with self._file.transaction() as connection:
            # A time after the longest delay comes from a clock that has been put back since.
            found = connection.execute(
                "SELECT number, body, receive_count + 1 FROM message WHERE visible_at <= ? OR visible_at > ? "
                "ORDER BY visible_at, number LIMIT ?",
                (now, now + _LONGEST_DELAY, most),
            )
            with closing(
                found
            ):  # rows are read one by one; an open statement would keep the log from being written back
                rows = list(_of_size(found, _MOST_BYTES))
            connection.executemany(
                "UPDATE message SET visible_at = ?, receive_count = ?, in_flight = 1 WHERE number = ?",
                [(now + self.visibility, count, number) for number, _, count in rows],
            )
        return [QueuedMessage(_id(number), body, count, f"{_id(number)}-{count}") for number, body, count in rows]

    def delete(self, *messages: QueuedMessage) -> None:
        """Delete processed messages, in one transaction; then the file may get smaller."""
        with self._file.transaction() as connection:
            connection.executemany("DELETE FROM message WHERE number = ?", _numbers(messages))
        with suppress(Unavailable):  # the messages are deleted; the next call tries again
            self._file.release_space()

    def renew(self, messages: Iterable[QueuedMessage]) -> None:
        """Hide messages that are still processed for another visibility timeout, unless they were hidden since."""
        until = self._clock() + self.visibility
        with self._file.transaction() as connection:
            connection.executemany(
                "UPDATE message SET visible_at = ? WHERE number = ? AND in_flight",
                [(until, number) for (number,) in _numbers(messages)],
            )

    def hide(self, message: QueuedMessage, delay: int) -> None:
        """Hide a message for `delay` seconds, unless it was received again: then it is another receipt's."""
        with self._file.transaction() as connection:
            connection.execute(
                "UPDATE message SET visible_at = ?, in_flight = 0 WHERE number = ? AND receive_count = ?",
                (self._clock() + delay, _number(message.id), message.receive_count),
            )

    def dead_letter(self, message: QueuedMessage, reason: str) -> None:
        """Copy a message to the dead letters; a second time replaces the copy."""
        text = reason.encode(errors="backslashreplace").decode()  # a lone surrogate has no UTF-8
        with self._file.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO dead_letter VALUES (?, ?, ?, ?)",
                (_number(message.id), message.body, text, self._clock()),
            )

    def dead_letters(self) -> list[DeadLetter]:
        """Return the dead letters, oldest first."""
        with self._file.transaction() as connection:
            rows = connection.execute("SELECT body, reason FROM dead_letter ORDER BY number")
            return [DeadLetter(*row) for row in rows]

    def dead_letter_reasons(self) -> Counter[str]:
        """Count the dead letters by reason."""
        with self._file.transaction() as connection:
            return _reasons(connection, _last_dead(connection))

    def replay(self) -> Counter[str]:
        """Move the dead letters back to the queue and count them by reason; those that follow meanwhile stay.

        Each transaction moves a few, in the database: all of them may need more memory, and hold the write lock for longer, than a
        server that receives deliveries can spare.
        """
        reasons: Counter[str] = Counter()
        with self._file.transaction() as connection:
            last = _last_dead(connection)
        while moved := self._replay_some(last):
            reasons += moved
            self._sent.set()
        return reasons

    def _replay_some(self, last: int) -> Counter[str]:
        """Move the oldest dead letters, up to the number `last`."""
        with self._file.transaction() as connection:
            rows = connection.execute(
                "SELECT number FROM dead_letter WHERE number <= ? ORDER BY number LIMIT ?", (last, _AT_ONCE)
            ).fetchall()
            if not rows:
                return Counter()
            [until] = rows[-1]
            reasons = _reasons(connection, until)
            connection.execute(
                "INSERT INTO message (body, visible_at) SELECT body, ? FROM dead_letter WHERE number <= ? ORDER BY number",
                (self._clock(), until),
            )
            connection.execute("DELETE FROM dead_letter WHERE number <= ?", (until,))
        return reasons

    def __len__(self) -> int:
        with self._file.transaction() as connection:
            return int(connection.execute("SELECT count(*) FROM message").fetchone()[0])


def _of_size(rows: Iterable[_Row], most: int) -> Iterator[_Row]:
    """Yield rows until their bodies would have more bytes of UTF-8; at least one."""
    size = 0
    for row in rows:
        body = len(row[1].encode(errors="surrogatepass"))
        if size and size + body > most:
            return
        size += body
        yield row


def _insert(connection: sqlite3.Connection, body: str, visible_at: float) -> str:
    cursor = connection.execute("INSERT INTO message (body, visible_at) VALUES (?, ?)", (body, visible_at))
    return _id(cursor.lastrowid or 0)


def _last_dead(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM dead_letter").fetchone()[0])


def _reasons(connection: sqlite3.Connection, until: int) -> Counter[str]:
    """Count the dead letters up to a number by reason."""
    rows = connection.execute("SELECT reason, count(*) FROM dead_letter WHERE number <= ? GROUP BY reason", (until,))
    return Counter(dict(rows.fetchall()))


def _id(number: int) -> str:
    return f"message-{number}"


def _number(id: str) -> int:
    return int(id.rpartition("-")[2])


def _numbers(messages: Iterable[QueuedMessage]) -> list[tuple[int]]:
    return [(_number(message.id),) for message in messages]
