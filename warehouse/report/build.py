"""Build a report from the merged database: every number with its coverage."""

from collections.abc import Iterator

import pyarrow as pa
from duckdb import DuckDBPyConnection

from warehouse import catalog, views
from warehouse.measures import measure_sql, measures
from warehouse.names_seen import names_seen
from warehouse.periods import days, recent
from warehouse.report.model import (
    MEAN,
    MEDIAN,
    PER_DAY,
    SUM,
    LedgerDay,
    Measure,
    Missing,
    Number,
    Period,
    Reject,
    Report,
    Repository,
)
from warehouse.schema.metric_tables import tables
from warehouse.services import DEFAULT_SERVICES, Services
from warehouse.services.not_applied import not_applied
from warehouse.services.unmatched import kinds, unmatched
from warehouse.sql_files import statements

REJECTS_SHOWN = 100


def build(
    connection: DuckDBPyConnection,
    *,
    services: Services = DEFAULT_SERVICES,
    source: str,
    now: int,
    periods: tuple[Period, ...] | None = None,
) -> Report:
    """Compute all numbers for the given periods (default: the recent ones up to `now`, in UNIX ms).

    The views stay materialized, so that `evidence` on this connection lists exactly what these numbers count.
    """
    views.create(connection, services)
    views.materialize(connection)
    selected_periods = recent(now) if periods is None else periods
    return Report(
        generated_at=now,
        source=source,
        records=_records(connection),
        newest_at=_newest(connection),
        measures=measures(),
        repositories=tuple(_repositories(connection)),
        periods=selected_periods,
        numbers=tuple(_numbers(connection, selected_periods, now)),
        ledger=tuple(_ledger(connection)),
        rejects=tuple(_rejects(connection)),
        rejected=_count(connection, "rejects"),
        notes=_notes(connection, services),
    )


def _notes(connection: DuckDBPyConnection, services: Services) -> tuple[str, ...]:
    """Return a line for each setting without an effect; reads only the names that a glob needs."""
    return (*not_applied(services), *unmatched(services, names_seen(connection, kinds(services))))


def _records(connection: DuckDBPyConnection) -> dict[str, int]:
    return {metric: _count(connection, table.name) for metric, table in tables().items()}


def _count(connection: DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def _newest(connection: DuckDBPyConnection) -> int | None:
    latest_sql = " UNION ALL ".join(
        f"SELECT max(received_at) AS newest FROM {table.name}" for table in tables().values()
    )
    newest: int | None = connection.execute(f"SELECT epoch_ms(max(newest)) FROM ({latest_sql})").fetchall()[0][0]
    return newest


def _repositories(connection: DuckDBPyConnection) -> Iterator[Repository]:
    """Yield each repository once, also if it has records both with and without GitHub's id."""
    entries = list(catalog.entries(connection))
    with_id = {(entry.host, entry.name.lower()) for entry in entries if entry.repository_key != entry.name.lower()}
    for entry in entries:
        if entry.repository_key != entry.name.lower() or (entry.host, entry.name.lower()) not in with_id:
            yield Repository(entry.host, entry.repository_key, entry.name, entry.service, entry.team, entry.deployments)


def _numbers(connection: DuckDBPyConnection, periods: tuple[Period, ...], now: int) -> Iterator[Number]:
    names = ("kind", "name", "starts_at", "ends_at")
    columns = {name: [getattr(period, name) for period in periods] for name in names}
    connection.register("period_rows", pa.table(columns))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE periods AS SELECT kind, name, make_timestamp_ms(starts_at) AS starts_at, "
        "make_timestamp_ms(ends_at) AS ends_at FROM period_rows"
    )
    connection.unregister("period_rows")
    by_name = {(period.kind, period.name): period for period in periods}
    for measure in measures():
        yield from _measure_numbers(connection, measure, by_name, now)
    connection.execute("DROP TABLE temp.periods")


def _measure_numbers(
    connection: DuckDBPyConnection, measure: Measure, periods: dict[tuple[str, str], Period], now: int
) -> Iterator[Number]:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE evidence AS SELECT host, repository_key, environment, happened_at, value "
        f"FROM ({measure_sql(measure.name)}\n) WHERE happened_at >= (SELECT min(starts_at) FROM periods)"
    )
    rows = connection.execute(f"SELECT * FROM ({dict(statements('.'))['numbers']}\n) ORDER BY ALL").fetchall()
    connection.execute("DROP TABLE temp.evidence")
    for service, repository, environment, kind, period, known, items, total, mean, median in rows:
        per_day = total / days(periods[kind, period], now) if total is not None else None
        value = {MEDIAN: median, MEAN: mean, PER_DAY: per_day, SUM: total}[measure.statistic]
        yield Number(measure.name, service, repository, environment, kind, period, value, known, items)
    if measure.statistic == PER_DAY:
        present = {tuple(row[:5]) for row in rows}
        yield from (number for number in _zeros(connection, measure, periods, now) if number[1:6] not in present)


def _zeros(
    connection: DuckDBPyConnection, measure: Measure, periods: dict[tuple[str, str], Period], now: int
) -> Iterator[Number]:
    """Yield zero for each period since the first item: from then on, no item means a known zero."""
    first_items = connection.execute(
        f"SELECT service, '' AS repository, environment, epoch_ms(min(happened_at)) FROM ({measure_sql(measure.name)}\n) "
        "JOIN catalog USING (host, repository_key) GROUP BY ALL UNION ALL "
        f"SELECT service, name, environment, epoch_ms(min(happened_at)) FROM ({measure_sql(measure.name)}\n) "
        "JOIN catalog USING (host, repository_key) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for service, repository, environment, first in first_items:
        for (kind, name), period in periods.items():
            if period.ends_at > first and period.starts_at <= now:
                yield Number(measure.name, service, repository, environment, kind, name, 0.0, 0, 0)


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
