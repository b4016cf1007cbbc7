"""A number that was measured beside what we promise of it; a table of them; RESULTS.md, where they are recorded."""

import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "RESULTS.md"
_HEAD = """# What was measured

Written by `python -m benchmarks --write`: each section when its benchmark was last recorded, and on which machine. Run it
on yours: the ratios should be alike, the times need not be. These machines are shared; where a time is promised, it is
the median of the quietest of twenty stretches (`benchmarks/timing.py`), and the median of all runs stands beside it.
"""
_CPU = Path("/proc/cpuinfo")


class Result(NamedTuple):
    """One number; less is better wherever something is promised."""

    name: str
    value: float
    unit: str
    promise: float | None = None
    """The most that it may be; None: nothing is promised."""

    @property
    def is_met(self) -> bool:
        """Return whether the limit holds; NaN never does."""
        return self.promise is None or self.value <= self.promise


def table(title: str, results: Sequence[Result]) -> Table:
    """Return the results as a table for a terminal."""
    output = Table("", "measured", "promised", "", title=title, title_justify="left")
    for result in results:
        style = "" if result.promise is None else "green" if result.is_met else "red"
        output.add_row(*_row(result), style=style)
    return output


def section(title: str, results: Sequence[Result], day: str, on: str) -> str:
    """Return the results as a section of RESULTS.md."""
    rows = "".join(f"| {' | '.join(_row(result))} |\n" for result in results)
    return f"## {title}\n\n{day}, {on}\n\n| | measured | promised | |\n| --- | ---: | ---: | --- |\n{rows}"


def replace_section(text: str, title: str, section: str) -> str:
    """Return RESULTS.md with a section added, or replaced if its title exists; the sections are sorted."""
    parts = re.split(r"(?m)^(?=## )", text)
    sections = {part.splitlines()[0].removeprefix("## "): part.strip() + "\n" for part in parts[1:]}
    sections[title] = section.strip() + "\n"
    return "\n".join([_HEAD, *(sections[name] for name in sorted(sections))])


def record(title: str, results: Sequence[Result], day: str, path: Path = RESULTS) -> None:
    """Record the results in RESULTS.md."""
    before = path.read_text() if path.exists() else ""
    path.write_text(replace_section(before, title, section(title, results, day, machine())))


def show(title: str, results: Sequence[Result], console: Console) -> None:
    """Print the results."""
    console.print(table(title, results))


def machine() -> str:
    """Describe the processor, its usable cores and the Python version, without naming the machine."""
    model = re.search(r"(?m)^model name\s*: (.+)$", _CPU.read_text()) if _CPU.exists() else None
    name = " ".join((model[1] if model else platform.processor() or platform.machine()).split())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} cores, {platform.system()}, Python {platform.python_version()}"


def _row(result: Result) -> tuple[str, str, str, str]:
    promised = "" if result.promise is None else f"≤ {format_number(result.promise, result.unit)}"
    verdict = "" if result.promise is None else "kept" if result.is_met else "BROKEN"
    return result.name, format_number(result.value, result.unit), promised, verdict


def format_number(value: float, unit: str) -> str:
    """Round to three digits, but never before the decimal point."""
    return f"{value:,.{max(0, 2 - len(str(int(abs(value)))) + (abs(value) < 1) + 1)}f} {unit}".strip()
