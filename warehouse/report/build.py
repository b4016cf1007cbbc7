"""Build a report from the merged database: every number with its coverage."""

from collections.abc import Iterable, Iterator
from itertools import starmap
from typing import Any, NamedTuple

from duckdb import DuckDBPyConnection

from warehouse import views
from warehouse.globs import matches_any_case
from warehouse.measures import measures
from warehouse.names_seen import names_seen
from warehouse.periods import recent, time_zone
from warehouse.report import marts
from warehouse.report.incident_counts import incident_counts
from warehouse.report.left_out_model import LeftOut, WholeRuns, WithoutEnd
from warehouse.report.model import Environment, LedgerDay, Missing, Period, Reject, Report, Repository
from warehouse.report.numbers import numbers, stored_rows, unknown_items
from warehouse.report.settings_model import RecordCount
from warehouse.report.suggestions import Deployed, suggestions
from warehouse.report.target_settings import annotations_of, targets_of
from warehouse.services import DEFAULT_SERVICES, Services
from warehouse.services.assignment import assigned_parts
from warehouse.services.unmatched import kinds, unmatched


class _Entry(NamedTuple):
    """A row of the mart `repositories`."""

    host: str
    repository_key: str
    name: str
    service: str
    team: str | None
    deployments: str
    lead_time_from: str
    has_more_than_incidents: bool


def build(
    connection: DuckDBPyConnection,
    *,
    services: Services = DEFAULT_SERVICES,
    source: str,
    now: int,
    periods: tuple[Period, ...] | None = None,
    of_repositories: bool = True,
) -> Report:
    """Compute all numbers for the given periods (default: the recent ones up to `now`, in UNIX ms).

    The models are built if they are not current, so that `evidence` on this connection lists exactly what these numbers
    count. Pages of services alone need no numbers `of_repositories`.
    """
    views.create(connection, services)
    zone = time_zone(services.time_zone)
    selected_periods = recent(now, zone=zone) if periods is None else periods
    records = marts.rows(connection, "records")
    rejects = marts.rows(connection, "rejects")
    return Report(
        generated_at=now,
        source=source,
        records={metric: count for metric, count, *_ in records},
        newest_at=_newest(records),
        measures=measures(),
        repositories=tuple(_repositories(connection, services)),
        periods=selected_periods,
        numbers=tuple(numbers(connection, selected_periods, now, zone, of_repositories=of_repositories)),
        ledger=tuple(_ledger(connection)),
        rejects=tuple(Reject(path, reason) for path, _, reason, _ in rejects),
        rejected=rejects[0][-1] if rejects else 0,
        notes=_notes(connection, services),
        time_zone=services.time_zone,
        incident_counts=tuple(incident_counts(connection, services, selected_periods)),
        unknown=tuple(unknown_items(connection, selected_periods)),
        old_records={metric: old for metric, _, old, _ in records if old},
        environments=tuple(starmap(Environment, marts.rows(connection, "environments"))),
        left_out=tuple(starmap(LeftOut, stored_rows(connection, selected_periods, "left_out"))),
        suggestions=tuple(
            suggestions(starmap(Deployed, stored_rows(connection, selected_periods, "counted")), services)
        ),
        whole_runs=tuple(starmap(WholeRuns, marts.rows(connection, "whole_runs"))),
        without_end=without_end(connection, selected_periods, now),
        records_url=_records_url(connection),
        targets=tuple(targets_of(services)),
        annotations=tuple(annotations_of(services)),
        shared_deployments=tuple((one, other) for one, other in marts.rows(connection, "shared_deployments")),
        record_counts=_record_counts(connection),
    )


def _record_counts(connection: DuckDBPyConnection) -> tuple[RecordCount, ...]:
    """Return the number of records of each repository, by metric."""
    counts = starmap(RecordCount, marts.rows(connection, "record_counts"))
    return tuple(sorted(counts, key=lambda count: marts.RECORD_COUNTS.index(count.metric)))


def newest_at(connection: DuckDBPyConnection) -> int | None:
    """Return when the newest record was received (UNIX ms); None without records."""
    return _newest(marts.rows(connection, "records"))


def _newest(records: Iterable[tuple[Any, ...]]) -> int | None:
    return max((newest for *_, newest in records if newest is not None), default=None)


def without_end(connection: DuckDBPyConnection, periods: Iterable[Period], now: int) -> tuple[WithoutEnd, ...]:
    """Return the environments of production with deployments that got no final status within a day before `now` (UNIX ms)."""
    with marts.inputs(connection, periods, now):
        return tuple(starmap(WithoutEnd, marts.rows(connection, "without_end")))


def _notes(connection: DuckDBPyConnection, services: Services) -> tuple[str, ...]:
    """Return a line for each setting without an effect; reads only the names that a glob needs."""
    if marts.holds_marts(connection):
        return tuple(note for (note,) in connection.execute("SELECT note FROM mart_notes ORDER BY position").fetchall())
    return unmatched(services, names_seen(connection, kinds(services)))


def _records_url(connection: DuckDBPyConnection) -> str:
    """Return the address of the records' folder on GitHub; empty if it is unknown, or if there are several sources."""
    urls = [url for _, url in marts.rows(connection, "sources")]
    return urls[0] or "" if len(urls) == 1 else ""


def _repositories(connection: DuckDBPyConnection, services: Services) -> Iterator[Repository]:
    """Yield each repository once, also if it has records both with and without GitHub's id; a split one by its parts.

    The rest of a split repository is one of them if it has deployments. One that only holds incidents of services is none:
    its incidents are in the numbers of these services, or beside them.
    """
    delivered = set(marts.rows(connection, "delivered_services"))
    rows = starmap(_Entry, marts.rows(connection, "repositories"))
    entries = [entry for entry in rows if entry.has_more_than_incidents or not _is_listed_elsewhere(entry, services)]
    entries.sort(key=lambda entry: (entry.host, entry.name, entry.repository_key))
    with_id = {(entry.host, entry.name.lower()) for entry in entries if entry.repository_key != entry.name.lower()}
    for entry in entries:
        if entry.repository_key != entry.name.lower() or (entry.host, entry.name.lower()) not in with_id:
            place = (entry.host, entry.repository_key)
            parts = assigned_parts(services, *entry.name.split("/", 1))
            decided = (entry.deployments, entry.lead_time_from)
            yield from (
                Repository(*place, entry.name, part.service, part.team, *decided, is_part=bool(parts))
                for part in parts or (entry,)
                if part.service != entry.name or part is entry or (*place, part.service) in delivered
            )


def _is_listed_elsewhere(entry: "_Entry", services: Services) -> bool:
    """Return whether services list the incidents of a repository that has no service of its own."""
    globs = (glob for service in services.services.values() for glob in service.incidents or ())
    return entry.service not in services.services and any(matches_any_case(entry.name, glob) for glob in globs)


def _ledger(connection: DuckDBPyConnection) -> Iterator[LedgerDay]:
    missing: dict[tuple[str, str], list[Missing]] = {}
    for day, webhook, *delivery in marts.rows(connection, "ledger_missing"):
        missing.setdefault((day, webhook), []).append(Missing(*delivery))
    for day, webhook, owner, sent, accepted, stored, recovered in marts.rows(connection, "ledger"):
        lost = tuple(missing.get((day, webhook), ()))
        yield LedgerDay(day, f"{owner} ({webhook})", sent, accepted, stored, recovered, lost)
