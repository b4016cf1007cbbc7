"""Runs `telemetry` in a terminal of a given width or with pipes, and compares what it prints with a transcript.

A transcript is a file of tests/transcripts/: the command, then its standard output, with each escape sequence as `\\e[…`.
`TRANSCRIPTS=write pytest …` writes the files of the tests that are selected, and skips these tests.
"""

import errno
import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.environment import PATIENCE, inherited

FOLDER = Path(__file__).parent / "transcripts"
ESCAPE = "\\e"
_LINES = 50
_AT_A_FIXED_TIME = "import sys; from core import clock; clock.now = lambda: {now}; from cli.app import main; main()"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x1b\x07]*(?:\x07|\x1b\\)")


class Printed(NamedTuple):
    """What a command printed."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def is_styled(self) -> bool:
        return "\x1b" in self.stdout

    @property
    def plain(self) -> str:
        """The standard output without escape sequences."""
        return _ESCAPES.sub("", self.stdout)


def piped(
    words: Sequence[str], folder: Path, *, now: int | None = None, env: Mapping[str, str] | None = None
) -> Printed:
    """Run a command whose outputs are pipes."""
    done = subprocess.run(
        _command(words, now),
        cwd=folder,
        env=_environment(folder, env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    return Printed(done.returncode, done.stdout, done.stderr)


def on_terminal(
    words: Sequence[str],
    folder: Path,
    columns: int,
    *,
    now: int | None = None,
    env: Mapping[str, str] | None = None,
    with_stderr: bool = False,
) -> Printed:
    """Run a command whose input and output are a terminal of this width.

    Its standard error is a pipe, so that the output has no progress bar, which no two runs draw alike; `with_stderr` makes
    it the terminal, too.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, columns, 0, 0))
    process = subprocess.Popen(
        _command(words, now),
        cwd=folder,
        env=_environment(folder, {"TERM": "xterm-256color", **(env or {})}),
        stdin=slave,
        stdout=slave,
        stderr=slave if with_stderr else subprocess.PIPE,
        start_new_session=True,
    )
    os.close(slave)
    try:
        output = _read(master)
        _, stderr = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
        os.close(master)
    return Printed(process.returncode, output.decode().replace("\r\n", "\n"), (stderr or b"").decode())


def compare(name: str, words: Sequence[str], printed: Printed) -> None:
    """Compare the standard output of a command that succeeds with its transcript."""
    assert (printed.exit_code, printed.stderr) == (0, "")
    path = FOLDER / f"{name}.txt"
    text = f"$ {shlex.join(['telemetry', *words])}\n{printed.stdout}".replace("\x1b", ESCAPE)
    if os.environ.get("TRANSCRIPTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        pytest.skip(f"written: {path.name}")
    assert path.read_text() == text, f"{path.name} differs; if that is right: TRANSCRIPTS=write"


def _command(words: Sequence[str], now: int | None) -> list[str]:
    start = ["-m", "cli"] if now is None else ["-c", _AT_A_FIXED_TIME.format(now=now)]
    return [sys.executable, *start, *words]


def _environment(folder: Path, changes: Mapping[str, str] | None) -> dict[str, str]:
    code = {"PYTHONPATH": str(FOLDER.parents[1])}  # this checkout's, from any working folder
    return {"HOME": str(folder), "LANG": "C.UTF-8", **inherited(), **code, **(changes or {})}


def _read(master: int) -> bytes:
    """Read what a terminal shows until its programs have ended; Linux reports that end as an error."""
    parts = []
    while True:
        try:
            part = os.read(master, 65_536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)
