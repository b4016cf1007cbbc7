"""Read the SQL's answers to histories in the form of the oracle's, so that both can be compared with the right ones."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from duckdb import DuckDBPyConnection

from tests.histories.extend import Record
from tests.oracle.items import Item, Key, unknown
from tests.oracle.measures import Measures
from tests.unit.warehouse.database_cache import Files, cached, with_models
from tests.unit.warehouse.scenarios import NETWORK_ERROR, NO_WHOLE_ITEMS
from warehouse import catalog, views
from warehouse.database import open_database
from warehouse.evidence import evidence
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.measures import measures
from warehouse.report.model import Evidence, Measure
from warehouse.services import parsed

LATER = 1_800_000_000_000
"""After each history has happened: a record of the future is rejected."""
_answers: dict[object, Measures] = {}
NO_ENVIRONMENT = "none"
"""An item of a DORA measure that belongs to no environment; the oracle's "" means the whole service."""


def sql_answers(records: Iterable[Record], services: dict[str, Any] | None = None) -> Measures:
    """Return the items of each measure as the SQL has them, by service, environment and item; durations in ms."""
    listed, settings = list(records), parsed(services or {})

    def compute() -> Measures:
        with merged(listed) as connection:
            catalog.create(connection, settings)
            return answers(connection)

    key = (tuple(map(file, listed)), settings.model_dump_json())
    found: Measures = defaultdict(dict)
    found.update({name: dict(items) for name, items in cached(_answers, key, compute).items()})
    return found


def sql_items(measure: str, records: Iterable[Record], services: dict[str, Any] | None = None) -> dict[Key, Item]:
    """Return the items of one measure that have an environment, as `sql_answers` does, from the models that it builds on."""
    connection = with_models(measure, dict(map(file, records)), parsed(services or {}), LATER)
    connection.execute(NO_WHOLE_ITEMS)
    rows = [row for row in evidence(connection, measure) if row.environment]
    return {(row.service, row.environment, row.item): _item(row) for row in rows}


def answers(connection: DuckDBPyConnection) -> Measures:
    """Return the items of a database with a catalog; its models are made again."""
    views.materialize(connection)
    return items_of(connection, measures())


def items_of(connection: DuckDBPyConnection, chosen: Iterable[Measure]) -> Measures:
    """Return the items of these measures, of all of DORA's if of one, from the models that are there."""
    found: Measures = defaultdict(dict)
    rows = {measure: list(evidence(connection, measure.name)) for measure in chosen}
    dora = [row for measure, found_rows in rows.items() if measure.is_dora for row in found_rows]
    own = {(row.service, row.item.removeprefix("of ")) for row in dora if row.environment}
    several = {
        row.service for row in dora if not row.environment and (row.service, row.item.removeprefix("of ")) in own
    }
    for measure, found_rows in rows.items():
        for row in found_rows:
            is_own = (row.service, row.item.removeprefix("of ")) in own
            is_of_none = measure.is_dora and not row.environment and not is_own
            found[measure.name][row.service, NO_ENVIRONMENT if is_of_none else row.environment, row.item] = _item(row)
    _add_services_with_one_environment(found, {measure.name for measure in rows if measure.is_dora}, several)
    return found


@contextmanager
def merged(records: Iterable[Record]) -> Iterator[DuckDBPyConnection]:
    """Yield a database with these records merged."""
    files = dict(file(record) for record in records)
    with open_database(":memory:") as connection:
        assert merge(connection, Source(Files(files), "test"), now=lambda: LATER).rejected == 0
        yield connection


def _add_services_with_one_environment(found: Measures, dora: set[str], several: set[str]) -> None:
    """Add the items of services with one environment: the SQL does not repeat those of the environment."""
    for measure in dora:
        found[measure] |= {
            (service, "", item): value
            for (service, environment, item), value in found[measure].items()
            if service not in several and environment != NO_ENVIRONMENT
        }
    if "change_lead_time_last" in found:
        found["change_lead_time_last"] |= {
            key: item for key, item in found["change_lead_time"].items() if not key[1] and key[0] not in several
        }


def _item(row: Evidence) -> Item:
    if row.value is None:
        return unknown(row.why or "")
    return Item(row.value, row.certainty, row.why or "")


def file(record: Record) -> tuple[str, bytes]:
    """Return the path and content of a record's file."""
    suffix = ".partial.json" if record["status"] == NETWORK_ERROR else ".json"
    return record["id"] + suffix, (json.dumps(record) + "\n").encode()
