"""Runs Terraform so that it can always write its state: signals are passed on, and its end is awaited.

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

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Result(NamedTuple):
    """How a run ended."""

    code: int
    errors: str
    """What it wrote to its standard error, which was shown as well."""
    interrupted: bool


def run(command: Sequence[str], environment: Mapping[str, str]) -> Result:
    """Run a command to its end, its output shown as it comes.

    It has a session of its own: a Ctrl-C reaches it once, from here, and not a second time from the terminal.
    """
    with _passing_on_signals() as signals:
        process = subprocess.Popen(
            command, env=dict(environment), stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True
        )
        signals.process = process
        lines = []
        for line in process.stderr or ():
            lines.append(line)
            with suppress(OSError, ValueError):  # whoever read us is gone; Terraform goes on
                sys.stderr.write(line)
                sys.stderr.flush()
        return Result(process.wait(), "".join(lines), signals.received)


class _Signals:
    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.received = False

    def pass_on(self, _number: int, _frame: FrameType | None) -> None:
        self.received = True
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)


@contextmanager
def _passing_on_signals() -> Iterator[_Signals]:
    signals = _Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    before = {number: signal.signal(number, signals.pass_on) for number in _SIGNALS}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
