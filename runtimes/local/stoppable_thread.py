"""Runs a loop in a thread that stops within a time: what the loop is doing then knows how long it may still take."""

import threading
import time
from collections.abc import Callable
from math import inf

_WORK = 0.8
"""The work's share of the time to stop; the rest is for recording what was done."""


class StoppableThread:
    """A thread, and the time limit of what it is doing. Thread-safe."""

    def __init__(self, name: str, loop: Callable[[], None], *, daemon: bool = False) -> None:
        """Create a thread that calls `loop`, which returns soon after `is_stopping`; a `daemon` ends with the process."""
        self._stopping = threading.Event()
        self._ends = self._stopped_by = inf
        self._thread = threading.Thread(target=loop, name=name, daemon=daemon)

    @property
    def is_stopping(self) -> bool:
        """Whether no further work is to begin."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Start the loop."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Let no further work begin, and wait up to `timeout` seconds for the end of the loop."""
        self._stopped_by = time.monotonic() + timeout * _WORK
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def wait(self, seconds: float) -> None:
        """Wait, at most until the thread is to stop."""
        self._stopping.wait(seconds)

    def limit(self, seconds: float) -> None:
        """Give the work that begins now this many seconds."""
        self._ends = time.monotonic() + seconds

    def seconds_left(self) -> float:
        """Return the seconds until the current work must end."""
        return min(self._ends, self._stopped_by) - time.monotonic()
