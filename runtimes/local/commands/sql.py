"""`telemetry sql`: a question to the database, in SQL."""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from core.errors import TelemetryError
from runtimes.local import reporting, terminal


class Format(StrEnum):
    """How the answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def command(
    query: Annotated[str, typer.Argument(help="For example: SELECT repo, count(*) FROM deployment GROUP BY ALL")],
    *,
    format: Annotated[
        Format | None,
        typer.Option(help="By default a table on a terminal, CSV into a file or a pipe; as JSON, one object a line."),
    ] = None,
    database: Annotated[str, typer.Option(help="The DuckDB file.")] = "telemetry.duckdb",
) -> None:
    """Ask the merged database, which is only read; docs/DATABASE.md names its tables, docs/DORA.md its views. Times are in UTC."""
    try:
        reporting.require_packages()
        from warehouse.database import opened_to_read  # noqa: PLC0415 (duckdb: only whoever asks for it)
        from warehouse.query import QueryError, answered  # noqa: PLC0415 (likewise)

        with opened_to_read(database) as connection:
            try:
                with answered(connection, query) as (names, rows):
                    _write(format or _fitting(), names, rows)
            except QueryError as error:
                terminal.fail(str(error))
    except TelemetryError as error:
        terminal.fail(str(error), 1)


def _fitting() -> Format:
    return Format.TABLE if sys.stdout.isatty() else Format.CSV


def _write(format: Format, names: Sequence[str], rows: Iterator[Any]) -> None:
    if format is Format.JSON:
        for row in rows:
            typer.echo(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str))
    elif format is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_cell(value) for value in row] for row in rows)
    else:
        table = Table(*map(escape, names), box=box.SIMPLE, pad_edge=False)
        for row in rows:
            table.add_row(*(escape(_cell(value)) for value in row))
        terminal.console().print(table)


def _cell(value: Any) -> str:
    """As text: nothing for null, JSON for what is nested."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (dict, list)) else str(value)
