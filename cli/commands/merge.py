"""`telemetry merge`: merges the records of a source into one database."""

from typing import Annotated

import typer

from cli import console, hints, progress
from cli.panels import Panel
from cli.publishing import session, source_names
from core.errors import TelemetryError
from telemetry_functions.installation import instruction
from warehouse import DEFAULT_DATABASE

PANEL = Panel.SEE
EXAMPLES = ("telemetry merge octo-org/telemetry-data", "telemetry merge telemetry-demo --database demo.duckdb")
_WHY = "SELECT reason, path FROM rejects"
_NEXT = f"there are no records in {{source}} yet: run `{instruction('demo')}` for sample data, or see docs/GITHUB.md to set up a webhook"


def command(
    source: Annotated[
        str,
        typer.Argument(
            help="A folder or clone, OWNER/REPO or the URL of a data repository, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX "
            "(default: this machine's store)."
        ),
    ] = "",
    *,
    database: Annotated[str, typer.Option(help="Path of the DuckDB file.")] = DEFAULT_DATABASE,
    repo_path: Annotated[
        str | None, typer.Option(help="Folder of the source that holds the records (default: search all folders).")
    ] = None,
    services: Annotated[
        str,
        typer.Option(
            help="File that maps repositories to services (default: services.toml of SOURCE, else of this folder)."
        ),
    ] = "",
    reread: Annotated[
        bool, typer.Option("--reread", help="Read the complete source again; merged facts stay.")
    ] = False,
    reread_alias: Annotated[bool, typer.Option("--anew", hidden=True, help="Another name of --reread.")] = False,
) -> None:
    """Merge new records into one DuckDB file.

    A merge is safe to interrupt: the next run resumes.
    """
    settings = console.deployment_settings()
    try:
        from cli.publishing import sources  # noqa: PLC0415 (loads duckdb, which takes long)
        from warehouse import views  # noqa: PLC0415 (loads duckdb, which takes long)
        from warehouse.database import open_database, sources_to_remerge  # noqa: PLC0415 (loads duckdb, which takes long)
        from warehouse.ingest.merge import facts, forget, merge  # noqa: PLC0415 (loads duckdb, which takes long)

        services_file = session.services_file(source, services, settings)
        definitions = session.services(services_file)
        console.remark(services_file.remark, is_expected=services_file.is_expected)
        with (
            sources.open_source(source, settings, repo_path) as record_source,
            open_database(database) as connection,
            progress.stages() as stages,
        ):
            if reread or reread_alias:
                forget(connection, record_source)
            merged = merge(connection, record_source, stages.advance)
            stages.begin("build the models")
            views.create(connection, definitions)
            fact_count, stale_sources = (
                facts(connection),
                [name for name in sources_to_remerge(connection) if name != record_source.name],
            )
    except TelemetryError as error:
        console.fail(str(error), 1)
    if not fact_count and not merged.rejected:
        console.echo(_NEXT.format(source=record_source.name))
        return
    console.echo(
        f"{merged.files:,} new files in {record_source.name}: {merged.added:,} facts more, {fact_count:,} in {database}"
    )
    if merged.rejected:
        console.echo(f"{merged.rejected:,} are no records; why: {hints.command('sql', _WHY, database=database)}")
    for stale_source in stale_sources:
        again = hints.command("merge", *source_names.words(stale_source), database=database)
        console.echo(f"{database} had an older format and was rebuilt: merge {stale_source} again: `{again}`")
