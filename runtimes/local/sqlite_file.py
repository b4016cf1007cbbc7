"""Opens the file of the embedded queue: an SQLite database that keeps what was committed when the process or the machine stops.

Write-ahead log with synchronous=FULL: a commit returns after its log is on the disk, https://www.sqlite.org/pragma.html#pragma_synchronous
(on macOS that takes fullfsync). The log needs shared memory, so the file must be on a disk of this machine:
https://www.sqlite.org/wal.html. No statement needs an SQLite newer than 3.7, because Python uses the one of the system.
"""

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import TelemetryError, Unavailable

APPLICATION_ID = 0x54464E51
"""Marks our files: https://www.sqlite.org/fileformat.html#application_id. The letters TFNQ."""
VERSION = 1
IN_MEMORY = Path(":memory:")
_KEPT, _AT_ONCE = 1024, 2048
"""Unused pages of 4 KB that stay in the file for the next messages, and those that are given back at a time: more than a batch has."""
_LOG_SIZE = 4 * 1024 * 1024
"""Bytes of the write-ahead log that stay after a checkpoint; by default it keeps its largest size."""
_BUSY = 4.0
"""Seconds to wait for another process's transaction: GitHub waits 10 s for the answer."""
_TABLES = (
    # AUTOINCREMENT: a number is never used again, also after its row was deleted, https://www.sqlite.org/autoinc.html
    """CREATE TABLE message (
         number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, visible_at REAL NOT NULL,
         receive_count INTEGER NOT NULL DEFAULT 0, in_flight INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX message_visible_at ON message (visible_at, number)",
    """CREATE TABLE dead_letter (
         number INTEGER PRIMARY KEY, body TEXT NOT NULL, reason TEXT NOT NULL, dead_at REAL NOT NULL)""",
    "CREATE TABLE job_run (name TEXT PRIMARY KEY, started_at REAL NOT NULL)",
)


class QueueFileError(TelemetryError):
    """The file cannot be used; the message is one line with the remedy. The file is unchanged."""


class SqliteFile:
    """One connection to a queue file, shared by all threads of this process; several processes may open the same file."""

    def __init__(self, path: Path = IN_MEMORY) -> None:
        """Open the file, or create it with access for its owner only. Raises QueueFileError."""
        self.path = path
        self._lock = threading.Lock()
        try:
            if path != IN_MEMORY:
                _create(path)
            # one connection that a lock protects: https://docs.python.org/3/library/sqlite3.html#sqlite3.connect
            self._connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise QueueFileError(f"{path} cannot be opened: {_reason(error)}") from None
        weakref.finalize(self, self._connection.close)  # a command ends with it open; Python 3.13 warns of that
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the connection; a call after that raises Unavailable."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the write lock for the body, then commit durably; raises Unavailable, after which nothing is changed."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")  # not at the first write, when waiting for others may fail
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise Unavailable(f"the queue {self.path.name} is out: {_reason(error)}") from None
            except BaseException:
                self._roll_back()
                raise

    def release_space(self) -> None:
        """Give unused pages back to the file system, a limited number at a time; raises Unavailable.

        Only of a file that was created with it: one of an earlier version keeps its size, and uses the pages again. The file gets
        smaller at the next checkpoint. https://www.sqlite.org/pragma.html#pragma_incremental_vacuum
        """
        if self.path == IN_MEMORY:
            return
        try:
            with self._lock:
                unused = _pragma(self._connection, "freelist_count") - _KEPT
                if unused > 0:  # a script, since execute() runs one step, which gives back one page
                    self._connection.executescript(f"PRAGMA incremental_vacuum({min(unused, _AT_ONCE)})")
        except sqlite3.Error as error:
            raise Unavailable(f"the queue {self.path.name} is out: {_reason(error)}") from None

    def _roll_back(self) -> None:
        """Undo the transaction, unless SQLite has done so: https://www.sqlite.org/lang_transaction.html."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:  # closed, or the disk is gone: the next start rolls back
            pass

    def _prepare(self) -> None:
        """Check whose file it is before anything is written to it, then create the tables."""
        try:
            self._check_owner()
            self._connection.execute(
                "PRAGMA auto_vacuum = INCREMENTAL"
            )  # of a new file, before anything is written to it
            [mode] = self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
            if mode not in ("wal", "memory"):
                raise QueueFileError(
                    f"{self.path} is on a file system without a write-ahead log ({mode}): use a disk of this machine"
                )
            for pragma in (
                "synchronous = FULL",
                "fullfsync = ON",
                "checkpoint_fullfsync = ON",
                f"journal_size_limit = {_LOG_SIZE}",
            ):
                self._connection.execute(f"PRAGMA {pragma}")
            with self.transaction() as connection:
                if not _pragma(connection, "application_id"):
                    for statement in _TABLES:
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    connection.execute(f"PRAGMA user_version = {VERSION}")
            problems = [row[0] for row in self._connection.execute("PRAGMA quick_check(1)")]
        except sqlite3.Error as error:
            is_damaged = getattr(error, "sqlite_errorcode", 0) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
            raise QueueFileError(self._unusable(_reason(error), is_damaged=is_damaged)) from None
        except Unavailable as error:
            raise QueueFileError(self._unusable(str(error), is_damaged=False)) from None
        if problems != ["ok"]:
            raise QueueFileError(self._unusable("it is damaged", is_damaged=True))

    def _check_owner(self) -> None:
        is_new = not self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        application_id = _pragma(self._connection, "application_id")
        if application_id != APPLICATION_ID and not (is_new and application_id == 0):
            raise QueueFileError(f"{self.path} is another program's database: move it away, or start in another folder")
        if _pragma(self._connection, "user_version") > VERSION:
            raise QueueFileError(f"{self.path} was written by a newer version of telemetry: use that version")

    def _unusable(self, reason: str, *, is_damaged: bool) -> str:
        """Return a line with the reason, which only for a damaged file has one remedy."""
        remedy = ". Move it away to start with an empty queue; then `telemetry job ledger` and `telemetry ledger --missing` name lost deliveries"
        return f"{self.path} cannot be used: {reason}. Nothing in it was changed{remedy if is_damaged else ''}"


def _create(path: Path) -> None:
    """Create a file for its owner only; its log files get its mode. Raises OSError.

    One that exists is not opened: to close it would cancel the locks of this process, https://www.sqlite.org/howtocorrupt.html.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _reason(error: Exception) -> str:
    """Return the error's text without a path: an operating system's text, or SQLite's text and the name of its code."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    name = getattr(error, "sqlite_errorname", "")
    return f"{error} ({name})" if name else str(error)
