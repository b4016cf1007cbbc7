"""Open marts, which an engine wrote as Parquet files, as a database that a report reads in place of facts and models."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection
from pydantic import ValidationError

from warehouse.database import restricted
from warehouse.engines import parquet
from warehouse.engines.marts import MANIFEST_COLUMNS, MartTable, mart_tables, version
from warehouse.engines.parquet import ParquetError, Tables
from warehouse.evidence import evidence_table
from warehouse.measures import measures
from warehouse.report.marts import MANIFEST
from warehouse.report.model import Period
from warehouse.report.numbers import store_marts
from warehouse.schema.columns import BIGINT
from warehouse.schema.json_types import MAX_TIMESTAMP_MS
from warehouse.services import Services

_AGAIN = "run `telemetry catalog` and the engine's statements again"
_LONGEST_SETTINGS = 4_000_000
"""Characters of the settings in JSON; services.toml of 1,000 services has a tenth of it."""
_EVIDENCE = "evidence_"


class MartsError(ParquetError):
    """The marts cannot be reported; the message is one line with what to do."""


class Marts(NamedTuple):
    """An opened database of marts."""

    connection: DuckDBPyConnection
    tables: Tables
    services: Services
    """The settings that the marts were made with."""
    as_of: int
    """The time of the report, UNIX ms."""
    run: int
    counts: dict[str, int]
    """Rows by mart, as the manifest has them."""

    @property
    def periods(self) -> tuple[Period, ...]:
        """Return the periods of the numbers."""
        rows = self.connection.execute("SELECT kind, name, starts_at, ends_at FROM mart_periods ORDER BY position")
        return tuple(Period(*row) for row in rows.fetchall())

    def load_evidence(self, measure: str = "") -> None:
        """Read the items of a measure, or of all, for `warehouse.evidence`. Raises MartsError and Unavailable."""
        for name in [measure] if measure else [known.name for known in measures()]:
            found = self.connection.execute(
                f"SELECT 1 FROM duckdb_tables() WHERE table_name = '{evidence_table(name)}'"
            )
            if not found.fetchall():
                _load(self.connection, self.tables, mart_tables()[f"{_EVIDENCE}{name}"], self.counts, self.run)


@contextmanager
def open_marts(tables: Tables) -> Iterator[Marts]:
    """Read the marts of one run into a temporary database, without evidence. Raises MartsError and Unavailable.

    Only a complete run of this version is read: the manifest and every table of it must agree.
    """
    counts, run = _manifest(tables)
    with (
        tempfile.TemporaryDirectory(prefix="telemetry-") as folder,
        restricted(Path(folder, "marts.duckdb")) as connection,
    ):
        for mart in mart_tables().values():
            if not mart.name.startswith(_EVIDENCE):
                _load(connection, tables, mart, counts, run)
        services, as_of = _settings(connection, tables)
        _check_periods(connection, tables)
        store_marts(connection)
        connection.execute(f"CREATE TABLE {MANIFEST} AS SELECT {run:d} AS run")
        yield Marts(connection, tables, services, as_of, run, counts)


def _manifest(tables: Tables) -> tuple[dict[str, int], int]:
    """Return the rows by mart, and the run."""
    if "manifest" not in tables.names():
        raise MartsError(
            f"{tables.address} has no manifest: the engine has not written all marts yet, or this is no folder of marts"
        )
    rows = _table(tables, "manifest", MANIFEST_COLUMNS).to_pylist()
    versions, runs = {row["version"] for row in rows}, {row["mart_run"] for row in rows}
    if versions != {version()}:
        raise MartsError(
            f"{tables.address} is of another version of telemetry-functions: print the engine's statements again with "
            "`telemetry models`, and run them after `telemetry catalog`"
        )
    counts = {row["name"]: row["row_count"] for row in rows}
    if len(runs) != 1 or None in runs or len(rows) != len(counts):
        raise MartsError(f"{tables.address}/manifest is of several runs: {_AGAIN}")
    if missing := sorted({*mart_tables()} - {*counts}):
        raise MartsError(f"{tables.address}/manifest lacks {', '.join(missing[:3])}: {_AGAIN}")
    return counts, int(runs.pop())


def _table(tables: Tables, name: str, columns: parquet.Columns) -> pa.Table:
    try:
        return parquet.read(tables, name, columns).read_all()
    except pa.ArrowException:
        raise MartsError(f"{tables.address}/{name} is of another form: {_AGAIN}") from None


def _load(connection: DuckDBPyConnection, tables: Tables, mart: MartTable, counts: dict[str, int], run: int) -> None:
    """Read a mart into the database; raises MartsError if it is not the one that the manifest counted."""
    where = f"{tables.address}/{mart.name}"
    if counts[mart.name] == 0 and not tables.files(mart.name):  # an engine may write no file without rows
        columns = ", ".join(f'"{name}" {type}' for name, type in mart.columns)
        connection.execute(f"CREATE TABLE {mart.table} ({columns})")
        return
    try:
        parquet.create(connection, mart.table, parquet.read(tables, mart.name, (*mart.columns, ("mart_run", BIGINT))))
    except ParquetError as error:
        raise MartsError(f"{error}: {_AGAIN}") from None
    except (pa.ArrowException, duckdb.Error):
        raise MartsError(f"{where} is of another form: {_AGAIN}") from None
    [(rows, first, last)] = connection.execute(
        f"SELECT count(*), min(COALESCE(mart_run, -1)), max(COALESCE(mart_run, -1)) FROM {mart.table}"
    ).fetchall()
    empty = " OR ".join(f'"{name}" IS NULL' for name in mart.required)
    if connection.execute(f"SELECT 1 FROM {mart.table} WHERE {empty} LIMIT 1").fetchall():
        raise MartsError(f"{where} lacks values of {', '.join(mart.required)}: {_AGAIN}")
    if rows != counts[mart.name] or (rows and (first, last) != (run, run)):
        raise MartsError(f"{where} is of another run than the manifest: the engine is writing now, or failed: {_AGAIN}")


def _check_periods(connection: DuckDBPyConnection, tables: Tables) -> None:
    """Raise MartsError for times that no calendar has, and for numbers of periods that are not listed."""
    if connection.execute(
        f"SELECT 1 FROM mart_periods WHERE starts_at < 0 OR ends_at > {MAX_TIMESTAMP_MS} OR starts_at >= ends_at "
        "UNION ALL SELECT 1 FROM mart_numbers ANTI JOIN "
        "(SELECT kind, name AS period FROM mart_periods) USING (kind, period)"
    ).fetchall():
        raise MartsError(f"{tables.address}/periods are not those of the numbers: {_AGAIN}")


def _settings(connection: DuckDBPyConnection, tables: Tables) -> tuple[Services, int]:
    """Return the settings and the time of the report."""
    rows = connection.execute("SELECT as_of, settings, version FROM mart_settings").fetchall()
    if len(rows) != 1 or None in rows[0] or len(rows[0][1]) > _LONGEST_SETTINGS:
        raise MartsError(f"{tables.address}/settings must have one row: {_AGAIN}")
    as_of, settings, catalog_version = rows[0]
    if not 0 <= as_of <= MAX_TIMESTAMP_MS:
        raise MartsError(f"{tables.address}/settings has a time that no calendar has: {_AGAIN}")
    if catalog_version != version():
        raise MartsError(f"{tables.address} has a catalog of another version of telemetry-functions: {_AGAIN}")
    try:
        return Services.model_validate_json(settings), int(as_of)
    except ValidationError:
        raise MartsError(f"{tables.address}/settings holds no settings of this version: {_AGAIN}") from None
