"""List what a report is made of: the marts, each a SELECT statement on the facts and models.

In a database a report runs these statements (`rows`). On another engine they are tables, which are written as Parquet files;
a report of these reads the tables (warehouse/engines/marts.py). The statements are DuckDB's and translated like the models.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import pyarrow as pa
from duckdb import DuckDBPyConnection

from core.events import SCHEMA
from warehouse.measures import measures
from warehouse.report.model import MEAN, MEDIAN, PER_DAY, Period
from warehouse.schema.columns import BIGINT, BOOLEAN, DOUBLE, TIMESTAMP, VARCHAR, Column, SystemTable, epoch_ms_sql
from warehouse.schema.metric_tables import tables
from warehouse.sql_files import MARTS, statements

MANIFEST = "mart_manifest"
"""The table that a database of marts has, and no other."""
RECORD_COUNTS = (
    "deployment",
    "deployment-status",
    "release-versions",
    "code-review-involvement",
    "workflow-job",
    "incident",
)
"""The metrics that deployments, changes and failures are made of."""
PERIODS = SystemTable(
    "periods",
    "The report's periods, oldest first of each kind.",
    (
        Column("position", BIGINT, "The place in the report."),
        Column("kind", VARCHAR, "`week`, `month` or `quarter`."),
        Column("name", VARCHAR, "`2026-W47`, `2026-11` or `2026-Q4`."),
        Column("starts_at", TIMESTAMP, "The first moment, in UTC."),
        Column("ends_at", TIMESTAMP, "The end, exclusive."),
    ),
    ("position",),
)
MAY_RUN_MS = 24 * 3_600_000
"""How long a deployment without an end is taken as one that still runs or waits for an approval."""
REPORT_TIME = "report_time"
_COLUMNS = {
    "numbers": "measure service repository environment kind period value:DOUBLE known:BIGINT items:BIGINT inferred:BIGINT "
    "p75:DOUBLE p90:DOUBLE p95:DOUBLE",
    "unknown": "measure service why items:BIGINT",
    "first_items": "measure service repository environment first_at:BIGINT",
    "left_out": "service repository kind period excluded:BIGINT not_production:BIGINT",
    "counted": "repository kind is_scheduled:BOOLEAN workflow job deployments:BIGINT",
    "single_environments": "service repository",
    "records": "metric records:BIGINT old_records:BIGINT newest_at:BIGINT",
    "record_counts": "repository metric records:BIGINT",
    "repositories": "host repository_key name service team deployments lead_time_from has_more_than_incidents:BOOLEAN",
    "delivered_services": "host repository_key service",
    "incidents_not_counted": "repository service is_exempt:BOOLEAN opened_at:BIGINT host incident",
    "environments": "repository name is_production:BOOLEAN reason",
    "whole_runs": "repository workflow",
    "without_end": "repository environment without_end:BIGINT requested:BIGINT",
    "shared_deployments": "one other",
    "ledger": "day webhook owner sent:BIGINT accepted:BIGINT stored:BIGINT recovered:BIGINT",
    "ledger_missing": "day webhook guid event reason",
    "rejects": "path source reason rejected:BIGINT",
    "sources": "source url",
}
"""The columns of each mart; their type is VARCHAR unless it is named."""
STORED = ("numbers", "unknown", "first_items", "left_out", "counted")
"""The marts that a database stores with its models (warehouse/report/numbers.py)."""


class Mart(NamedTuple):
    """A table that a report reads."""

    name: str
    columns: tuple[tuple[str, str], ...]
    """Names and DuckDB's types."""
    sql: str
    """A SELECT statement of DuckDB's SQL."""

    @property
    def table(self) -> str:
        """Return the name of its table."""
        return f"mart_{self.name}"


@cache
def marts() -> dict[str, Mart]:
    """Return the marts by name.

    They read facts, the catalog's tables, models, `periods` and `report_time`; `numbers`, `unknown` and `first_items` also
    `items` (the rows of all measures) and `evidence` (those since the first of the periods).
    """
    files = dict(statements(MARTS))
    texts = {**files, **_generated(files)}
    return {name: Mart(name, tuple(_typed(columns)), texts[name]) for name, columns in _COLUMNS.items()}


def _typed(columns: str) -> Iterator[tuple[str, str]]:
    types = {"": VARCHAR, BIGINT: BIGINT, BOOLEAN: BOOLEAN, DOUBLE: DOUBLE}
    for column in columns.split():
        name, _, type = column.partition(":")
        yield name, types[type]


def _generated(files: Mapping[str, str]) -> dict[str, str]:
    """Return the statements that depend on the list of metrics or measures; `files` are the texts of the SQL files by name."""
    facts = {metric: table.name for metric, table in tables().items()}
    newest = epoch_ms_sql("MAX(received_at)")
    others = (f"SELECT host, repository_key FROM {name}" for metric, name in facts.items() if metric != "incident")
    return {
        "numbers": (
            "SELECT measure, service, repository, environment, kind, period, "
            f"CASE WHEN {_is(MEDIAN)} THEN median WHEN {_is(MEAN)} THEN mean ELSE total END AS value, known, items, "
            f"inferred, {', '.join(f'CASE WHEN {_is(MEDIAN)} THEN {name} END AS {name}' for name in ('p75', 'p90', 'p95'))} "
            f"FROM ({dict(statements('.'))['numbers']}\n) AS n"
        ),
        "unknown": files["unknown"].replace("{dora}", _listed(m.name for m in measures() if m.is_dora)),
        "first_items": files["first_items"].replace("{per_day}", _listed(_names(PER_DAY))),
        "records": "\nUNION ALL\n".join(
            f"SELECT '{metric}' AS metric, COUNT(*) AS records, "
            f'COUNT(CASE WHEN "schema" < {SCHEMA} THEN 1 END) AS old_records, {newest} AS newest_at FROM {name}'
            for metric, name in facts.items()
        ),
        "record_counts": "\nUNION ALL\n".join(
            f"SELECT c.name AS repository, '{metric}' AS metric, COUNT(*) AS records FROM {facts[metric]} AS f "
            "JOIN catalog AS c ON c.host = f.host AND c.repository_key = f.repository_key GROUP BY c.name"
            for metric in RECORD_COUNTS
        ),
        "repositories": (
            "SELECT c.host, c.repository_key, c.name, c.service, c.team, c.deployments, c.lead_time_from, "
            "o.host IS NOT NULL AS has_more_than_incidents FROM catalog AS c "
            f"LEFT JOIN (SELECT DISTINCT host, repository_key FROM (\n{' UNION ALL '.join(others)}\n) AS f) AS o "
            "ON o.host = c.host AND o.repository_key = c.repository_key"
        ),
    }


def _is(statistic: str) -> str:
    return f"measure IN ({_listed(_names(statistic))})"


def _names(statistic: str) -> list[str]:
    return [measure.name for measure in measures() if measure.statistic == statistic]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def rows(connection: DuckDBPyConnection, name: str) -> list[tuple[Any, ...]]:
    """Return the rows of a mart in order: of its table if the database is one of marts, else of its statement.

    The statement needs the models, and those of periods `inputs`.
    """
    mart = marts()[name]
    selection = f"({mart.sql}\n)" if not holds_marts(connection) else mart.table
    columns = ", ".join(f'"{column}"' for column, _ in mart.columns)
    return connection.execute(f"SELECT {columns} FROM {selection} ORDER BY ALL").fetchall()


def holds_marts(connection: DuckDBPyConnection) -> bool:
    """Return whether a database has the tables of marts instead of facts and models."""
    found = connection.execute(f"SELECT 1 FROM duckdb_tables() WHERE table_name = '{MANIFEST}'")
    return bool(found.fetchall())


@contextmanager
def inputs(connection: DuckDBPyConnection, periods: Iterable[Period], now: int = 0) -> Iterator[None]:
    """Provide the tables `periods` and `report_time` to the statements of marts; `now` is UNIX ms."""
    listed = list(periods)
    values = {name: [getattr(period, name) for period in listed] for name in Period._fields}
    connection.register("period_rows", pa.table({"position": list(range(len(listed))), **values}))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {PERIODS.name} AS SELECT position, kind, name, make_timestamp_ms(starts_at) AS starts_at, "
        "make_timestamp_ms(ends_at) AS ends_at FROM period_rows"
    )
    connection.unregister("period_rows")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {REPORT_TIME} AS SELECT make_timestamp_ms({now - MAY_RUN_MS:d}) AS may_run_since"
    )
    yield
    connection.execute(f"DROP TABLE temp.{PERIODS.name}; DROP TABLE temp.{REPORT_TIME}")
