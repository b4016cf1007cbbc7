"""Merges a folder into a database, in a process of its own, and says how long it took and how much memory.

`python -m benchmarks.merge_once FOLDER DATABASE`; what Python itself takes to start is not counted.
"""

import json
import resource
import sys
import time

from core.stores.folder_reader import FolderReader
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source

if __name__ == "__main__":
    folder, database = sys.argv[1:]
    start = time.perf_counter()
    with open_database(database) as connection:
        merged = merge(connection, Source(FolderReader(folder), folder))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "peak": peak, **merged._asdict()}))
