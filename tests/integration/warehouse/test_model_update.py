"""Models that are computed again by component are those of a new database, in whatever order the records arrive."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from tests.histories.extend import Record
from tests.integration.warehouse.answers import LATER, _file
from tests.integration.warehouse.random_batches import batches
from tests.unit.warehouse.scenarios import Files
from warehouse import catalog, model_state, views
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.report.build import build
from warehouse.services import Services
from warehouse.sql_files import model_names

NOW = 1_764_500_000_000


def merged(connection: DuckDBPyConnection, records: Iterable[Record], name: str) -> None:
    files = {f"{number}/{path}": text for number, (path, text) in enumerate(map(_file, records))}
    merge(connection, Source(Files(files), name), now=lambda: LATER)


def tables(connection: DuckDBPyConnection) -> dict[str, list[Any]]:
    """Return the rows of all models and of all tables that Python makes for them, and of the numbers."""
    names = [*model_names(), *(table.name for table in catalog.TABLES)]
    stored = sorted(name for name in model_state.built_tables(connection) if name.startswith("report_"))
    return {
        name: connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
        for name, table in [*((name, name) for name in names), *((name, f"models.{name}") for name in stored)]
    }


def differences(seed: int, count: int = 4) -> Iterator[str]:
    """Yield what differs from a new database after each batch."""
    services, parts = batches(seed, count)
    arrived: list[Record] = []
    with open_database(":memory:") as updated:
        for number, part in enumerate(parts):
            arrived += part
            merged(updated, part, f"batch {number}")
            report = build(updated, services=services, source="test", now=NOW)
            with open_database(":memory:") as new:
                for earlier in range(number + 1):
                    merged(new, parts[earlier], f"batch {earlier}")
                expected = build(new, services=services, source="test", now=NOW)
                right, found = tables(new), tables(updated)
            yield from (f"batch {number}: {name}" for name in right if right[name] != found.get(name))
            if report != expected:
                yield f"batch {number}: the report"


@pytest.mark.parametrize("seed", range(3))
def test_each_batch_gives_the_models_of_a_new_database(seed: int) -> None:
    assert list(differences(seed)) == []
