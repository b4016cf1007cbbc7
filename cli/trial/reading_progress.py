"""Shows how far a trial has read: a bar on a terminal, a line from time to time elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cli import console

_BETWEEN_LINES = 15.0
"""Seconds."""


class ReadingProgress:
    """The progress of a repository or an owner, on standard error."""

    def __init__(self, name: str, what: str = "items", now: Callable[[], float] = time.monotonic) -> None:
        """Show nothing yet; `what` is counted, in the plural."""
        columns = (
            TextColumn(f"read {name}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(what),
            TimeRemainingColumn(),
        )
        self._is_terminal = sys.stderr.isatty()
        self._display = Progress(*columns, console=Console(stderr=True), transient=True, disable=not self._is_terminal)
        self._name = name
        self._what = what
        self._now = now
        self._shown_at = now()
        self._task = self._display.add_task(name, total=None)

    def __enter__(self) -> Self:
        """Show the bar."""
        self._display.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar."""
        self._display.stop()

    def advance(self, done: int, total: int) -> None:
        """Show how many are done."""
        self._display.update(self._task, completed=done, total=total)
        if not self._is_terminal and self._now() - self._shown_at >= _BETWEEN_LINES:
            self._shown_at = self._now()
            console.echo(f"{self._name}: {done:,} of {total:,} {self._what}", err=True)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Remove the bar while something else is printed."""
        self._display.stop()
        try:
            yield
        finally:
            self._display.start()
