"""`telemetry export`: exports the database as Parquet files."""

from pathlib import Path
from typing import Annotated

import typer

from cli import console, hints
from cli.panels import Panel
from core.errors import TelemetryError
from warehouse import DEFAULT_DATABASE

PANEL = Panel.SEE
EXAMPLES = ("telemetry export parquet --database telemetry.duckdb",)


def command(
    folder: Annotated[str, typer.Argument(help="Output folder; files of an earlier export are replaced.")],
    *,
    database: Annotated[str, typer.Option(help="Path of the DuckDB file.")] = DEFAULT_DATABASE,
) -> None:
    """Export the facts as Parquet files.

    They are partitioned by metric=…/day=…, for DuckDB, Spark, Athena and BigQuery.
    """
    try:
        from warehouse.database import open_read_only  # noqa: PLC0415 (loads duckdb, which takes long)
        from warehouse.export import export  # noqa: PLC0415 (loads duckdb, which takes long)

        with open_read_only(database) as connection:
            written = export(connection, Path(folder))
    except TelemetryError as error:
        console.fail(str(error), 1)
    for metric, facts in written.items():
        console.echo(f"{folder}/metric={metric}/  {facts:,} facts")
    if not written:
        console.echo(f"{database} holds no facts yet: `{hints.command('merge', database=database)}` fills it")
