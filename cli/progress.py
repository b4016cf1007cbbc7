"""Shows on a terminal what a command does now, and how far it is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Stages:
    """The one line of a progress display, which names the current stage by what it does."""

    def __init__(self, display: Progress, line: TaskID) -> None:
        self._display = display
        self._line = line

    def begin(self, what: str) -> None:
        """Show a stage without a known length."""
        self._display.reset(self._line, total=None, description=what)
        self._display.refresh()  # it may be over before the display is drawn the next time

    def advance(self, done: int, total: int) -> None:
        """Show how many files are merged (a core.progress.ProgressCallback)."""
        self._display.update(self._line, completed=done, total=total, description=f"merge {done:,} of {total:,} files")

    def end(self) -> None:
        """Remove the line, before something else is printed."""
        self._display.stop()


@contextmanager
def stages() -> Iterator[Stages]:
    """Yield the stages of a command; they are shown if the standard error is a terminal, and removed at the end."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns,
        console=console,
        transient=True,
        redirect_stdout=False,  # the output may be a pipe or a file
        redirect_stderr=False,
        disable=not sys.stderr.isatty(),  # FORCE_COLOR does not make a pipe a terminal
    ) as display:
        shown = Stages(display, display.add_task("", total=None))
        shown.begin("list the files")
        yield shown
