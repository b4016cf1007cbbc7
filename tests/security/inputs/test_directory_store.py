"""The directory store on a bad disk: full, read-only, killed in the middle, with links that lead out of it."""

import errno
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import Unavailable
from core.stores import durable_files
from core.stores.directory import DirectoryStore
from core.stores.folder_reader import FolderReader

BATCH = {
    "octo-org/hello/check-suite/2026-11-20/1.json": b'{"id":1}\n',
    "octo-org/hello/check-suite/2026-11-21/2.json": b'{"id":2}\n',
    "_system/receipts/2026-11-21/a.jsonl": b'{"delivery_id":"d"}\n',
}
ERRORS = [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.EACCES, errno.EPERM, errno.ENFILE]


def temporary(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.name.startswith("~tmp-")]


def visible(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in files} - {".lock"}


class Failing:
    """Calls what it stands for, but fails at the given call with this error."""

    def __init__(self, real: Callable[..., object], at: int, error: int) -> None:
        self._real = real
        self._at = at
        self._error = error
        self.calls = 0

    def __get__(self, instance: object, _: object = None) -> Callable[..., object]:
        return lambda *arguments, **options: self(instance, *arguments, **options)

    def __call__(self, *arguments: object, **options: object) -> object:
        self.calls += 1
        if self.calls == self._at:
            raise OSError(self._error, os.strerror(self._error))
        return self._real(*arguments, **options)


@pytest.mark.parametrize("error", ERRORS, ids=[errno.errorcode[code] for code in ERRORS])
@pytest.mark.parametrize("where", ["mkstemp", "fsync", "replace", "mkdir", "chmod", "utime"])
def test_a_disk_that_fails_anywhere_leaves_nothing_half_written(
    where: str, error: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners = {"mkstemp": tempfile, "fsync": os, "utime": os}
    owner: object = owners.get(where, Path)
    real = getattr(owner, where)
    for at in range(1, 12):
        folder = tmp_path / str(at)
        store = DirectoryStore(folder)
        store.write({"first.json": b"{}"}, "one")
        failing = Failing(real, at, error)
        with monkeypatch.context() as patched:
            patched.setattr(owner, where, failing)
            try:
                store.write(BATCH, "two")
            except Unavailable as raised:
                assert str(raised) == f"the directory store cannot be used: {os.strerror(error)}"  # noqa: PT017
        assert temporary(folder) == []
        for path in visible(folder) - {"first.json"}:
            assert store.read(path) == BATCH[path], path
        if "_system/receipts/2026-11-21/a.jsonl" in visible(folder):
            assert visible(folder) == {"first.json", *BATCH}  # never a receipt without its records
        store.write(BATCH, "again")
        assert visible(folder) == {"first.json", *BATCH}


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("only root may mount a small disk")
    try:
        store = DirectoryStore(tmp_path)
        store.write({"a/first.json": b"{}"}, "one")
        for _ in range(3):
            with pytest.raises(Unavailable, match=r"^the directory store cannot be used: No space left on device$"):
                store.write({"a/small.json": b"x", "b/large.json": b"x" * 200_000}, "two")
            assert (temporary(tmp_path), store.read("a/first.json"), store.read("b/large.json")) == ([], b"{}", None)
        store.write({"a/small.json": b"y"}, "there is room for this")
        assert store.read("a/small.json") == b"y"
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_name_that_is_too_long_is_a_line(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"^the directory store cannot be used: File name too long$"):
        DirectoryStore(tmp_path).write({f"a/{'x' * 300}.json": b"{}"}, "one")
    assert temporary(tmp_path) == []


def test_everything_is_flushed_before_a_batch_counts_as_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, str]] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(file: int) -> None:
        path = Path(f"/proc/self/fd/{file}").readlink()
        done.append(("flush", "file" if path.name.startswith("~tmp-") else path.relative_to(tmp_path).as_posix()))
        real_fsync(file)

    def replace(self: Path, target: Path) -> Path:
        done.append(("rename", target.relative_to(tmp_path).as_posix()))
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    DirectoryStore(tmp_path / "store").write(BATCH, "one")

    def position(step: str, path: str) -> int:
        return done.index((step, f"store/{path}" if path else "store"))

    for folder in ("", "octo-org", "octo-org/hello", "octo-org/hello/check-suite"):
        assert position("flush", folder) < position("rename", "octo-org/hello/check-suite/2026-11-20/1.json")
    receipt = "_system/receipts/2026-11-21/a.jsonl"
    for day in ("2026-11-20", "2026-11-21"):
        assert position("flush", f"octo-org/hello/check-suite/{day}") < position("rename", receipt)
    assert done[-1] == ("flush", "store/_system/receipts/2026-11-21")
    assert ("flush", ".") in done  # the store's own folder is new, too


WRITER = """
import itertools, sys
from core.stores.directory import DirectoryStore
store = DirectoryStore(sys.argv[1])
for number in itertools.count(int(sys.argv[2]) * 1_000_000):
    text = ("%d" % number) * 5000
    store.write({f"o/r/m/{number % 7}.json": text.encode(), f"o/r/n/{number}.json": text.encode()}, "one")
    print(number, flush=True)
"""


def test_kill_9_at_any_point_leaves_complete_files_after_the_next_write(tmp_path: Path) -> None:
    chance = random.Random(14)
    root = str(Path(__file__).parents[3])
    for number in range(12):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(number)]
        with subprocess.Popen(
            command, cwd=root, stdout=subprocess.PIPE, env={"PATH": os.defpath, "PYTHONPATH": root}
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(chance.uniform(0, 0.05))
            writer.send_signal(signal.SIGKILL)
        DirectoryStore(tmp_path).write({"o/r/after.json": str(number).encode()}, "two")
        assert temporary(tmp_path) == []
        for path in (tmp_path / "o" / "r").rglob("[0-9]*.json"):
            text = path.read_text()
            assert (len(text) % 5000, text) == (0, text[: len(text) // 5000] * 5000)


def test_only_temporary_files_of_an_older_version_are_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "octo-org" / "hello" / "check-suite"
    folder.mkdir(parents=True)
    (folder / "~tmp-abc_1234").write_bytes(b"half")
    (folder / "~tmp-not ours").write_bytes(b"somebody's")
    (folder / "~tmp-folder").mkdir()
    (folder / "~tmp-link").symlink_to(tmp_path)
    (folder / "notes.txt").write_bytes(b"somebody's")
    store = DirectoryStore(tmp_path, lambda _: None)
    store.write({"other/1.json": b"{}"}, "one")
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["notes.txt", "~tmp-folder", "~tmp-link", "~tmp-not ours"]
    (folder / "~tmp-later").write_bytes(b"half")
    store.write({"octo-org/hello/check-suite/1.json": b"{}"}, "two")
    assert not (folder / "~tmp-later").exists()


def test_sweeping_waits_for_another_process_that_writes(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    store.write({"1.json": b"{}"}, "one")
    script = (
        "import sys, time; from filelock import FileLock; from pathlib import Path\n"
        "with FileLock(sys.argv[1] + '/.lock'):\n"
        "    half = Path(sys.argv[1], '~tmp-half'); half.write_bytes(b'1'); print(1, flush=True); time.sleep(1)\n"
        "    half.replace(half.parent / 'whole.json')"
    )
    with subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        store.write({"2.json": b"{}"}, "two")
    assert visible(tmp_path) == {"1.json", "2.json", "whole.json"}


# links and special files


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.json").write_bytes(b'{"secret":1}')
    return folder


@pytest.fixture
def inside(tmp_path: Path, outside: Path) -> Path:
    """A store with a record, a link to a folder, one to a file, one to nothing, and one back to itself."""
    folder = tmp_path / "store"
    DirectoryStore(folder).write({"o/r/m/1.json": b"{}"}, "one")
    (folder / "o" / "linked").symlink_to(outside)
    (folder / "o" / "r" / "m" / "2.json").symlink_to(outside / "secret.json")
    (folder / "o" / "r" / "m" / "3.json").symlink_to(folder / "nowhere")
    (folder / "o" / "again").symlink_to(folder)
    return folder


LINKS = ["o/again", "o/linked", "o/r/m/2.json", "o/r/m/3.json"]


@pytest.mark.parametrize("kind", [DirectoryStore, FolderReader])
def test_links_are_named_once_and_never_followed(kind: type[DirectoryStore] | type[FolderReader], inside: Path) -> None:
    lines: list[str] = []
    store = kind(inside, warn=lines.append)
    for _ in range(3):
        assert [path for path in store.list("") if path != ".lock"] == ["o/r/m/1.json"]
        assert [path for path in store.changes(None)[0] if path != ".lock"] == ["o/r/m/1.json"]
        assert store.read("o/r/m/2.json") is None
    assert sorted(lines) == [
        f"skipped: {inside}/{link} is a symbolic link or no regular file, and is neither read nor written through"
        for link in LINKS
    ]


def test_a_reader_follows_no_linked_folder(inside: Path) -> None:
    lines: list[str] = []
    assert FolderReader(inside, warn=lines.append).read("o/linked/secret.json") is None
    assert len(lines) == 1
    store = DirectoryStore(inside, lines.append)
    with pytest.raises(Unavailable, match="symbolic link"):
        store.read("o/linked/secret.json")
    assert store.list("o/linked/") == []


def test_nothing_is_written_through_a_link(inside: Path, outside: Path) -> None:
    store = DirectoryStore(inside, lambda _: None)
    for path in ("o/linked/new.json", "o/linked/deep/new.json", "o/again/new.json"):
        with pytest.raises(Unavailable, match="symbolic link"):
            store.write({path: b"{}"}, "one")
        with pytest.raises(Unavailable, match="symbolic link"):
            store.compare_and_swap(path, None, b"{}")
    store.write({"o/r/m/2.json": b"ours", "o/r/m/3.json": b"ours"}, "two")
    assert sorted(path.name for path in outside.iterdir()) == ["secret.json"]
    assert (outside / "secret.json").read_bytes() == b'{"secret":1}'
    assert (store.read("o/r/m/2.json"), (inside / "o/r/m/2.json").is_symlink()) == (b"ours", False)


def test_the_store_itself_may_be_a_link(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "store").symlink_to(outside)
    store = DirectoryStore(tmp_path / "store")
    store.write({"a/1.json": b"{}"}, "one")
    assert FolderReader(tmp_path / "store").read("a/1.json") == b"{}"


@pytest.fixture
def special(tmp_path: Path) -> Iterator[Path]:
    """A folder with a pipe, a socket and, for root, a device."""
    folder = tmp_path / "s"
    (folder / "a").mkdir(parents=True)
    os.mkfifo(folder / "a" / "pipe.json")
    if os.geteuid() == 0:
        os.mknod(folder / "a" / "zero.json", 0o666 | 0o020000, os.makedev(1, 5))
    with socket.socket(socket.AF_UNIX) as bound:
        before = Path.cwd()
        os.chdir(folder / "a")  # a socket's path is short
        bound.bind("socket.json")
        os.chdir(before)
        yield folder


@pytest.mark.parametrize("kind", [DirectoryStore, FolderReader])
def test_special_files_never_keep_a_reader_waiting(
    kind: type[DirectoryStore] | type[FolderReader], special: Path
) -> None:
    names = [path.name for path in (special / "a").iterdir()]
    lines: list[str] = []
    store = kind(special, warn=lines.append)
    assert [store.read(f"a/{name}") for name in names] == [None] * len(names)
    assert [path for path in store.list("") if path != ".lock"] == []
    assert len(lines) == len(names)


def test_a_folder_is_no_file_and_no_warning(tmp_path: Path) -> None:
    lines: list[str] = []
    (tmp_path / "a").mkdir()
    assert (FolderReader(tmp_path, warn=lines.append).read("a"), DirectoryStore(tmp_path, lines.append).read("a")) == (
        None,
        None,
    )
    assert lines == []


def test_a_name_that_holds_terminal_escapes_is_shown_without_them(tmp_path: Path) -> None:
    lines: list[str] = []
    (tmp_path / "\x1b[31m.json").symlink_to(tmp_path)
    FolderReader(tmp_path, warn=lines.append).list("")
    assert len(lines) == 1
    assert lines[0].isprintable()


def test_the_report_names_a_link(tmp_path: Path, inside: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "merge", str(inside), "--database", str(tmp_path / "x.duckdb")],
        cwd=Path(__file__).parents[3],
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.stderr.count("o/linked is a symbolic link") == 1


def test_a_file_system_that_cannot_flush_folders_is_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def fsync(file: int) -> None:
        if Path(f"/proc/self/fd/{file}").readlink().is_dir():
            raise OSError(errno.EINVAL, "Invalid argument")
        real(file)

    monkeypatch.setattr(durable_files.os, "fsync", fsync)
    assert DirectoryStore(tmp_path / "store").write(BATCH, "one")
    assert json.loads((tmp_path / "store" / next(iter(BATCH))).read_text()) == {"id": 1}
