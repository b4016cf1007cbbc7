"""Opens marts, which an engine wrote as Parquet files, for a report."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cli.publishing import parquet_tables
from cli.publishing.services_file import ServicesFile
from cli.publishing.warehouse import Warehouse
from core.errors import PermanentError

if TYPE_CHECKING:
    from warehouse.services import Services


@contextmanager
def open_report(
    address: str, services: "Services | None", file: ServicesFile, begin: Callable[[str], object]
) -> Iterator[Warehouse]:
    """Read the newest complete run of marts: a folder, s3://BUCKET/marts or gs://BUCKET/marts. Raises TelemetryError.

    `services` are those of a services.toml here: targets and annotations are theirs, all other settings must be those that
    the marts were made with. Without any, the settings of the marts apply.
    """
    from warehouse.engines.mart_database import open_marts  # noqa: PLC0415 (loads duckdb, which takes long)

    begin("read the marts")
    with parquet_tables.open_tables(address) as tables, open_marts(tables) as marts:
        if services is not None and services.of_models != marts.services.of_models:
            raise PermanentError(
                f"{address} was made with another services.toml than {file.path}: name the one that `telemetry catalog` "
                "used with --services, or run `telemetry catalog` and the engine's statements again"
            )
        yield Warehouse(marts.connection, address, services or marts.services, file, begin, marts=marts)
