"""From a source to what is told of it: merge what is new, ask the database, write it down."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from core.clock import now
from core.errors import PermanentError, Unavailable
from core.progress import ProgressCallback
from core.settings import Settings
from runtimes.local.state_folder import STATE, make_private
from warehouse.report.filters import Filter

if TYPE_CHECKING:
    from warehouse.report.model import Evidence, Report
    from warehouse.services import Services

SERVICES = "services.toml"
LIVE = STATE / "dashboard.duckdb"
"""The running server's own: two processes cannot have one database open."""


class ReportRequest(NamedTuple):
    """What every command that tells of the records is given."""

    source: str
    """Whatever `telemetry merge` reads, or a database that it has merged; empty: this machine's store."""
    database: str = ""
    """Where the merged database is kept, so that the next merge reads only what is new; empty: nowhere."""
    services: str = ""
    """The services.toml; empty: the one in this folder, if there is one."""
    called: str = ""
    """What the source is called in what is written; empty: as it was named."""


class Warehouse(NamedTuple):
    """A merged database, and how it is read."""

    connection: Any
    called: str
    services: "Services"

    def report(self, now: int) -> "Report":
        """As it is at `now` (UNIX ms)."""
        from warehouse.report import build  # noqa: PLC0415 (duckdb: only whoever asks for it)

        return build.build(self.connection, services=self.services, source=self.called, now=now)

    def evidence(self, measure: str = "", filters: Filter = Filter(), period: str = "") -> "Iterator[Evidence]":  # noqa: B008 (frozen)
        """The items behind a measure's numbers, or behind all; after the report, which it tells the records of."""
        from warehouse.evidence import evidence  # noqa: PLC0415 (likewise)
        from warehouse.periods import named  # noqa: PLC0415 (likewise)

        items = evidence(
            self.connection,
            measure or None,
            service=filters.service or None,
            repository=filters.repository or None,
            period=named(period) if period else None,
        )
        return (item for item in items if filters.environment in ("", item.environment) or not item.environment)

    def page(self, report: "Report") -> str:
        """The dashboard: a report, and what is behind its numbers."""
        from warehouse import dashboard  # noqa: PLC0415 (reads its scripts)

        return dashboard.page(report, self.evidence())


@contextmanager
def open_merged(
    request: ReportRequest, settings: Settings, advance: ProgressCallback = lambda *_: None
) -> Iterator[Warehouse]:
    """The database, with all that is new in the source; raises a TelemetryError that says what is wrong."""
    require_packages()
    definitions = services(request.services)
    if is_database(request.source):
        if request.database:
            raise PermanentError(f"{request.source} is a database already: --database is for what is to be merged")
        with _open_existing(Path(request.source)) as connection:
            yield Warehouse(connection, request.called or Path(request.source).name, definitions)
    else:
        with _temporary_folder() as folder:
            path = Path(request.database or f"{folder}/telemetry.duckdb")
            with _merge(request.source, path, settings, advance) as connection:
                yield Warehouse(connection, request.called or _display_name(request.source, settings), definitions)


def dashboard_builder(settings: Settings, path: Path = LIVE) -> Callable[[ProgressCallback], bytes | None]:
    """What builds the dashboard of this machine's folder, with its database kept there; None while there are no records."""

    def build(advance: ProgressCallback) -> bytes | None:
        if not Path(settings.store_directory).is_dir():
            return None
        make_private(path.parent)
        with open_merged(ReportRequest("", str(path)), settings, advance) as warehouse:
            report = warehouse.report(now())
            return warehouse.page(report).encode() if any(report.records.values()) else None

    return build


def services(path: str) -> "Services":
    """What this services.toml tells, or by default that of this folder, if there is one; raises ServicesError."""
    from warehouse.services import NOTHING_TOLD, load  # noqa: PLC0415 (pydantic and duckdb: only whoever asks for it)

    if path or Path(SERVICES).is_file():
        return load(Path(path or SERVICES))
    return NOTHING_TOLD


def require_packages(names: tuple[str, ...] = ("duckdb", "pyarrow")) -> None:
    """Raises Unavailable where what the warehouse needs is not installed."""
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise Unavailable(f"{' and '.join(missing)}: not installed; pip install 'telemetry-functions[warehouse]'")


def is_database(source: str) -> bool:
    """Whether it names a file, as only databases are."""
    return source.endswith(".duckdb") or Path(source).is_file()


def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for a database that is not kept; raises Unavailable where the disk is full."""
    try:
        return tempfile.TemporaryDirectory(prefix="telemetry-")
    except OSError as error:
        raise Unavailable(f"no temporary folder can be made: {error.strerror}") from None


@contextmanager
def _open_existing(path: Path) -> Iterator[Any]:
    from warehouse import database  # noqa: PLC0415 (duckdb: only whoever asks for it)

    with database.open_read_only(path) as connection:
        stale_sources = database.sources_to_remerge(connection)
    if stale_sources:
        raise PermanentError(f"{path} has to be merged again: `telemetry merge {stale_sources[0]} --database {path}`")
    with database.open_database(
        path
    ) as connection:  # the views that a report makes stay in it, for whoever has a question
        yield connection


@contextmanager
def _merge(source: str, path: Path, settings: Settings, advance: ProgressCallback) -> Iterator[Any]:
    from cli.publishing import sources  # noqa: PLC0415 (duckdb: only whoever asks for it)
    from warehouse import database  # noqa: PLC0415 (likewise)
    from warehouse.ingest.merge import merge  # noqa: PLC0415 (likewise)

    with sources.open_source(source, settings) as opened, database.open_database(path) as connection:
        merge(connection, opened, advance)
        yield connection


def _display_name(source: str, settings: Settings) -> str:
    """In short, for whoever reads the report."""
    own = {
        "directory": settings.store_directory,
        "github": f"{settings.repo_owner}/{settings.repo_name}",
        "s3": f"s3://{settings.store_bucket}",
        "gcs": f"gs://{settings.store_bucket}",
    }
    return source or own[settings.store]
