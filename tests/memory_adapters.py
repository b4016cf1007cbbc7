"""Adapters in memory, for the tests; they keep the contracts of core/ports.py."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

from core.errors import Unavailable
from core.secrets_cache import require_secret_value
from runtimes.local.sqlite_file import SqliteFile
from runtimes.local.sqlite_queue import DeadLetter, SqliteQueue


class Entry(NamedTuple):
    """A message in the queue, received or not."""

    body: str
    visible_at: float
    receive_count: int


class _File(SqliteFile):
    """A database in memory that can be out."""

    out = False

    def look(self) -> AbstractContextManager[sqlite3.Connection]:
        """Hold the lock also while the queue is out: a test looks into it."""
        return super().transaction()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the lock, or raise Unavailable while the queue is out."""
        if self.out:
            raise Unavailable("the queue is out")
        with self.look() as connection:
            yield connection


class MemoryQueue(SqliteQueue):
    """The embedded queue in memory, which can be out. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float], *, limit: int = 256 * 1024, visibility: int = 20) -> None:
        self._database = _File()
        super().__init__(self._database, clock=clock, limit=limit, visibility=visibility)

    @property
    def out(self) -> bool:
        """Whether the queue is unavailable: every call then raises Unavailable."""
        return self._database.out

    @out.setter
    def out(self, out: bool) -> None:
        self._database.out = out

    @property
    def dead(self) -> list[DeadLetter]:
        """The dead letters, oldest first."""
        with self._database.look() as connection:
            return [
                DeadLetter(*row) for row in connection.execute("SELECT body, reason FROM dead_letter ORDER BY number")
            ]

    def entries(self) -> dict[str, Entry]:
        """Return every message by its id, also hidden ones."""
        rows = "SELECT 'message-' || number, body, visible_at, receive_count FROM message ORDER BY number"
        with self._database.look() as connection:
            return {id: Entry(*row) for id, *row in connection.execute(rows)}

    def __len__(self) -> int:
        return len(self.entries())


class MemorySecrets:
    """Implements core.ports.SecretSource on a dict; counts its calls in `asked`."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values
        self.out = False
        """Whether the source is unavailable: every call then raises Unavailable."""
        self.asked = 0

    def get(self, name: str) -> str:
        """Return a secret and count the call; raises SecretMissing or Unavailable."""
        self.asked += 1
        if self.out:
            raise Unavailable("the secrets are out")
        return require_secret_value(name, self.values.get(name))
