"""List the tables with which the models end on another engine: the marts, which a report reads as Parquet files.

Each is a SELECT of DuckDB's SQL on facts, models and the files of `telemetry catalog`; the engine's dialect comes from
translation. Every row has as `mart_run` the run of the catalog that it was made of, so that a report never mixes two runs.
The last one, the manifest, has the rows of all others: without it a run is not complete.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from warehouse.evidence import COLUMNS, TYPES, evidence_sql, evidence_table
from warehouse.measures import measures
from warehouse.report.marts import MANIFEST, marts
from warehouse.schema.columns import BIGINT, VARCHAR, epoch_ms_sql
from warehouse.sql_files import sql_files, view_statements

FORMAT = 1
"""Increased when files of marts have another form with the same statements."""
MANIFEST_FOLDER = "manifest"
MANIFEST_COLUMNS = (("name", VARCHAR), ("row_count", BIGINT), ("mart_run", BIGINT), ("version", VARCHAR))
_OF_ENGINES = {
    "periods": (
        (("position", BIGINT), ("kind", VARCHAR), ("name", VARCHAR), ("starts_at", BIGINT), ("ends_at", BIGINT)),
        (
            f"SELECT position, kind, name, {epoch_ms_sql('starts_at')} AS starts_at, {epoch_ms_sql('ends_at')} AS ends_at "
            "FROM periods"
        ),
    ),
    "notes": ((("position", BIGINT), ("note", VARCHAR)), "SELECT position, note FROM report_notes"),
    "settings": (
        (("as_of", BIGINT), ("settings", VARCHAR), ("version", VARCHAR)),
        "SELECT as_of, settings, version FROM report_time",
    ),
}
"""What a database computes of services.toml and the clock when it reports: the catalog's files have it here."""
REJECTS_SQL = (
    "SELECT CONCAT('landing/day=', day, '/hour=', hour) AS path, '' AS source, reason FROM landed_rejects "
    "UNION ALL SELECT path, '' AS source, reason FROM ledger_rejects"
)
"""The table `rejects` on an engine: a landed line has no path of its own."""


_MAY_BE_NULL = {
    "numbers": {"value", "p75", "p90", "p95"},
    "unknown": {"why"},
    "records": {"newest_at"},
    "repositories": {"team"},
    "incidents_not_counted": {"service"},
    "ledger": {"owner"},
    "sources": {"url"},
}
_NEVER_NULL_IN_EVIDENCE = {"service", "repository", "environment", "item", "certainty", "host", "deployments"}


class MartTable(NamedTuple):
    """A mart as files."""

    name: str
    """The folder of its files."""
    table: str
    """The table on the engine, and in the database of a report."""
    columns: tuple[tuple[str, str], ...]
    """Names and DuckDB's types, without `mart_run`."""
    sql: str

    @property
    def required(self) -> tuple[str, ...]:
        """Return the columns that have a value in every row."""
        if self.table.startswith("mart_evidence_"):
            return tuple(sorted(_NEVER_NULL_IN_EVIDENCE))
        return tuple(name for name, _ in self.columns if name not in _MAY_BE_NULL.get(self.name, ()))


class Statement(NamedTuple):
    """A table or a view to be created, in order."""

    name: str
    sql: str
    """A SELECT statement of DuckDB's SQL."""
    is_view: bool = False


@cache
def mart_tables() -> dict[str, MartTable]:
    """Return all marts by name, without the manifest; those of evidence are `evidence_MEASURE`."""
    found = [MartTable(mart.name, mart.table, mart.columns, mart.sql) for mart in marts().values()]
    found += [MartTable(name, f"mart_{name}", columns, sql) for name, (columns, sql) in _OF_ENGINES.items()]
    typed = tuple((name, TYPES.get(name, VARCHAR)) for name in COLUMNS)
    for measure in measures():
        table = evidence_table(measure.name)
        found.append(MartTable(table.removeprefix("mart_"), table, typed, evidence_sql(measure.name)))
    return {mart.name: mart for mart in found}


def statements() -> Iterator[Statement]:
    """Yield the tables and views to create on an engine after the models, in order; the manifest is the last.

    They read the facts, the tables of `telemetry catalog`, the models, and `rejects` (REJECTS_SQL).
    """
    tables = mart_tables()
    evidence = [evidence_table(measure.name) for measure in measures()]
    for table in evidence:
        yield Statement(table, _with_run(tables[table.removeprefix("mart_")].sql))
    yield Statement("items", _items(), is_view=True)
    yield Statement("evidence", "SELECT * FROM items WHERE happened_at >= (SELECT MIN(starts_at) FROM periods)")
    for mart in tables.values():
        if mart.table not in evidence:
            yield Statement(mart.table, _with_run(mart.sql))
    yield Statement(MANIFEST, manifest_sql())


def _with_run(sql: str) -> str:
    return (
        f"SELECT q.*, r.mart_run FROM (\n{sql}\n) AS q CROSS JOIN (SELECT MAX(run) AS mart_run FROM report_time) AS r"
    )


def _items() -> str:
    return "\nUNION ALL\n".join(
        f"SELECT '{measure.name}' AS measure, host, repository_key, item_environment AS environment, happened_at, value, why, "
        f"certainty FROM {evidence_table(measure.name)}"
        for measure in measures()
    )


def manifest_sql() -> str:
    """Return the statement of the manifest: a row for each mart with its number of rows, the run and the version."""
    counts = "\nUNION ALL\n".join(
        f"SELECT '{mart.name}' AS name, COUNT(*) AS row_count FROM {mart.table}" for mart in mart_tables().values()
    )
    return (
        f"SELECT q.name, q.row_count, r.mart_run, '{version()}' AS version FROM (\n{counts}\n) AS q "
        "CROSS JOIN (SELECT MAX(run) AS mart_run FROM report_time) AS r"
    )


def folders() -> dict[str, str]:
    """Return the tables to be written as Parquet by the folder of their files, in order: the manifest is the last."""
    return {**{name: mart.table for name, mart in mart_tables().items()}, MANIFEST_FOLDER: MANIFEST}


@cache
def version() -> str:
    """Return a hash of all statements: the report, the catalog's files and the engine's script must have the same."""
    digest = hashlib.sha256(str(FORMAT).encode())
    texts = [text for _, text in view_statements()]
    texts += [file.text for file in sql_files(".")]
    texts += [f"{mart.name} {mart.columns} {mart.sql}" for mart in mart_tables().values()]
    for text in texts:
        digest.update(f"{len(text)}\n{text}".encode())
    return digest.hexdigest()[:16]
