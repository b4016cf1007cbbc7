"""Put the statements of an engine's ingest in order: `landed`, the typed rows since a day, the facts, and the view of the rejects."""

import re
from collections.abc import Iterator

from warehouse.engines import landing_tables
from warehouse.engines.ingest_sql import REJECTS, fact_queries
from warehouse.engines.landing_tables import ENGINES, FIRST_DAY, REFRESHES
from warehouse.engines.script import Target, create_dataset

_REFERENCE = re.compile(
    rf"\b(FROM|JOIN|INTO|EXISTS|OVERWRITE TABLE) (landed|landed_\w+|repository_names|{REFRESHES})\b"
)
"""A name of a table in the statements of the ingest."""


def ingest_statements(target: Target, since: str = FIRST_DAY) -> Iterator[str]:
    """Yield the statements that read what landed since a day (YYYY-MM-DD) and make each fact once, in order.

    `{location}/landing` is the landing: the location is that of the records.
    """
    engine = ENGINES[target.engine]
    folder = f"{target.folder}/typed"  # not below `models/`, whose old folders are deleted
    yield from create_dataset(target)
    for statement in landing_tables.definitions(engine, f"{target.location}/landing", folder):
        yield _qualified(target, statement)
    for statement in landing_tables.refresh(engine, f"'{since}'", target.location):
        yield _qualified(target, statement)
    for name, query in fact_queries(engine.functions):
        if name == REJECTS:
            yield f"CREATE OR REPLACE VIEW {target.table(name)} AS\n{_qualified(target, query)}"
        else:
            yield from target.create_table(name, _qualified(target, query))


def since_query(target: Target) -> str:
    """Return the query of the day from which the next refresh must read."""
    return _qualified(target, landing_tables.since_query(ENGINES[target.engine]))


def _qualified(target: Target, statement: str) -> str:
    """Return a statement with the dataset of its tables; Spark's `landed` is a temporary view, which has none."""

    def qualified(match: re.Match[str]) -> str:
        name = match[2] if match[2] == "landed" and target.engine == "spark" else target.table(match[2])
        return f"{match[1]} {name}"

    return _REFERENCE.sub(qualified, statement)
