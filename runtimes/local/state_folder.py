"""The folder `.telemetry`, in which local servers and deployments store their state; readable by its owner only."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock

from core.errors import TelemetryError

STATE = Path(".telemetry")
_ID = "folder.json"
_LOCK = "serve.lock"


class StateFolderError(TelemetryError):
    """The state folder cannot be used; the message is one line with the remedy."""


def make_private(folder: Path) -> Path:
    """Create a folder, and STATE above it, with access for the owner only; fix the mode if it exists. Raises StateFolderError."""
    try:
        for path in (*(parent for parent in reversed(folder.parents) if parent.name == STATE.name), folder):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.chmod(0o700)
    except OSError as error:
        raise StateFolderError(f"{folder} cannot be made private: {error.strerror}") from None
    return folder


def make_files_private(folder: Path) -> None:
    """Remove all permissions of other users from a folder and the files that an earlier version wrote into it."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Write JSON atomically to a file that only the owner can read."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file)
    temporary.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file; empty if the file is missing or invalid."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def owner_id(folder: Path = STATE) -> str:
    """Return the id of this folder, which marks its queues; a copy of the folder gets an id of its own.

    A copy holds the same file in another inode: https://man7.org/linux/man-pages/man7/inode.7.html
    """
    make_private(folder)
    path, inode = folder / _ID, folder.stat().st_ino
    with filelock.FileLock(folder / f"{_ID}.lock", mode=0o600):
        content = read_json(path)
        if content.get("inode") != inode or not isinstance(content.get("id"), str):
            content = {"id": secrets.token_hex(16), "inode": inode}
            write_private(path, content)
    return str(content["id"])


@contextmanager
def only_server(folder: Path = STATE) -> Iterator[None]:
    """Hold the folder's lock, which the operating system releases if its holder is killed; raises StateFolderError."""
    make_private(folder)
    lock = filelock.FileLock(folder / _LOCK, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise StateFolderError(
            "another `telemetry serve` runs in this folder: stop it, or start this one in another folder"
        ) from None
    try:
        yield
    finally:
        lock.release()
