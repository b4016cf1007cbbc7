"""Measures a first merge, a merge without changes, and a merge with a thousand new records.

A bare loop that opens and reads the same files runs before and after, for comparison. The promises apply to a million records:
`MERGE_RECORDS=1000000 make bench BENCH=merge` (a quarter of an hour, 5 GB of disk). By default a tenth of that is merged. There,
starting a process costs as much as a thousand files, so the ratios are reported without a promise.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks.records import write
from benchmarks.results import Result

RECORDS = int(os.environ.get("MERGE_RECORDS", "100000"))
NEW = 1_000
_PROMISED_FROM = 1_000_000
LAST_MINUTE = 61.0
"""Seconds: whoever follows a folder looks twice at very many files of the last minute, which nobody else makes."""


class _Ran(NamedTuple):
    seconds: float
    peak: int
    files: int
    rejected: int
    added: int


def run() -> list[Result]:
    """Measure merges in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="telemetry-merge-") as workspace:
        folder, database = Path(workspace, "records"), Path(workspace, "telemetry.duckdb")
        paths = write(folder, RECORDS)
        time.sleep(LAST_MINUTE)
        before = _loop(paths)
        first, second = _merge(folder, database), _merge(folder, database)
        write(folder, NEW, first=RECORDS)
        third = _merge(folder, database)
        loop = (before + _loop(paths)) / 2
        size = database.stat().st_size
    _check(first, RECORDS)
    _check(second, 0)
    _check(third, NEW)
    results = [
        Result(f"a bare loop over {RECORDS:,} files", loop, "s"),
        Result("the first merge ÷ the loop", first.seconds / loop, "", 2.5),
        Result("its peak of memory", first.peak / 1e9, "GB", 1.5),
        Result("the second merge ÷ the first", second.seconds / first.seconds, "", 0.1),
        Result(f"a merge of {NEW:,} new among them ÷ the loop", third.seconds / loop, "", 0.15),
        Result("the database, per record", size / RECORDS, "B"),
    ]
    return results if RECORDS >= _PROMISED_FROM else [result._replace(promise=None) for result in results]


def _loop(paths: Iterable[str]) -> float:
    start = time.perf_counter()
    for path in paths:
        with open(path, "rb") as file:  # noqa: PTH123 (nothing between the loop and the file)
            file.read()
    return time.perf_counter() - start


def _merge(folder: Path, database: Path) -> _Ran:
    command = [sys.executable, "-m", "benchmarks.merge_once", str(folder), str(database)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 (our own)
    return _Ran(**json.loads(output))


def _check(ran: _Ran, expected: int) -> None:
    if (ran.files, ran.rejected, ran.added) != (expected, 0, expected):
        raise RuntimeError(f"not merged as it should be: {ran}")
