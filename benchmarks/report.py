"""Measure the first report of merged records, and the next ones: nothing has changed, or a thousand records are new.

The new records are of two repositories, then of all: each repository is a component of its own, so a report computes two
of 40 again, then all. The promise applies to a million records: `MERGE_RECORDS=1000000 make bench BENCH=report`. By default a tenth of that is
merged.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.merge import LAST_MINUTE, NEW, RECORDS
from benchmarks.records import REPOSITORIES, write
from benchmarks.results import Result

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
    """Measure reports of a temporary folder. Raises RuntimeError if the second differs."""
    with tempfile.TemporaryDirectory(prefix="telemetry-report-") as workspace:
        folder, database = Path(workspace, "records"), Path(workspace, "telemetry.duckdb")
        write(folder, RECORDS)
        time.sleep(LAST_MINUTE)
        first, second = _report(folder, database), _report(folder, database)
        write(folder, NEW, first=RECORDS, repositories=_FEW)
        few = _report(folder, database)
        write(folder, NEW, first=2 * RECORDS)
        many = _report(folder, database)
    if not first.numbers or first.numbers != second.numbers:
        raise RuntimeError(f"the reports differ: {first}, {second}")
    promise = 0.1 if RECORDS >= _PROMISED_FROM else None
    return [
        Result(f"the first report of {RECORDS:,} records, CPU", first.cpu, "s"),
        Result("its peak of memory, with the merge", first.peak / 1e9, "GB", 1.5),
        Result("the next one when nothing changed", second.seconds, "s", 1.0),
        Result("its CPU", second.cpu, "s"),
        Result("its peak of memory", second.peak / 1e9, "GB"),
        Result(f"after {NEW:,} new records of {_FEW} repositories ÷ the first, CPU", few.cpu / first.cpu, "", promise),
        Result(f"after {NEW:,} new records of all {REPOSITORIES} ÷ the first, CPU", many.cpu / first.cpu, ""),
    ]


def _report(folder: Path, database: Path) -> _Ran:
    command = [sys.executable, "-m", "benchmarks.report_once", str(folder), str(database)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 (our own)
    return _Ran(**json.loads(output))
