"""`telemetry export`: the database as Parquet files, for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.publishing import session
from core.errors import TelemetryError


def command(
    folder: Annotated[str, typer.Argument(help="Where to; what an earlier export wrote there is replaced.")],
    *,
    database: Annotated[str, typer.Option(help="The DuckDB file.")] = "telemetry.duckdb",
) -> None:
    """Write the facts as Parquet files, in folders metric=…/day=…, as DuckDB, Spark, Athena and BigQuery read them."""
    try:
        session.require_packages()
        from warehouse.database import open_read_only  # noqa: PLC0415 (duckdb: only whoever asks for it)
        from warehouse.export import export  # noqa: PLC0415 (likewise)

        with open_read_only(database) as connection:
            written = export(connection, Path(folder))
    except TelemetryError as error:
        console.fail(str(error), 1)
    for metric, facts in written.items():
        console.echo(f"{folder}/metric={metric}/  {facts:,} facts")
    if not written:
        console.echo(f"{database} holds no facts yet: `telemetry merge` fills it")
