"""Any order, any duplication, any chunking, killed at any point: the same database."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from core.errors import Unavailable
from core.stores.folder_reader import FolderReader
from tests.builders import NOW
from tests.integration.warehouse.ingest.test_ledger_files import PATH, SETTLED, WRITTEN
from tests.integration.warehouse.ingest.test_ledger_files import text as ledger
from tests.unit.warehouse.record_factory import (
    METRICS,
    Files,
    content,
    database,
    dumped,
    files,
    merged,
    original,
    record,
    text,
)
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source

LATER = NOW + 60_000


def pool() -> list[dict[str, bytes]]:
    """Return files of a few facts: versions, network errors, renames, copies, original records and invalid ones."""
    records = [record(metric) for metric in METRICS]
    again = [record(metric, received_at=LATER) for metric in METRICS]
    failed = [record(metric, status="networkError", received_at=LATER) for metric in ("deployment", "commits-per-pr")]
    renamed = [
        record("review", repository__name="renamed", received_at=LATER),
        record("check-suite", check_suite__updated_at="2026-11-21T00:00:00Z", received_at=NOW - 1),
        record("tooling-usage", repo="renamed"),
        record("tooling-usage", repository_id=186853002, status="networkError"),
    ]
    ours = [files(item) for item in (*records, *again, *failed, *renamed)]
    theirs = [original(entry, created_at=NOW + n) for n, entry in enumerate((*records, *renamed))]
    elsewhere = [{f"copy/{path}": text for path, text in item.items()} for item in (*ours[::3], *theirs[::3])]
    broken = {"bad.json": b"{", "octo-org/hello-world/review/x.json": text(records[0], output__id=-1)}
    return [*ours, *theirs, *elsewhere, broken, {PATH: ledger(WRITTEN)}, {f"copy/{PATH}": ledger(SETTLED)}]


POOL = pool()


class Killed(Exception):
    """Stops a merge as a kill would."""


def of_the_pool(*places: int) -> dict[str, bytes]:
    return {path: text for index in places for path, text in POOL[index].items()}


def chosen(draw: Callable[..., Any]) -> dict[str, bytes]:
    places = draw(some.lists(some.integers(0, len(POOL) - 1), min_size=1, max_size=14))
    return of_the_pool(*places)


@settings(max_examples=20)
@given(some.data())
def test_the_same_files_make_the_same_database_in_any_order_or_if_killed(data: Any) -> None:
    contents = chosen(data.draw)
    with database(contents, name="one") as expected, open_database(":memory:") as connection:
        store = Files()
        order = data.draw(some.permutations(sorted(contents)))
        for path in [*order, *data.draw(some.lists(some.sampled_from(order), max_size=4))]:
            store.put({path: contents[path]})
            if data.draw(some.booleans()):
                merge_or_die(connection, store, data)
        merged(connection, store, name="one")
        assert dumped(connection) == dumped(expected)


def merge_or_die(connection: Any, store: Files, data: Any) -> None:
    """Merge, and possibly fail in a read or between two transactions."""
    at = data.draw(some.integers(0, 6))
    store.reads, store.fails_at = 0, at

    def advance(done: int, _: int) -> None:
        if done and data.draw(some.booleans()):
            raise Killed

    with suppress(Killed, Unavailable):
        merged(connection, store, name="one", files=data.draw(some.integers(1, 5)), advance=advance)
    store.fails_at = -1


@settings(max_examples=8)
@given(some.data())
def test_the_order_of_several_sources_does_not_change_the_facts(data: Any) -> None:
    sources = [chosen(data.draw) for _ in range(3)]
    dumps = []
    for order in (range(3), data.draw(some.permutations(range(3)))):
        with open_database(":memory:") as connection:
            for index in order:
                merged(connection, Files(sources[index]), name=str(index))
            dumps.append(dumped(connection))
    assert dumps[0] == dumps[1]


MERGING = """
import sys, time
from core.stores.folder_reader import FolderReader
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source

def progress(done, total):
    print(done, flush=True)

with open_database(sys.argv[2]) as connection:
    merge(connection, Source(FolderReader(sys.argv[1]), "one"), progress, lambda: int(sys.argv[3]), files=20)
"""


def test_a_merge_after_a_killed_one_completes_the_database(tmp_path: Path) -> None:
    folder, file = tmp_path / "records", tmp_path / "telemetry.duckdb"
    records = [record("check-suite", check_suite__id=number) for number in range(400)]
    for item in records:
        path = folder / item.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(item))
    command = [sys.executable, "-c", MERGING, str(folder), str(file), str(NOW)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(HERE)}
    ) as child:
        assert child.stdout is not None
        while int(child.stdout.readline()) < 100:
            pass
        child.send_signal(signal.SIGKILL)
        child.wait()
    with open_database(file) as connection:
        row_count = connection.execute("SELECT count(*) FROM check_suite").fetchall()[0][0]
        assert 80 <= row_count < 400
        merge(connection, Source(FolderReader(folder), "one"), now=lambda: NOW)
        with database(files(*records), name="one") as expected:
            assert dumped(connection) == dumped(expected)


HERE = Path(__file__).parents[4]
