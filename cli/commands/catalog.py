"""`telemetry catalog`: computes the tables of services.toml for an engine, from the facts that it wrote as Parquet files."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cli import atomic_write, console
from cli.panels import Panel
from cli.publishing import parquet_tables, session, sources
from cli.publishing.services_file import ServicesFile, find
from core.clock import now
from core.errors import TelemetryError
from core.record_file import LEDGER
from core.stores.bucket import BucketStore

PANEL = Panel.SEE
EXAMPLES = ("telemetry catalog s3://octo/analytics/facts --to s3://octo/analytics/catalog",)
_LEDGER_FILE = re.compile(rf"(?:.*/)?{LEDGER}/[^/]+/[^/]+\.json")


def command(
    facts: Annotated[
        str, typer.Argument(help="The facts that the engine wrote: a folder, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX.")
    ],
    *,
    to: Annotated[str, typer.Option(help="Where the tables are written: a folder, s3://… or gs://….")],
    services: Annotated[str, typer.Option(help="Path of services.toml (default: that of this folder).")] = "",
    records: Annotated[
        str, typer.Option(help="The records' folder or bucket, for the ledger of deliveries (default: no ledger).")
    ] = "",
) -> None:
    """Compute the tables of services.toml for an engine.

    An engine's SQL matches no globs and knows no time zone of services.toml. Run this after the engine wrote the facts and
    before it runs the models, each time.
    """
    try:
        from warehouse.engines import catalog_files  # noqa: PLC0415 (loads duckdb, which takes long)

        file = ServicesFile(Path(services)) if services else find([])
        console.remark(file.remark, is_expected=file.is_expected)
        put = _target(to)
        with parquet_tables.open_tables(facts) as tables:
            written = catalog_files.write(tables, session.services(file), now(), _ledgers(records), put)
    except TelemetryError as error:
        console.fail(str(error), 1)
    for name, rows in written.items():
        console.echo(f"{to.rstrip('/')}/{name}/  {rows:,} rows")


def _target(address: str) -> Callable[[str, bytes], None]:
    """Return a function that writes a file by its path below the address. Raises what a store raises."""
    bucket = sources.open_bucket(address)
    if bucket is None:
        return lambda path, content: atomic_write.write(Path(address, path), content)
    objects, prefix = bucket

    def put(path: str, content: bytes) -> None:
        key = f"{prefix}{path}"
        with parquet_tables.named(address):
            tag = next((version.tag for version in objects.versions(key) if version.key == key), None)
            objects.put_over(key, content, tag)

    return put


def _ledgers(records: str) -> dict[str, str]:
    """Return the texts of the ledger's files by path; empty without records. Raises what a store raises."""
    if not records:
        return {}
    if bucket := sources.open_bucket(records):
        with parquet_tables.named(records):
            store = BucketStore(bucket.objects)
            contents = store.read_many(store.list(f"{bucket.prefix}{LEDGER}/"))
    else:
        found = (path for path in Path(records).rglob(f"{LEDGER}/*/*.json") if path.is_file())
        contents = {path.as_posix(): path.read_bytes() for path in found}
    return {
        path: content.decode(errors="replace") for path, content in contents.items() if _LEDGER_FILE.fullmatch(path)
    }
