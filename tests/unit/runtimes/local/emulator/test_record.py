"""The record of a folder's emulator: who runs, who owns it, and what a record of an ended process is worth."""

import os
import stat
from pathlib import Path

import psutil

from runtimes.local.emulator import record as emulator_record
from runtimes.local.state_folder import read_json, write_private


def test_a_record_names_the_process_its_owner_and_its_url(tmp_path: Path) -> None:
    written = emulator_record.write(psutil.Process(), 4567, tmp_path, queued=3)
    assert emulator_record.read(tmp_path) == written
    assert (written.pid, written.owner, written.endpoint, written.queued) == (
        os.getpid(),
        os.getpid(),
        "http://127.0.0.1:4567",
        3,
    )
    process = written.process()
    assert process is not None
    assert (process.pid, written.is_owned, written.is_guarded) == (os.getpid(), True, True)
    assert stat.S_IMODE((tmp_path / "emulator.json").stat().st_mode) == 0o600


def test_a_process_with_a_reused_id_is_another_one(tmp_path: Path) -> None:
    written = emulator_record.write(psutil.Process(), 4567, tmp_path)
    assert written._replace(started=written.started - 60).process() is None
    assert not written._replace(owner_started=written.owner_started - 60).is_owned


def test_an_id_that_no_process_has_is_not_running(tmp_path: Path) -> None:
    written = emulator_record.write(psutil.Process(), 4567, tmp_path)
    assert [written._replace(pid=pid).process() for pid in (2**31 - 1, -1)] == [None, None]


def test_a_count_is_written_and_changes_nothing_else(tmp_path: Path) -> None:
    written = emulator_record.write(psutil.Process(), 4567, tmp_path)
    assert written.queued == -1
    counted = emulator_record.count(tmp_path, written, 7)
    assert counted == written._replace(queued=7) == emulator_record.read(tmp_path)


def test_a_removed_record_is_none(tmp_path: Path) -> None:
    emulator_record.write(psutil.Process(), 4567, tmp_path)
    emulator_record.remove(tmp_path)
    emulator_record.remove(tmp_path)
    assert emulator_record.read(tmp_path) is None


def test_fields_of_a_later_version_are_ignored(tmp_path: Path) -> None:
    written = emulator_record.write(psutil.Process(), 4567, tmp_path)
    write_private(tmp_path / "emulator.json", read_json(tmp_path / "emulator.json") | {"later": True})
    assert emulator_record.read(tmp_path) == written
