"""Compute what SQL cannot for an engine: the tables of services.toml, the periods and the report's settings, as Parquet files.

The engine first writes the facts as Parquet files, only the columns that this needs (`fact_statements`). DuckDB reads these
as the tables of a database, and the same modules as in a merge compute the tables. The engine then reads TABLES.
"""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from warehouse import catalog
from warehouse.database import restricted
from warehouse.engines import parquet
from warehouse.engines.marts import version
from warehouse.engines.parquet import ParquetError, Tables
from warehouse.ingest.ledger_files import merge_ledgers
from warehouse.names_seen import names_seen
from warehouse.periods import recent, time_zone
from warehouse.report.marts import MAY_RUN_MS, PERIODS, REPORT_TIME, inputs
from warehouse.schema.columns import BIGINT, TIMESTAMP, VARCHAR, Column, SystemTable
from warehouse.schema.metric_tables import tables as metric_tables
from warehouse.schema.system_tables import LEDGER, LEDGER_MISSING, SOURCES
from warehouse.services import Services
from warehouse.services.unmatched import kinds, unmatched

NOTES = SystemTable(
    "report_notes",
    "Settings of services.toml without an effect.",
    (Column("position", BIGINT, "The place in the report."), Column("note", VARCHAR, "The line.")),
    ("position",),
)
TIME = SystemTable(
    REPORT_TIME,
    "The time of the report, and the settings that it is made with: one row.",
    (
        Column("run", BIGINT, "When these files were written, in UNIX ms: a report never mixes two runs."),
        Column("as_of", BIGINT, "The time of the report in UNIX ms: that of the run, or `as_of` of services.toml."),
        Column("may_run_since", TIMESTAMP, "A day before: a deployment without an end that began later may still run."),
        Column("settings", VARCHAR, "services.toml as JSON."),
        Column("version", VARCHAR, "The hash of all statements; those of the engine must have the same."),
    ),
    ("run",),
)
LEDGER_REJECTS = SystemTable(
    "ledger_rejects",
    "Files of the ledger that are none, with the reason.",
    (Column("path", VARCHAR, "The path in the source."), Column("reason", VARCHAR, "Why the file was rejected.")),
    ("path",),
)
TABLES = (*catalog.TABLES, PERIODS, NOTES, TIME, LEDGER, LEDGER_MISSING, LEDGER_REJECTS, SOURCES)
"""The tables that the files hold, each in a folder of its name."""
FILE = "data.parquet"
MANIFEST_COLUMNS = (("name", VARCHAR), ("row_count", BIGINT), ("version", VARCHAR))
_OF_ALL = "host repository_key owner repo received_at path"
_COLUMNS = {
    "code_review_involvement": "identity merged labels head_ref base_ref title_kind",
    "deployment": "id env deploy_time production_environment transient_environment task ref creator_kind workflow_run",
    "deployment_status": "id record_id env created_at updated_at deployment_created_at production_environment "
    "transient_environment schema task ref creator_kind workflow_run check_run",
    "documentation_updated": "paths",
    "incident": "id action at schema all_labels labels is_exempt cause_sha cause_number",
    "release_versions": "record_id identity",
    "workflow_job": "record_id name workflow_name head_branch run_id run_event deployment_id",
    "workflow_run": "id name event head_branch",
}
"""The columns of each fact table besides _OF_ALL that the catalog and the notes are computed of."""


def fact_columns() -> dict[str, tuple[str, ...]]:
    """Return the columns that the engine writes of each fact table."""
    return {
        table.name: tuple(f"{_OF_ALL} {_COLUMNS.get(table.name, '')}".split()) for table in metric_tables().values()
    }


def fact_statements() -> dict[str, str]:
    """Return the SELECT statements of what the engine writes, by folder, in DuckDB's SQL: the manifest is the last."""
    selections = {
        table: f"SELECT {', '.join(_quoted(column) for column in columns)} FROM {table}"
        for table, columns in fact_columns().items()
    }
    counts = "\nUNION ALL\n".join(
        f"SELECT '{table}' AS name, COUNT(*) AS row_count FROM {table}" for table in selections
    )
    manifest = f"SELECT q.name, q.row_count, '{version()}' AS version FROM (\n{counts}\n) AS q"
    return {**selections, "manifest": manifest}


def _quoted(column: str) -> str:
    return f'"{column}"' if column in ("at", "schema") else column


def write(
    facts: Tables, services: Services, now: int, ledgers: Mapping[str, str], put: Callable[[str, bytes], object]
) -> dict[str, int]:
    """Compute all tables at `now` (UNIX ms) and `put` each file by its path; return the rows by table.

    `ledgers` are the texts of the ledger's files by path. Raises ParquetError for facts that are incomplete or of another
    version, and what `facts` and `put` raise.
    """
    counts = _counts(facts)
    with TemporaryDirectory(prefix="telemetry-") as folder, restricted(Path(folder, "facts.duckdb")) as connection:
        for table, columns in fact_columns().items():
            _show(connection, facts, table, columns, counts[table])
        try:
            _compute(connection, services, now, ledgers)
        except (pa.ArrowException, duckdb.Error) as error:
            line = " ".join(str(error).split())[:200]
            raise ParquetError(f"{facts.address}: the facts are of another form: {line}") from None
        written = {}
        for table in (*(table for table in TABLES if table is not TIME), TIME):  # the run's time last
            rows = connection.sql(f"FROM {table.name}").to_arrow_table()
            put(f"{table.name}/{FILE}", _parquet(rows))
            written[table.name] = rows.num_rows
    return written


def _counts(facts: Tables) -> dict[str, int]:
    """Return the rows by table, as the manifest of the facts has them."""
    if "manifest" not in facts.names():
        raise ParquetError(
            f"{facts.address} has no manifest: the engine has not written all facts yet, or writes others"
        )
    rows = parquet.read(facts, "manifest", MANIFEST_COLUMNS).read_all().to_pylist()
    if {row["version"] for row in rows} != {version()}:
        raise ParquetError(
            f"{facts.address} is of another version of telemetry-functions: print the engine's statements again with "
            "`telemetry models`, and run them"
        )
    counts = {row["name"]: int(row["row_count"]) for row in rows}
    if missing := sorted({*fact_columns()} - {*counts}):
        raise ParquetError(f"{facts.address}/manifest lacks {', '.join(missing[:3])}")
    return counts


def _show(connection: DuckDBPyConnection, facts: Tables, table: str, columns: tuple[str, ...], rows: int) -> None:
    """Show the files of a table as a table of the database; raises ParquetError if they are not as the manifest says."""
    if not rows and not facts.files(table):
        of_table = {
            column.name: column.type for of in metric_tables().values() if of.name == table for column in of.columns
        }
        listed = ", ".join(f'"{name}" {of_table[name]}' for name in columns)
        connection.execute(f"CREATE TABLE {table} ({listed})")
        return
    opened = parquet.dataset(facts, table, columns)
    found = opened.count_rows()
    if found != rows:
        raise ParquetError(
            f"{facts.address}/{table} has {found:,} rows, and its manifest {rows:,}: the engine is writing now, or failed"
        )
    connection.register(table, opened)


def _compute(connection: DuckDBPyConnection, services: Services, now: int, ledgers: Mapping[str, str]) -> None:
    catalog.create(connection, services)
    notes = unmatched(services, names_seen(connection, kinds(services)))
    as_of = services.as_of_ms
    time = now if as_of is None else min(as_of, max(now, _newest_at(connection)))
    with inputs(connection, recent(time, zone=time_zone(services.time_zone)), time):
        connection.execute(f"CREATE TABLE main.{PERIODS.name} AS FROM temp.{PERIODS.name}")
    values: list[Any] = [now, time, time - MAY_RUN_MS, services.model_dump_json(), version()]
    connection.execute(TIME.ddl)
    connection.execute(f"INSERT INTO {REPORT_TIME} VALUES (?, ?, make_timestamp_ms(?), ?, ?)", values)
    for table in (NOTES, LEDGER, LEDGER_MISSING, LEDGER_REJECTS, SOURCES):
        connection.execute(table.ddl)
    if notes:
        connection.executemany(f"INSERT INTO {NOTES.name} VALUES (?, ?)", [*enumerate(notes)])
    if rejects := merge_ledgers(connection, dict(ledgers)):
        connection.executemany(f"INSERT INTO {LEDGER_REJECTS.name} VALUES (?, ?)", [*rejects.items()])


def _newest_at(connection: DuckDBPyConnection) -> int:
    """Return when the newest record was received, in UNIX ms; 0 without records."""
    times = " UNION ALL ".join(f"SELECT max(received_at) AS newest FROM {table}" for table in fact_columns())
    [(newest,)] = connection.execute(f"SELECT epoch_ms(CAST(max(newest) AS TIMESTAMP)) FROM ({times})").fetchall()
    return int(newest or 0)


def _parquet(rows: pa.Table) -> bytes:
    """Return a file without a schema of Arrow's own; times are of no zone: https://parquet.apache.org/docs/file-format/types."""
    out = io.BytesIO()
    pq.write_table(rows, out, compression="snappy", store_schema=False)
    return out.getvalue()
