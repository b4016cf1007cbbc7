"""Runs Terraform so that it can always write its state: forwards signals and waits until it exits.

Terraform ends in order after one interrupt ("Interrupt received. Please wait for Terraform to exit or data loss may occur."), and at once
after a second: https://github.com/hashicorp/terraform/blob/main/internal/command/apply.go.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NamedTuple

_MAY_BE_IGNORED: signal.Signals | None = getattr(signal, "SIGHUP", None)  # Windows has none
_SIGNALS = (signal.SIGINT, signal.SIGTERM, *((_MAY_BE_IGNORED,) if _MAY_BE_IGNORED else ()))
"""SIGHUP is ignored by nohup. SIGINT is handled even if a shell started this background process with SIGINT ignored."""


class Result(NamedTuple):
    """Result of a run."""

    code: int
    errors: str
    """Standard error, which was also printed."""
    interrupted: bool


def run(command: Sequence[str], environment: Mapping[str, str]) -> Result:
    """Run a command to completion and print its output as it arrives.

    The command gets a new session, so that Ctrl-C reaches it once, from here, and not again from the terminal.
    """
    with (
        passing_on_signals() as signals,
        subprocess.Popen(
            command, env=dict(environment), stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True
        ) as process,
    ):
        signals.watch(process)
        lines = []
        for line in process.stderr or ():
            lines.append(line)
            with suppress(OSError, ValueError):  # the reader has closed the pipe; Terraform continues
                sys.stderr.write(line)
                sys.stderr.flush()
        return Result(process.wait(), "".join(lines), signals.received)


class Signals:
    """Whether a signal was received, and the process that gets an interrupt then."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self.received = False
        self._passed_on = False

    def pass_on(self, _number: int, _frame: FrameType | None) -> None:
        """Remember a signal and interrupt the process."""
        self.received = True
        if self._process is not None and self._process.poll() is None:
            self._passed_on = True
            self._process.send_signal(signal.SIGINT)

    def watch(self, process: "subprocess.Popen[str]") -> None:
        """Forward signals to a process, including one that arrived while it was starting."""
        self._process = process
        if self.received and not self._passed_on:
            self.pass_on(signal.SIGINT, None)


@contextmanager
def passing_on_signals() -> Iterator[Signals]:
    """Receive signals to end, and pass on an interrupt to the process that is watched."""
    signals = Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    ignored = _MAY_BE_IGNORED is not None and signal.getsignal(_MAY_BE_IGNORED) is signal.SIG_IGN
    passed_on = [number for number in _SIGNALS if not (ignored and number == _MAY_BE_IGNORED)]
    before = {number: signal.signal(number, signals.pass_on) for number in passed_on}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
