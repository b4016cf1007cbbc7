"""One database with all worlds: random histories, the cases from the field in both schemas, worlds of our own, and every metric.

Each gets repositories and ids of its own, so that they fit into one database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from duckdb import DuckDBPyConnection

from core.events import plain
from tests.histories import cases
from tests.histories.extend import Record
from tests.histories.random_histories import history
from tests.integration.warehouse import answers
from tests.integration.warehouse.own_worlds.world import owner_of, placed_records, renamed
from tests.integration.warehouse.test_own_worlds import TABLES, WORLDS
from tests.unit.warehouse import record_factory
from warehouse import catalog, views
from warehouse.measures import certainty_sql, measure_sql, measures
from warehouse.periods import recent
from warehouse.services import parsed

HISTORIES = 4
_FIRST_PLACE = 3_000
"""After the numbers of random histories."""


def records() -> tuple[list[Record], dict[str, Any]]:
    """Return the records of all worlds, and services.toml."""
    listed: list[Record] = [plain(record_factory.record(metric).event) for metric in record_factory.PAYLOADS]
    settings: dict[str, Any] = {table: {} for table in TABLES}
    for place, (found, services) in enumerate(_worlds(), _FIRST_PLACE):
        listed += placed_records(found, place)
        for table, content in renamed(services, owner_of(place)).items():
            settings[table] |= content
    for seed in range(HISTORIES):
        of_seed = history(seed)
        listed += of_seed.records
        for table, content in of_seed.services.items():
            settings[table] |= content
    return listed, settings


def _worlds() -> Iterator[tuple[list[Record], dict[str, Any]]]:
    """Yield records and settings of each world whose settings are of its own repositories."""
    for world in WORLDS:
        if set(world.services) <= TABLES:
            yield world.records, world.services
    for name in cases.NAMES:
        case = cases.load(name)
        yield case.in_schema_2(), case.services
        yield case.records, case.services


@contextmanager
def database() -> Iterator[DuckDBPyConnection]:
    """Yield a database of all worlds with its models as DuckDB computes them."""
    listed, settings = records()
    with answers.merged(listed) as connection:
        catalog.create(connection, parsed(settings))
        views.materialize(connection)
        yield connection


def add_evidence(connection: DuckDBPyConnection) -> None:
    """Create what the statement of the numbers reads: the report's periods, and the rows of all measures."""
    periods = [(place, *period) for place, period in enumerate(recent(answers.LATER))]
    connection.execute(
        "CREATE TEMP TABLE periods (position BIGINT, kind VARCHAR, name VARCHAR, starts_at TIMESTAMP, ends_at TIMESTAMP)"
    )
    connection.executemany("INSERT INTO periods VALUES (?, ?, ?, make_timestamp_ms(?), make_timestamp_ms(?))", periods)
    rows = " UNION ALL ".join(
        f"SELECT '{measure.name}' AS measure, host, repository_key, environment, happened_at, value, why, "
        f"{certainty_sql(measure.name)} AS certainty FROM ({measure_sql(measure.name)}\n)"
        for measure in measures()
    )
    connection.execute(f"CREATE TEMP TABLE evidence AS {rows}")
