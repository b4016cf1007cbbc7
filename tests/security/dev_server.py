"""Dev servers as somebody starts them, each in a folder of its own and with an emulator of its own."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.e2e.server import Server, wait_for

TOKENS = {
    "GITHUB_ACCESS_TOKEN": "ghp_sourcesourcesourcesource",
    "REPO_WRITE_ACCESS_TOKEN": "ghp_datadatadatadatadatadata",
}
PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\\nkeykeykeykey\\n-----END RSA PRIVATE KEY-----"
_EMULATOR = re.compile(r"AWS emulator: (http://\S+)\)")


@contextmanager
def serving(folder: Path, environment: Mapping[str, str] | None = None, endpoint: str = "") -> Iterator[Server]:
    """Start a dev server, and stop it and its emulator at the end, however it ended before."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(folder, endpoint, environment)
    try:
        yield server.start()
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()
        end(folder)


def emulator_url(server: Server) -> str:
    """Return the emulator's address, as the server prints it."""
    match = _EMULATOR.search(server.output.read_text())
    assert match
    return match[1]


def emulators(folder: Path) -> list[psutil.Process]:
    """Return the emulators that run for a folder or one below it, known by the argument that names it."""
    root, files = f"{folder.resolve()}{os.sep}", []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()  # of a zombie: empty
        except psutil.Error:
            continue
        if any(part.endswith("ministack/server.py") for part in command) and f"{command[-1]}/".startswith(root):
            files.append(process)
    return files


def end(folder: Path) -> None:
    """Kill the emulators of a folder; one whose parent still lives stays in the table of processes until it is waited for."""
    for process in emulators(folder):
        process.kill()
        wait_for(lambda process=process: not runs(process), "the emulator to end")


def runs(process: psutil.Process) -> bool:
    """Return whether a process does more than wait to be forgotten."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
