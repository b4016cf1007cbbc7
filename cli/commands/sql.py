"""`telemetry sql`: queries the database with SQL."""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from cli import console
from cli.publishing import session
from core.errors import TelemetryError
from core.sanitize import csv_cell, escape_json, sanitize_text


class Format(StrEnum):
    """Output formats of a query."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def command(
    query: Annotated[str, typer.Argument(help="SQL query, e.g. SELECT repo, count(*) FROM deployment GROUP BY ALL")],
    *,
    format: Annotated[
        Format | None,
        typer.Option(
            help="Output format (default: a table on a terminal, otherwise CSV); JSON prints one object per line."
        ),
    ] = None,
    database: Annotated[str, typer.Option(help="Path of the DuckDB file.")] = "telemetry.duckdb",
) -> None:
    """Query the merged database; docs/DATABASE.md lists its tables, docs/DORA.md its views. Times are in UTC.

    The database is opened read-only: a query cannot access other files or the network, or install extensions.
    """
    try:
        session.require_packages()
        from warehouse.database import open_read_only  # noqa: PLC0415 (loads duckdb, an optional package)
        from warehouse.query import QueryError, run_query  # noqa: PLC0415 (optional package)

        with open_read_only(database) as connection:
            try:
                with run_query(connection, query) as (names, rows):
                    _write(format or _fitting(), names, rows)
            except QueryError as error:
                console.fail(str(error))
    except TelemetryError as error:
        console.fail(str(error), 1)


def _fitting() -> Format:
    return Format.TABLE if sys.stdout.isatty() else Format.CSV


def _write(format: Format, names: Sequence[str], rows: Iterator[Any]) -> None:
    if format is Format.JSON:
        for row in rows:
            value = json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str)
            console.echo_document(f"{escape_json(value)}\n")
    elif format is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(map(csv_cell, names))
        writer.writerows([csv_cell(_cell(value)) for value in row] for row in rows)
    else:
        table = Table(*map(sanitize_text, names), box=box.SIMPLE, pad_edge=False)
        for row in rows:
            table.add_row(*(sanitize_text(str(_cell(value))) for value in row))
        console.console().print(table)


def _cell(value: Any) -> Any:
    """Return a cell value: numbers unchanged, null as an empty string, nested values as JSON, others as text."""
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value if isinstance(value, (int, float, Decimal)) else str(value)
