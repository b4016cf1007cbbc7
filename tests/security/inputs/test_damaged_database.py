"""A database file that cannot be used: one line that says what to do, no traceback, and the file stays as it is."""

import errno
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from cli.app import app
from tests.unit.warehouse.record_factory import METRICS, content, record

COMMANDS = {
    "sql": ["sql", "SELECT 1", "--database", "x.duckdb"],
    "export": ["export", "parquet", "--database", "x.duckdb"],
    "merge": ["merge", "records", "--database", "x.duckdb"],
    "report": ["report", "records", "--database", "x.duckdb"],
    "report of it": ["report", "x.duckdb"],
    "evidence": ["report", "x.duckdb", "--evidence", "all"],
    "dashboard": ["dashboard", "records", "--database", "x.duckdb"],
    "publish": ["publish", "records", "published", "--database", "x.duckdb"],
}
REBUILD = "delete it and run `telemetry merge --database x.duckdb` again, which rebuilds it from the records"


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("merged")
    for metric in METRICS:
        path = folder / "records" / record(metric).path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(record(metric)))
    assert ran("merge", str(folder / "records"), "--database", str(folder / "x.duckdb"))[0] == 0
    return folder


@pytest.fixture(autouse=True)
def here(merged: Path) -> None:
    Path("records").symlink_to(merged / "records")
    shutil.copy(merged / "x.duckdb", "x.duckdb")


def ran(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.output


def refused(words: list[str]) -> str:
    """The one line that a command prints."""
    code, said = ran(*words)
    assert (code, said.count("\n")) == (1, 1), (words, said)
    return said


def checksum(data: bytes) -> int:
    """DuckDB's own, of whole words: https://github.com/duckdb/duckdb/blob/main/src/common/checksum.cpp."""
    total = 5381
    for (word,) in struct.iter_unpack("<Q", data):
        total ^= word * 0xBF58476D1CE4E5B9 & (2**64 - 1)
    return total


def newer(file: bytes) -> bytes:
    """The file with the number of a storage version that is not there yet."""
    head = bytearray(file[8:4096])
    assert struct.unpack("<Q", file[:8])[0] == checksum(bytes(head))
    head[4:12] = struct.pack("<Q", 100_000)
    return struct.pack("<Q", checksum(bytes(head))) + bytes(head) + file[4096:]


FLIPPED = bytes(byte ^ 0xFF for byte in range(256))


def flipped(file: bytes) -> bytes:
    """The file with a damaged block of data, and sound heads."""
    return file[:12288] + file[12288:].translate(FLIPPED)  # megabytes: a loop over them takes seconds


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", REBUILD),
    "zeroes": (lambda file: bytes(len(file)), REBUILD),
    "zeroes at its end": (lambda file: file[:8192] + bytes(len(file) - 8192), REBUILD),
    "a few bytes": (lambda file: file[:100], REBUILD),
    "cut at its heads": (lambda file: file[:12288], REBUILD),
    "cut": (lambda file: file[:15_000], REBUILD),
    "flipped": (flipped, REBUILD),
    "text": (
        lambda _: b"hello, I am a letter\n" * 400,
        f"it is not a DuckDB database: name another file, or {REBUILD}",
    ),
    "SQLite": (lambda _: b"SQLite format 3\0" + bytes(5000), "it is not a DuckDB database: name another file"),
    "Parquet": (lambda _: b"PAR1" + bytes(5000) + b"PAR1", "it is not a DuckDB database: name another file"),
    "newer": (newer, "another version of DuckDB wrote it: update"),
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_damaged_file_is_named_with_what_to_do_and_stays(words: list[str]) -> None:
    file = Path("x.duckdb").read_bytes()
    for damage, (damaged, remedy) in DAMAGES.items():
        damaged_file = damaged(file)
        Path("x.duckdb").write_bytes(damaged_file)
        said = refused(words)
        assert (said.startswith("x.duckdb cannot be used: "), remedy in said) == (True, True), (damage, said)
        assert Path("x.duckdb").read_bytes() == damaged_file, damage


@pytest.fixture(scope="module")
def foreign_log(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The log of another database, whose process ended without a checkpoint."""
    folder = tmp_path_factory.mktemp("other")
    other = "import duckdb, os; c = duckdb.connect('other.duckdb'); c.execute('SET checkpoint_threshold = \"1GB\"'); "
    other += "c.execute('PRAGMA disable_checkpoint_on_shutdown; CREATE TABLE t AS SELECT 1'); os._exit(0)"
    subprocess.run([sys.executable, "-c", other], check=True, cwd=folder)
    return (folder / "other.duckdb.wal").read_bytes()


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_log_that_does_not_fit_is_named_and_stays(words: list[str], foreign_log: bytes) -> None:
    Path("x.duckdb.wal").write_bytes(foreign_log)
    said = refused(words)
    assert "its .wal file does not fit: " in said
    assert Path("x.duckdb.wal").read_bytes() == foreign_log


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_folder_is_no_file(words: list[str]) -> None:
    Path("x.duckdb").unlink()
    Path("x.duckdb").mkdir()
    assert "it is a folder: name a file" in refused(words)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_file_that_may_not_be_read(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so DuckDB's error stands in for the system's."""

    def connect(*_: object, **__: object) -> None:
        raise duckdb.IOException('IO Error: Cannot open file "x.duckdb": Permission denied')

    monkeypatch.setattr(duckdb, "connect", connect)
    assert "it may not be read and written by this user" in refused(words)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_file_that_another_process_has(words: list[str]) -> None:
    holding = "import duckdb, sys; c = duckdb.connect('x.duckdb'); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        try:
            assert "another process has it open: try again when that has ended" in refused(words)
        finally:
            child.stdin.close()


def test_a_link_that_leads_nowhere() -> None:
    Path("x.duckdb").unlink()
    Path("x.duckdb").symlink_to("gone/x.duckdb")
    for words in COMMANDS.values():
        assert "x.duckdb" in refused(words)


@pytest.mark.parametrize("words", [COMMANDS[name] for name in ("merge", "report", "dashboard", "publish")])
def test_a_disk_that_is_full_during_a_merge(words: list[str]) -> None:
    Path("x.duckdb").unlink()
    full = [sys.executable, "-c", "from cli.app import main; main()", *words]

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    uncovered = {
        name: value for name, value in environment().items() if not name.startswith("COVERAGE_")
    }  # its file is too large
    done = subprocess.run(full, capture_output=True, text=True, preexec_fn=limited, check=False, env=uncovered)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "the disk is full: free some space and run it again" in done.stderr


def test_a_disk_that_is_full_before_a_merge_that_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    assert refused(["report", "records"]) == "a temporary folder cannot be created: No space left on device\n"


def environment() -> dict[str, str]:
    root = str(Path(__file__).parents[3])
    return {**os.environ, "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"}
