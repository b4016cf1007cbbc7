"""`telemetry models`: prints the SQL that makes an organisation's own engine compute the models."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import atomic_write, console
from cli.panels import Panel
from core import clock
from core.errors import TelemetryError

if TYPE_CHECKING:
    from warehouse.engines.script import Target

PANEL = Panel.SEE
EXAMPLES = (
    "telemetry models bigquery --location gs://BUCKET/PREFIX > models.sql",
    "telemetry models athena --location s3://BUCKET/PREFIX > models.sql",
)
_NAME = re.compile(r"[A-Za-z_]\w{0,127}", re.ASCII)
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
FIRST_DAY = "2026-01-01"
"""A day before the first landing of all: warehouse.engines.landing_tables.FIRST_DAY, whose import loads duckdb."""
_LOCATION = re.compile(r"[\w./:-]*[\w.-]", re.ASCII)


class Engine(StrEnum):
    """What runs the statements."""

    BIGQUERY = "bigquery"
    ATHENA = "athena"
    SPARK = "spark"


_SCHEMES = {Engine.BIGQUERY: "gs://", Engine.ATHENA: "s3://"}
"""Where an engine can only read from one cloud's buckets."""


def command(  # noqa: PLR0913 (each is an option)
    engine: Annotated[Engine, typer.Argument(help="The engine that runs the statements.")],
    *,
    location: Annotated[str, typer.Option(help="Folder of the bucket: s3://BUCKET/PREFIX or gs://BUCKET/PREFIX.")],
    dataset: Annotated[
        str, typer.Option(help="The dataset of BigQuery, or the database of Athena or Spark.")
    ] = "telemetry",
    dbt: Annotated[str, typer.Option(help="Write the models as a project of dbt into this folder instead.")] = "",
    facts: Annotated[
        bool, typer.Option("--facts", help="Print the statements that write the facts for `telemetry catalog` instead.")
    ] = False,
    ingest: Annotated[
        bool, typer.Option("--ingest", help="Print the statements that make the facts from the landing instead.")
    ] = False,
    since: Annotated[
        str, typer.Option(help="With --ingest: the first day of landing to read, YYYY-MM-DD.")
    ] = FIRST_DAY,
) -> None:
    """Print the models' SQL for BigQuery, Athena or Spark.

    The statements create the tables of services.toml, the models as tables, the measures as views and the marts of a report, in
    order. Nothing is run.
    """
    if not _NAME.fullmatch(dataset):
        console.fail(f"--dataset {dataset} is no name: use letters, digits and underscores", 2)
    scheme = _SCHEMES.get(engine, "")
    if not location.startswith(scheme) or not _LOCATION.fullmatch(location.rstrip("/")):
        console.fail(
            f"--location {location} is no folder that {engine} reads: name one as {scheme or 's3a://'}BUCKET/PREFIX", 2
        )
    if not _DAY.fullmatch(since):
        console.fail(f"--since {since} is no day: write it as YYYY-MM-DD", 2)
    from warehouse.engines.ingest_script import ingest_statements  # noqa: PLC0415 (loads duckdb and the extra `engines`)
    from warehouse.engines.mart_script import fact_statements, mart_statements  # noqa: PLC0415 (loads duckdb and `engines`)
    from warehouse.engines.script import Target, script  # noqa: PLC0415 (loads duckdb and the extra `engines`)

    run = datetime.fromtimestamp(clock.now() / 1000, UTC).strftime("%Y%m%dT%H%M%S")
    target = Target(engine.value, dataset, location.rstrip("/"), run)
    if dbt:
        _write_project(dbt, target)
        return
    exports = fact_statements(target) if facts else chain(script(target), mart_statements(target))
    for statement in ingest_statements(target, since) if ingest else exports:
        console.echo_document(f"{statement};\n\n")


def _write_project(folder: str, target: "Target") -> None:
    from warehouse.engines.dbt import project  # noqa: PLC0415 (loads the extra `engines`)

    files = dict(project(target))
    try:
        for path, text in files.items():
            atomic_write.write(Path(folder, path), text.encode())
    except TelemetryError as error:
        console.fail(str(error), 1)
    console.echo(f"{folder}: {len(files)} files. `dbt build` makes the tables.")
