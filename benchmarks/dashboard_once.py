"""Write the dashboard of a folder of records in a process of its own, and print how long it took and how much memory.

`python -m benchmarks.dashboard_once FOLDER DATABASE PAGES`; the merge and the report are not counted.
"""

import json
import resource
import sys
import time
from pathlib import Path

from benchmarks.report_once import NOW
from core.stores.folder_reader import FolderReader
from warehouse.dashboard import pages
from warehouse.database import open_database
from warehouse.evidence import evidence
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.report.build import build


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    folder, database, output = sys.argv[1:]
    sizes = []
    with open_database(database) as connection:
        merge(connection, Source(FolderReader(folder), folder))
        report = build(connection, source=folder, now=NOW)
        before, cpu = _peak(), time.process_time()
        for name, html in pages(report, evidence(connection), "dashboard.html"):
            path = Path(output, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            sizes.append(path.write_text(html, "utf-8"))
        cpu = time.process_time() - cpu
    made = {"pages": len(sizes), "bytes": sum(sizes), "largest": max(sizes), "cpu": cpu, "added": _peak() - before}
    sys.stdout.write(json.dumps(made))
