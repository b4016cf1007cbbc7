"""Report on a folder of records in a process of its own, and print how long it took and how much memory.

`python -m benchmarks.report_once FOLDER DATABASE`; what Python itself takes to start is not counted.
"""

import json
import resource
import sys
import time

from core.stores.folder_reader import FolderReader
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.report.build import build

NOW = 1_795_500_000_000
"""UNIX ms: the day of the newest records."""

if __name__ == "__main__":
    folder, database = sys.argv[1:]
    with open_database(database) as connection:
        merge(connection, Source(FolderReader(folder), folder))
        start, cpu = time.perf_counter(), time.process_time()
        report = build(connection, source=folder, now=NOW)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak, "numbers": len(report.numbers)}))
