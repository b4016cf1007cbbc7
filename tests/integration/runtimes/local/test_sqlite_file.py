"""Tests of the embedded queue's file: what is refused, what is never changed, and what a full disk does."""

import os
import sqlite3
import stat
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

from core.errors import Unavailable
from runtimes.local import sqlite_file
from runtimes.local.sqlite_file import APPLICATION_ID, QueueFileError, SqliteFile
from runtimes.local.sqlite_queue import SqliteQueue

LOCKS = Path("/proc/locks")
"""https://man7.org/linux/man-pages/man5/proc_locks.5.html"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite"


def changed(path: Path, *statements: str) -> bytes:
    """Run statements on a file as another program would, and return its bytes."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path.read_bytes()


def test_a_commit_waits_for_the_disk_and_only_the_owner_reads_the_file(path: Path) -> None:
    with closing(SqliteFile(path)) as file:
        SqliteQueue(file).send("body")
        with file.transaction() as connection:
            pragmas = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
        modes = {stat.S_IMODE(part.stat().st_mode) for part in path.parent.glob("queue.sqlite*")}
    assert (pragmas, modes) == (["wal", 2], {0o600})  # 2 is FULL


def test_another_program_s_database_is_refused_and_not_changed(path: Path) -> None:
    before = changed(path, "CREATE TABLE cookies (name TEXT)")
    with pytest.raises(QueueFileError, match=r"queue\.sqlite is another program's database: move it away"):
        SqliteFile(path)
    assert path.read_bytes() == before


def test_another_program_s_empty_database_is_refused(path: Path) -> None:
    before = changed(path, "PRAGMA application_id = 7")
    with pytest.raises(QueueFileError, match="another program's"):
        SqliteFile(path)
    assert path.read_bytes() == before


def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    before = changed(path, f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 2")
    with pytest.raises(QueueFileError, match="newer version of telemetry"):
        SqliteFile(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"not a database at all, but a note" * 20, b"SQLite format 3\x00" + b"\xff" * 4096]
)
def test_what_is_no_database_is_refused_in_one_line_and_not_changed(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(
        QueueFileError, match=r"cannot be used: .*\. Nothing in it was changed\. Move it away"
    ) as raised:
        SqliteFile(path)
    assert path.read_bytes() == content
    assert "\n" not in str(raised.value)


def test_a_damaged_file_is_refused_at_the_start(path: Path) -> None:
    with closing(SqliteFile(path)) as file:
        for _ in range(50):
            SqliteQueue(file).send("x" * 1000)
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\x00" * 4096 + whole[12288:])
    with pytest.raises(QueueFileError, match=r"cannot be used: (it is damaged|database disk image is malformed)"):
        SqliteFile(path)


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QueueFileError, match="cannot be opened: unable to open database file"):
        SqliteFile(tmp_path)
    with pytest.raises(QueueFileError, match="cannot be opened: No such file or directory"):
        SqliteFile(tmp_path / "missing" / "queue.sqlite")


@pytest.mark.skipif(not LOCKS.exists(), reason="only Linux lists the locks of a process")
def test_a_second_connection_of_a_process_keeps_the_locks_of_the_first(path: Path) -> None:
    def locks() -> list[list[str]]:
        fields = (line.split()[1:] for line in LOCKS.read_text().splitlines())
        return sorted(line for line in fields if str(os.getpid()) in line)

    with closing(SqliteFile(path)):
        before = locks()
        with closing(SqliteFile(path)):
            pass
        assert before
        assert locks() == before


def test_a_file_that_another_program_locks_is_not_called_damaged(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "_BUSY", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(QueueFileError, match=r"cannot be used: database is locked .* Nothing in it was changed$"):
            SqliteFile(path)


def test_a_full_disk_is_unavailable_and_loses_nothing(path: Path) -> None:
    with closing(SqliteFile(path)) as file:
        queue = SqliteQueue(file)
        queue.send("first")
        with file.transaction() as connection:
            connection.execute("PRAGMA max_page_count = 20")  # SQLITE_FULL, as of a full disk
        with pytest.raises(Unavailable, match=r"queue\.sqlite is out: database or disk is full \(SQLITE_FULL\)"):
            queue.send("x" * 200_000)
        queue.send("third")
        assert [message.body for message in queue.receive()] == ["first", "third"]


def test_a_locked_file_is_unavailable_after_a_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_file, "_BUSY", 0.05)
    with closing(SqliteFile(path)) as file, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="database is locked"):
            SqliteQueue(file).send("body")
        other.execute("ROLLBACK")
        SqliteQueue(file).send("body")
        assert len(SqliteQueue(file)) == 1


def test_an_error_in_a_transaction_undoes_it(path: Path) -> None:
    with closing(SqliteFile(path)) as file:
        with suppress(KeyError), file.transaction() as connection:
            connection.execute("INSERT INTO message (body, visible_at) VALUES ('half', 0)")
            raise KeyError
        assert len(SqliteQueue(file)) == 0


def test_many_threads_send_and_receive_each_message_once(path: Path) -> None:
    with closing(SqliteFile(path)) as file:
        queue = SqliteQueue(file)
        received: list[str] = []

        def send(thread: int) -> None:
            for number in range(20):
                queue.send(f"{thread}-{number}")
                messages = queue.receive(3)
                queue.delete(*messages)
                received.extend(message.body for message in messages)

        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        received += [message.body for message in queue.receive()]
        assert sorted(received) == sorted(f"{thread}-{number}" for thread in range(8) for number in range(20))


def test_two_processes_create_one_file(path: Path) -> None:
    with closing(SqliteFile(path)) as first, closing(SqliteFile(path)) as second:
        SqliteQueue(first).send("body")
        assert [message.body for message in SqliteQueue(second).receive()] == ["body"]
