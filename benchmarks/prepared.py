"""Write records of a size and merge them; once, if BENCH_FOLDER names a folder for them.

`BENCH_SIZES="100000 371542 1000000" BENCH_FOLDER=build/bench make bench BENCH="dashboard report"`. By default there is one size,
that of `MERGE_RECORDS`, and everything is temporary.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.merge import LAST_MINUTE, RECORDS
from benchmarks.records import write

SIZES = tuple(int(size) for size in os.environ.get("BENCH_SIZES", str(RECORDS)).split())
_FOLDER = os.environ.get("BENCH_FOLDER")


class Prepared(NamedTuple):
    """What a benchmark works with; the records stay as they are, because other benchmarks use them."""

    records: Path
    database: Path
    """A copy of the merged database, in which no model has been computed."""
    workspace: Path
    """A temporary folder."""


@contextmanager
def prepared(size: int) -> Iterator[Prepared]:
    """Yield records of a size; an earlier run's are used again, with its merged database."""
    with tempfile.TemporaryDirectory(prefix="telemetry-bench-") as temporary:
        folder, database = Path(_FOLDER or temporary, str(size)), Path(temporary, "telemetry.duckdb")
        if not (folder / "merged.duckdb").exists():
            _prepare(folder, size)
        shutil.copyfile(folder / "merged.duckdb", database)
        yield Prepared(folder / "records", database, Path(temporary))


def _prepare(folder: Path, size: int) -> None:
    """Write the records and merge them; a run that is interrupted is repeated from the start."""
    part = folder / "part.duckdb"
    for file in folder.glob("part.duckdb*"):
        file.unlink()
    write(folder / "records", size)
    time.sleep(LAST_MINUTE)
    command = [sys.executable, "-m", "benchmarks.merge_once", str(folder / "records"), str(part)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (our own)
    part.rename(folder / "merged.duckdb")
