"""Measure the first report of merged records, and the next ones: nothing has changed, or a thousand records are new.

The new records are of two repositories, then of all: each repository is a component of its own, so a report computes two
of 40 again, then all. The promises apply from 371,542 records on (`benchmarks/prepared.py` says how to measure several sizes).
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.merge import NEW
from benchmarks.prepared import SIZES, prepared
from benchmarks.records import REPOSITORIES, write
from benchmarks.results import Result
from benchmarks.timing import cpu_of_children

_FEW = 2
"""Repositories with new records."""
_PROMISED_FROM = 371_542
"""Below that, what a build takes for any number of records is more than a tenth of a complete one."""


class _Ran(NamedTuple):
    seconds: float
    cpu: float
    peak: int
    numbers: int


def run() -> list[Result]:
    """Measure reports of each size. Raises RuntimeError if the second differs from the first."""
    return [result for size in SIZES for result in _of_size(size)]


def _of_size(size: int) -> list[Result]:
    with prepared(size) as (folder, database, _):
        first, second = _report(folder, database), _report(folder, database)
        command = _command_cpu(database)
        few = _after(folder, database, first=size, repositories=_FEW)
        many = _after(folder, database, first=2 * size, repositories=REPOSITORIES)
    if not first.numbers or first.numbers != second.numbers:
        raise RuntimeError(f"the reports differ: {first}, {second}")
    promise = 0.1 if size >= _PROMISED_FROM else None
    prefix = f"{size:,} records"
    return [
        Result(f"{prefix}: the first report, CPU", first.cpu, "s"),
        Result(f"{prefix}: its peak of memory", first.peak / 1e9, "GB", 1.5),
        Result(f"{prefix}: the next one when nothing changed", second.seconds, "s", 1.0),
        Result(f"{prefix}: its CPU", second.cpu, "s"),
        Result(f"{prefix}: its peak of memory when nothing changed", second.peak / 1e9, "GB"),
        Result(f"{prefix}: `telemetry report` of the database then, CPU", command, "s", 1.0),
        Result(
            f"{prefix}: after {NEW:,} new ones of {_FEW} repositories ÷ the first, CPU",
            few.cpu / first.cpu,
            "",
            promise,
        ),
        Result(f"{prefix}: after {NEW:,} new ones of all {REPOSITORIES} ÷ the first, CPU", many.cpu / first.cpu, ""),
    ]


def _after(folder: Path, database: Path, *, first: int, repositories: int) -> _Ran:
    """Report after new records, which are removed again: the folder may be that of other runs, the database is a copy."""
    written = write(folder, NEW, first=first, repositories=repositories)
    try:
        return _report(folder, database)
    finally:
        for path in written:
            Path(path).unlink()


def _command_cpu(database: Path) -> float:
    """Return the CPU seconds of the whole command, from the start of Python to the text, of the fastest of three.

    The first one computes the numbers of today's periods, which are not those of `report_once`: so it is of a copy.
    """
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder, database.name)
        shutil.copy(database, own)
        command = [sys.executable, "-m", "cli", "report", str(own)]
        for _ in range(3):
            before = cpu_of_children()
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (our own)
            seconds.append(cpu_of_children() - before)
    return min(seconds)


def _report(folder: Path, database: Path) -> _Ran:
    command = [sys.executable, "-m", "benchmarks.report_once", str(folder), str(database)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 (our own)
    return _Ran(**json.loads(output))
