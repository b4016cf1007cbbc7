"""Merges new records of a source and renders reports from the database."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cli import hints
from cli.publishing import dashboard_files, marts_source, parquet_tables, source_names, trial_note
from cli.publishing.dashboard_files import DASHBOARD_FILE
from cli.publishing.services_file import ServicesFile, find
from cli.publishing.warehouse import Warehouse
from core.clock import now
from core.errors import PermanentError, Unavailable
from core.progress import ProgressCallback
from core.settings import Settings
from runtimes.local.state_folder import STATE, make_private

if TYPE_CHECKING:
    from warehouse.services import Services

LIVE = STATE / "dashboard.duckdb"
"""Database of the running server; two processes cannot open one database."""


class ReportRequest(NamedTuple):
    """Options of every command that reports on records."""

    source: str
    """Any source of `telemetry merge`, or a merged database; empty: this machine's store."""
    database: str = ""
    """File for the merged database, so that the next merge reads only new records; empty: temporary."""
    services: str = ""
    """Path of services.toml; empty: the one beside the records, else ./services.toml, if it exists."""
    called: str = ""
    """Display name of the source; empty: the source argument."""


@contextmanager
def open_merged(
    request: ReportRequest,
    settings: Settings,
    advance: ProgressCallback = lambda *_: None,
    begin: Callable[[str], object] = lambda _: None,
) -> Iterator[Warehouse]:
    """Merge new records of the source and yield the database; raises TelemetryError."""
    if is_database(request.source):
        if request.database:
            raise PermanentError(
                f"{request.source} is already a database: --database is for sources that must be merged first"
            )
        with _open_existing(request) as (connection, file, definitions):
            from warehouse import database  # noqa: PLC0415 (loads duckdb, which takes long)

            called = request.called or Path(request.source).name
            yield _warehouse(connection, called, definitions, file, begin, database.source_names(connection))
    elif parquet_tables.is_marts(request.source):
        if request.database:
            raise PermanentError(f"{request.source} is complete: --database is for sources that must be merged first")
        file = ServicesFile(Path(request.services)) if request.services else find([])
        with marts_source.open_report(request.source, services(file) if file.path else None, file, begin) as warehouse:
            yield warehouse._replace(called=request.called or request.source)
    else:
        file = services_file(request.source, request.services, settings)
        definitions = services(file)
        with _temporary_folder() as folder:
            path = Path(request.database or f"{folder}/telemetry.duckdb")
            with _merge(request.source, path, settings, advance) as connection:
                called = request.called or _display_name(request.source, settings)
                yield _warehouse(connection, called, definitions, file, begin, _folders(request.source, settings))


def dashboard_builder(settings: Settings, path: Path = LIVE) -> Callable[[ProgressCallback], bytes | None]:
    """Return a function that builds the dashboard of this machine's store; it returns None if there are no records."""

    def build(advance: ProgressCallback) -> bytes | None:
        if not Path(settings.store_directory).is_dir():
            return None
        make_private(path.parent)
        with open_merged(ReportRequest("", str(path)), settings, advance) as warehouse:
            report = warehouse.report(now())
            if not any(report.records.values()):
                return None
            dashboard_files.write(path.parent, warehouse.pages(report, DASHBOARD_FILE))
        return (path.parent / DASHBOARD_FILE).read_bytes()

    return build


def services_file(source: str, named: str, settings: Settings) -> ServicesFile:
    """Return the services.toml that is named, else the one of a source that is merged."""
    if named:
        return ServicesFile(Path(named))
    return find(_folders(source, settings))


def _folders(source: str, settings: Settings) -> list[str]:
    return [source or settings.store_directory] if source or settings.store == "directory" else []


def _warehouse(
    connection: Any,
    called: str,
    definitions: "Services",
    file: ServicesFile,
    begin: Callable[[str], object],
    folders: Iterable[str],
) -> Warehouse:
    """Return the database with what `telemetry try` noted of its folders. Raises PermanentError."""
    notes = [note for note in map(trial_note.read, folders) if note is not None]
    for note in notes:
        called = note.label(called)
    since = max((note.since for note in notes), default=0)
    return Warehouse(connection, called, definitions, file, begin, since=since)


def services(file: ServicesFile) -> "Services":
    """Load service definitions, or the default ones if there is no file; raises ServicesError."""
    from warehouse.services import DEFAULT_SERVICES, load  # noqa: PLC0415 (loads duckdb, which takes long)

    return DEFAULT_SERVICES if file.path is None else load(file.path)


def is_database(source: str) -> bool:
    """Return whether the source is a database: only databases are files."""
    return source.endswith(".duckdb") or Path(source).is_file()


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Create a folder for a temporary database; raises Unavailable if the disk is full."""
    try:
        return tempfile.TemporaryDirectory(prefix="telemetry-")
    except OSError as error:
        raise Unavailable(f"a temporary folder cannot be created: {error.strerror}") from None


@contextmanager
def _open_existing(request: ReportRequest) -> "Iterator[tuple[Any, ServicesFile, Services]]":
    """Open a merged database, and find its services: read-only if its models are current, so that several processes can report.

    Otherwise it is opened again for writing, and the models stay for the next report. A file that cannot be written is read.
    """
    from warehouse import database, views  # noqa: PLC0415 (loads duckdb, which takes long)

    path = Path(request.source)
    with ExitStack() as reading:
        connection = reading.enter_context(database.open_read_only(path))
        file = ServicesFile(Path(request.services)) if request.services else find(database.source_names(connection))
        definitions = services(file)
        if stale_sources := database.sources_to_remerge(connection):
            again = hints.command("merge", *source_names.words(stale_sources[0]), database=str(path))
            raise PermanentError(f"{path} must be merged again: `{again}`")
        if views.is_current(connection, definitions):
            yield connection, file, definitions
            return
    with ExitStack() as writing:
        try:
            connection = writing.enter_context(database.open_database(path))
        except database.DatabaseError:
            connection = writing.enter_context(database.open_read_only(path))
        yield connection, file, definitions


@contextmanager
def _merge(source: str, path: Path, settings: Settings, advance: ProgressCallback) -> Iterator[Any]:
    from cli.publishing import sources  # noqa: PLC0415 (loads duckdb, which takes long)
    from warehouse import database  # noqa: PLC0415 (loads duckdb, which takes long)
    from warehouse.ingest.merge import merge  # noqa: PLC0415 (loads duckdb, which takes long)

    with sources.open_source(source, settings) as opened, database.open_database(path) as connection:
        merge(connection, opened, advance)
        yield connection


def _display_name(source: str, settings: Settings) -> str:
    """Return a short display name of the source."""
    own = {
        "directory": settings.store_directory,
        "github": f"{settings.repo_owner}/{settings.repo_name}",
        "s3": f"s3://{settings.store_bucket}",
        "gcs": f"gs://{settings.store_bucket}",
    }
    return source or own[settings.store]
