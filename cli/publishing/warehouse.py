"""Reports on an opened source: a merged database, or marts that an engine wrote."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cli.publishing.services_file import ServicesFile
from warehouse.report.filters import Filter

if TYPE_CHECKING:
    from warehouse.engines.mart_database import Marts
    from warehouse.report.model import Evidence, Report
    from warehouse.services import Services


class Warehouse(NamedTuple):
    """A merged database with its display name and service definitions."""

    connection: Any
    called: str
    services: "Services"
    services_file: ServicesFile
    begin: Callable[[str], object] = lambda _: None
    """Called with the name of each stage that takes a while."""
    marts: "Marts | None" = None
    """The marts that take the place of records; their report has their time and periods."""
    since: int = 0
    """Periods that begin earlier (UNIX ms) are not reported: the source has only a part of them."""

    def report(self, now: int, *, of_repositories: bool = True) -> "Report":
        """Build the report at `now` (UNIX ms), or at the time that services.toml names, if that is not in the future.

        Text and Markdown of whole services need no numbers `of_repositories`.
        """
        from warehouse import views  # noqa: PLC0415 (loads duckdb, which takes long)
        from warehouse.periods import recent, time_zone, whole  # noqa: PLC0415 (loads duckdb, which takes long)
        from warehouse.report import build  # noqa: PLC0415 (loads duckdb, which takes long)

        if self.marts is not None:
            return build.build(
                self.connection,
                services=self.services,
                source=self.called,
                now=self.marts.as_of,
                periods=self.marts.periods,
                of_repositories=of_repositories,
            )
        self.begin("build the models")
        views.create(self.connection, self.services)
        self.begin("compute the numbers")
        as_of = self.services.as_of_ms
        if as_of is not None:  # what has not happened yet is unknown, and would be a known zero of a later report
            now = min(as_of, max(now, build.newest_at(self.connection) or 0))
        return build.build(
            self.connection,
            services=self.services,
            source=self.called,
            now=now,
            periods=whole(recent(now, zone=time_zone(self.services.time_zone)), self.since),
            of_repositories=of_repositories,
        )

    def evidence(self, measure: str = "", filters: Filter = Filter(), period: str = "") -> "Iterator[Evidence]":  # noqa: B008 (frozen)
        """Yield the items behind one measure or all measures; requires the views that `report` creates."""
        from warehouse.evidence import evidence  # noqa: PLC0415 (loads duckdb, which takes long)
        from warehouse.periods import named, time_zone  # noqa: PLC0415 (loads duckdb, which takes long)

        self.begin("list the evidence")
        if self.marts is not None:
            self.marts.load_evidence(measure)
        items = evidence(
            self.connection,
            measure or None,
            service=filters.service or None,
            repository=filters.repository or None,
            period=named(period, time_zone(self.services.time_zone)) if period else None,
        )
        return (item for item in items if filters.environment in ("", item.environment) or not item.environment)

    def pages(self, report: "Report", name: str) -> "Iterator[tuple[str, str]]":
        """Yield path and HTML of each page of the dashboard of a report with its evidence; `name` is the main page's file."""
        self.begin("write the dashboard")
        from warehouse import dashboard  # noqa: PLC0415 (reads its scripts when imported)

        return dashboard.pages(report, self.evidence(), name)
