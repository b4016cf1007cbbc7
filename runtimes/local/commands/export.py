"""`telemetry export`: the database as Parquet files, for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from core.errors import TelemetryError
from runtimes.local import reporting, terminal


def command(
    folder: Annotated[str, typer.Argument(help="Where to; what an earlier export wrote there is replaced.")],
    *,
    database: Annotated[str, typer.Option(help="The DuckDB file.")] = "telemetry.duckdb",
) -> None:
    """Write the facts as Parquet files, in folders metric=…/day=…, as DuckDB, Spark, Athena and BigQuery read them."""
    try:
        reporting.require_packages()
        from warehouse.database import opened_to_read  # noqa: PLC0415 (duckdb: only whoever asks for it)
        from warehouse.export import export  # noqa: PLC0415 (likewise)

        with opened_to_read(database) as connection:
            written = export(connection, Path(folder))
    except TelemetryError as error:
        terminal.fail(str(error), 1)
    for metric, facts in written.items():
        terminal.echo(f"{folder}/metric={metric}/  {facts:,} facts")
    if not written:
        terminal.echo(f"{database} holds no facts yet: `telemetry merge` fills it")
