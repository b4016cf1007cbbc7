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

from cli import console, hints
from cli.panels import Panel
from core.errors import TelemetryError
from core.sanitize import csv_cell, escape_json, sanitize_text
from warehouse import DEFAULT_DATABASE

PANEL = Panel.SEE
EXAMPLES = (
    "telemetry sql 'SELECT repo, count(*) FROM deployment GROUP BY ALL'",
    "telemetry sql 'FROM rejects' --format line",
)


class Format(StrEnum):
    """Output formats of a query."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    LINE = "line"


def command(
    query: Annotated[str, typer.Argument(help="SQL query, e.g. SELECT repo, count(*) FROM deployment GROUP BY ALL")],
    *,
    format: Annotated[
        Format | None,
        typer.Option(
            help="Output format (default: a table on a terminal, otherwise CSV); json prints one object per line, "
            "line one column per line, as `.mode line` of DuckDB."
        ),
    ] = None,
    database: Annotated[str, typer.Option(help="Path of the DuckDB file.")] = DEFAULT_DATABASE,
) -> None:
    """Query the merged database with SQL.

    docs/DATABASE.md lists its tables, docs/DORA.md its views. Times are in UTC. The database is opened read-only: a
    query cannot access other files or the network, or install extensions.
    """
    try:
        from warehouse.database import open_read_only  # noqa: PLC0415 (loads duckdb, which takes long)
        from warehouse.query import QueryError, run_query  # noqa: PLC0415 (loads duckdb, which takes long)

        with open_read_only(database) as connection:
            try:
                with run_query(connection, query) as (names, rows):
                    _write(format or _fitting(), names, rows, hints.command("sql", query, database=database))
            except QueryError as error:
                console.fail(str(error))
    except TelemetryError as error:
        console.fail(str(error), 1)


def _fitting() -> Format:
    return Format.TABLE if sys.stdout.isatty() else Format.CSV


def _write(format: Format, names: Sequence[str], rows: Iterator[Any], command: str) -> None:
    if format is Format.JSON:
        for row in rows:
            value = json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str)
            console.echo_document(f"{escape_json(value)}\n")
    elif format is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(map(csv_cell, names))
        writer.writerows([csv_cell(_cell(value)) for value in row] for row in rows)
    elif format is Format.LINE:
        _write_lines([sanitize_text(name) for name in names], rows)
    else:
        table = Table(*map(sanitize_text, names), box=box.SIMPLE, pad_edge=False)
        for row in rows:
            table.add_row(*(_text(value) for value in row))
        console.print_table(table, wide=f"{command} --format {Format.LINE}")


def _write_lines(names: Sequence[str], rows: Iterator[Any]) -> None:
    """Print a line per column and an empty line between rows: https://duckdb.org/docs/stable/clients/cli/output_formats."""
    width = max(map(len, names))
    for number, row in enumerate(rows):
        cells = (f"{name:>{width}} = {_text(value)}".rstrip() for name, value in zip(names, row, strict=True))
        console.echo("\n".join((*[""] * bool(number), *cells)))


def _text(value: Any) -> str:
    return sanitize_text(str(_cell(value)))


def _cell(value: Any) -> Any:
    """Return a cell value: numbers unchanged, null as an empty string, nested values as JSON, others as text."""
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value if isinstance(value, (int, float, Decimal)) else str(value)
