"""Build a report from the merged database: every number with its coverage."""

from collections.abc import Iterator
from itertools import starmap

from duckdb import DuckDBPyConnection

from core.events import SCHEMA
from warehouse import catalog, views
from warehouse.globs import matches_any_case
from warehouse.measures import measures
from warehouse.names_seen import names_seen
from warehouse.periods import recent, time_zone
from warehouse.report.incident_counts import incident_counts
from warehouse.report.left_out_counts import COUNTED, LEFT_OUT, whole_runs, without_end
from warehouse.report.left_out_model import LeftOut
from warehouse.report.model import Environment, LedgerDay, Missing, Period, Reject, Report, Repository
from warehouse.report.numbers import numbers, stored_rows, unknown_items
from warehouse.report.record_counts import record_counts, shared_deployments
from warehouse.report.suggestions import Deployed, suggestions
from warehouse.report.target_settings import annotations_of, targets_of
from warehouse.schema.metric_tables import tables
from warehouse.services import DEFAULT_SERVICES, Services
from warehouse.services.assignment import assigned_parts
from warehouse.services.unmatched import kinds, unmatched

REJECTS_SHOWN = 100


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
    return Report(
        generated_at=now,
        source=source,
        records=_records(connection),
        newest_at=newest_at(connection),
        measures=measures(),
        repositories=tuple(_repositories(connection, services)),
        periods=selected_periods,
        numbers=tuple(numbers(connection, selected_periods, now, zone, of_repositories=of_repositories)),
        ledger=tuple(_ledger(connection)),
        rejects=tuple(_rejects(connection)),
        rejected=_count(connection, "rejects"),
        notes=_notes(connection, services),
        time_zone=services.time_zone,
        incident_counts=tuple(incident_counts(connection, services, selected_periods)),
        unknown=tuple(unknown_items(connection, selected_periods)),
        old_records=_old_records(connection),
        environments=tuple(_environments(connection)),
        left_out=tuple(LeftOut(*row) for row in stored_rows(connection, selected_periods, LEFT_OUT)),
        suggestions=tuple(suggestions(starmap(Deployed, stored_rows(connection, selected_periods, COUNTED)), services)),
        whole_runs=tuple(whole_runs(connection)),
        without_end=tuple(without_end(connection, selected_periods, now)),
        records_url=_records_url(connection),
        targets=tuple(targets_of(services)),
        annotations=tuple(annotations_of(services)),
        shared_deployments=tuple(shared_deployments(connection)),
        record_counts=tuple(record_counts(connection)),
    )


def _notes(connection: DuckDBPyConnection, services: Services) -> tuple[str, ...]:
    """Return a line for each setting without an effect; reads only the names that a glob needs."""
    return unmatched(services, names_seen(connection, kinds(services)))


def _records(connection: DuckDBPyConnection) -> dict[str, int]:
    return {metric: _count(connection, table.name) for metric, table in tables().items()}


def _old_records(connection: DuckDBPyConnection) -> dict[str, int]:
    """Return the number of records of an older shape by metric, without the metrics that have none."""
    counts = {
        metric: _count(connection, f'{table.name} WHERE "schema" < {SCHEMA}') for metric, table in tables().items()
    }
    return {metric: count for metric, count in counts.items() if count}


def _count(connection: DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def newest_at(connection: DuckDBPyConnection) -> int | None:
    """Return when the newest record was received; None without records."""
    latest_sql = " UNION ALL ".join(
        f"SELECT max(received_at) AS newest FROM {table.name}" for table in tables().values()
    )
    newest: int | None = connection.execute(f"SELECT epoch_ms(max(newest)) FROM ({latest_sql})").fetchall()[0][0]
    return newest


def _records_url(connection: DuckDBPyConnection) -> str:
    """Return the address of the records' folder on GitHub; empty if it is unknown, or if there are several sources."""
    urls = [url for (url,) in connection.execute("SELECT url FROM sources").fetchall()]
    return urls[0] or "" if len(urls) == 1 else ""


def _repositories(connection: DuckDBPyConnection, services: Services) -> Iterator[Repository]:
    """Yield each repository once, also if it has records both with and without GitHub's id; a split one by its parts.

    The rest of a split repository is one of them if it has deployments. One that only holds incidents of services is none:
    its incidents are in the numbers of these services, or beside them.
    """
    delivered = set(
        connection.execute("SELECT DISTINCT host, repository_key, service FROM service_environments").fetchall()
    )
    incidents_only = set(_with_incidents_only(connection, services))
    entries = [
        entry for entry in catalog.entries(connection) if (entry.host, entry.repository_key) not in incidents_only
    ]
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


def _with_incidents_only(connection: DuckDBPyConnection, services: Services) -> Iterator[tuple[str, str]]:
    """Yield the repositories that have records of incidents alone, which services list as theirs."""
    others = " UNION ".join(
        f"SELECT host, repository_key FROM {table.name}" for metric, table in tables().items() if metric != "incident"
    )
    globs = [glob for service in services.services.values() for glob in service.incidents or ()]
    rows = connection.execute(
        f"SELECT host, repository_key, name, service FROM catalog ANTI JOIN ({others}) USING (host, repository_key)"
    )
    for host, key, name, service in rows.fetchall():
        if service not in services.services and any(matches_any_case(name, glob) for glob in globs):
            yield host, key


def _environments(connection: DuckDBPyConnection) -> Iterator[Environment]:
    """Yield the environments of the repositories whose deployments are statuses."""
    rows = connection.execute(
        "SELECT DISTINCT c.name, e.environment, e.is_production, e.reason FROM environments AS e "
        "JOIN catalog AS c USING (host, repository_key) WHERE c.deployments = 'statuses' ORDER BY ALL"
    )
    return (Environment(*row) for row in rows.fetchall())


def _ledger(connection: DuckDBPyConnection) -> Iterator[LedgerDay]:
    missing: dict[tuple[str, str], list[Missing]] = {}
    for day, webhook, *delivery in connection.execute(
        "SELECT CAST(day AS VARCHAR), webhook, guid, event, reason FROM ledger_missing ORDER BY day, webhook, guid"
    ).fetchall():
        missing.setdefault((day, webhook), []).append(Missing(*delivery))
    for day, webhook, owner, sent, accepted, stored, recovered in connection.execute(
        "SELECT CAST(day AS VARCHAR), webhook, owner, sent, accepted, stored, recovered FROM ledger ORDER BY day, webhook"
    ).fetchall():
        lost = tuple(missing.get((day, webhook), ()))
        yield LedgerDay(day, f"{owner} ({webhook})", sent, accepted, stored, recovered, lost)


def _rejects(connection: DuckDBPyConnection) -> Iterator[Reject]:
    rows = connection.execute("SELECT path, reason FROM rejects ORDER BY path, source LIMIT ?", [REJECTS_SHOWN])
    return (Reject(*row) for row in rows.fetchall())
