"""Records a folder's emulator on disk, so that other commands can find it and a killed one is noticed."""

from pathlib import Path
from typing import NamedTuple

import psutil

from runtimes.local.state_folder import read_json, write_private

_NAME = "emulator.json"


class Record(NamedTuple):
    """One emulator; written when it starts and removed when it stops cleanly."""

    pid: int
    started: float
    port: int
    owner: int
    """The process that started or adopted it."""
    owner_started: float
    folder: str = ""
    """The resolved state folder: the record in a copied folder names the original. Empty before 0.1.0."""
    queued: int = -1
    """Number of events that waited at the last count; -1: unknown."""

    @property
    def endpoint(self) -> str:
        """Return its URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_guarded(self) -> bool:
        """Return whether it was started behind the guard."""
        return bool(self.folder)

    def process(self) -> psutil.Process | None:
        """Return the emulator's process, if it still runs."""
        return _same(self.pid, self.started)

    @property
    def is_owned(self) -> bool:
        """Return whether the process that owns it still runs."""
        return _same(self.owner, self.owner_started) is not None


def write(process: psutil.Process, port: int, state: Path, queued: int = -1) -> Record:
    """Write a record with this process as the owner."""
    owner = psutil.Process()
    record = Record(
        process.pid, process.create_time(), port, owner.pid, owner.create_time(), str(state.resolve()), queued
    )
    write_private(state / _NAME, record._asdict())
    return record


def read(state: Path) -> Record | None:
    """Return the record of this folder; None if there is none."""
    content = read_json(state / _NAME)
    try:
        record = Record(**{name: content[name] for name in Record._fields if name in content})
    except TypeError:
        return None
    return None if record.folder not in ("", str(state.resolve())) else record


def count(state: Path, record: Record, queued: int) -> Record:
    """Update the number of waiting events and return the new record."""
    record = record._replace(queued=queued)
    write_private(state / _NAME, record._asdict())
    return record


def remove(state: Path) -> None:
    """Remove the record of an emulator that stopped cleanly."""
    (state / _NAME).unlink(missing_ok=True)


def _same(pid: int, started: float) -> psutil.Process | None:
    """Return the process with this id and start time; None if it ended, since ids are reused."""
    try:
        process = psutil.Process(pid)
        return process if process.create_time() == started and process.status() != psutil.STATUS_ZOMBIE else None
    except (ValueError, TypeError, psutil.Error):
        return None
