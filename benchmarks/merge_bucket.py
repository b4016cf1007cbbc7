"""Measure a merge from a bucket whose records were merged before: nothing is new, or a thousand records in one batch.

Side by side: by the landing files, and by listing every object, as of a bucket without them. The bucket is in memory and lists a
thousand keys a request, as S3 does; the CPU seconds include the computing of its keys. What an upsert into a large database takes
is measured by `merge`, so the database is empty here.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.records import write
from benchmarks.results import Result

SIZES = (100_000, 1_000_000)
NEW = 1_000
_WAYS = {"landing": "by the landing", "listing": "by listing every object"}
_REQUESTS = 6
"""Promised for nothing new and for one new batch, whatever the size: three lists, and a read of the batch."""


class _Ran(NamedTuple):
    added: int
    cpu: float
    memory: int
    requests: int


def run() -> list[Result]:
    """Measure both ways at each size. Raises RuntimeError if not all new records are merged."""
    return [result for size in SIZES for new in (0, NEW) for way in _WAYS for result in _results(size, new, way)]


def _results(size: int, new: int, way: str) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), new, first=size)
        ran = _merge(size, way, folder)
    if ran.added != new:
        raise RuntimeError(f"not merged as it should be: {ran}")
    name = f"{size:,} landed, {new:,} new, {_WAYS[way]}"
    promised = way == "landing"
    yield Result(f"{name}: requests", ran.requests, "", _REQUESTS if promised else None)
    yield Result(f"{name}: CPU", ran.cpu, "s", 1.0 if promised else None)
    yield Result(f"{name}: more memory", ran.memory / 1e6, "MB", 100 if promised else None)


def _merge(size: int, way: str, folder: str) -> _Ran:
    command = [sys.executable, "-m", "benchmarks.merge_bucket_once", str(size), way, folder]
    output = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 (our own)
    return _Ran(output["added"], output["cpu"], output["memory"], output.get("LIST", 0) + output.get("GET", 0))
