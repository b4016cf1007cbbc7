"""What a report says, asked of the merged database: every number, with how much of it is known."""

from collections.abc import Iterator

import pyarrow as pa
from duckdb import DuckDBPyConnection

from warehouse import catalog, views
from warehouse.measures import measures, rows_of, statements
from warehouse.periods import days, recent
from warehouse.report.model import PER_DAY, LedgerDay, Measure, Missing, Number, Period, Reject, Report, Repository
from warehouse.schema.metric_tables import tables
from warehouse.services import NOTHING_TOLD, Services

REJECTS_SHOWN = 100
_ALL = "SELECT * FROM ({}\n)"


def build(
    connection: DuckDBPyConnection,
    *,
    services: Services = NOTHING_TOLD,
    source: str,
    now: int,
    periods: tuple[Period, ...] | None = None,
) -> Report:
    """All numbers, for the periods up to `now` (UNIX ms) if no others are asked for.

    Leaves the views behind, worked out: what `evidence` lists on this connection is what these numbers count.
    """
    views.create(connection, services)
    views.materialize(connection)
    asked = recent(now) if periods is None else periods
    return Report(
        generated_at=now,
        source=source,
        records=_records(connection),
        newest_at=_newest(connection),
        measures=measures(),
        repositories=tuple(_repositories(connection)),
        periods=asked,
        numbers=tuple(_numbers(connection, asked, now)),
        ledger=tuple(_ledger(connection)),
        rejects=tuple(_rejects(connection)),
        rejected=_count(connection, "rejects"),
    )


def _records(connection: DuckDBPyConnection) -> dict[str, int]:
    return {metric: _count(connection, table.name) for metric, table in tables().items()}


def _count(connection: DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def _newest(connection: DuckDBPyConnection) -> int | None:
    of_each = " UNION ALL ".join(f"SELECT max(received_at) AS newest FROM {table.name}" for table in tables().values())
    found: int | None = connection.execute(f"SELECT epoch_ms(max(newest)) FROM ({of_each})").fetchall()[0][0]
    return found


def _repositories(connection: DuckDBPyConnection) -> Iterator[Repository]:
    """One whose records without GitHub's id are beside those with it is told once."""
    entries = list(catalog.entries(connection))
    with_id = {(entry.host, entry.name.lower()) for entry in entries if entry.repository_key != entry.name.lower()}
    for entry in entries:
        if entry.repository_key != entry.name.lower() or (entry.host, entry.name.lower()) not in with_id:
            yield Repository(entry.host, entry.repository_key, entry.name, entry.service, entry.team, entry.deployments)


def _numbers(connection: DuckDBPyConnection, asked: tuple[Period, ...], now: int) -> Iterator[Number]:
    names = ("kind", "name", "starts_at", "ends_at")
    columns = {name: [getattr(period, name) for period in asked] for name in names}
    connection.register("asked_for", pa.table(columns))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE periods AS SELECT kind, name, make_timestamp_ms(starts_at) AS starts_at, "
        "make_timestamp_ms(ends_at) AS ends_at FROM asked_for"
    )
    connection.unregister("asked_for")
    by_name = {(period.kind, period.name): period for period in asked}
    for measure in measures():
        yield from _of(connection, measure, by_name, now)
    connection.execute("DROP TABLE temp.periods")


def _of(
    connection: DuckDBPyConnection, measure: Measure, asked: dict[tuple[str, str], Period], now: int
) -> Iterator[Number]:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE evidence AS SELECT host, repository_key, environment, happened_at, value "
        f"FROM ({rows_of(measure.name)}\n) WHERE happened_at >= (SELECT min(starts_at) FROM periods)"
    )
    found = connection.execute(f"SELECT * FROM ({dict(statements('.'))['numbers']}\n) ORDER BY ALL").fetchall()
    connection.execute("DROP TABLE temp.evidence")
    for service, repository, environment, kind, period, known, items, total, mean, median in found:
        per_day = total / days(asked[kind, period], now) if total is not None else None
        value = {"median": median, "mean": mean, "per_day": per_day, "sum": total}[measure.statistic]
        yield Number(measure.name, service, repository, environment, kind, period, value, known, items)
    if measure.statistic == PER_DAY:
        there = {tuple(row[:5]) for row in found}
        yield from (each for each in _zeros(connection, measure, asked, now) if each[1:6] not in there)


def _zeros(
    connection: DuckDBPyConnection, measure: Measure, asked: dict[tuple[str, str], Period], now: int
) -> Iterator[Number]:
    """None of something in a period is known to be none once there was a first."""
    of_each = connection.execute(
        f"SELECT service, '' AS repository, environment, epoch_ms(min(happened_at)) FROM ({rows_of(measure.name)}\n) "
        "JOIN catalog USING (host, repository_key) GROUP BY ALL UNION ALL "
        f"SELECT service, name, environment, epoch_ms(min(happened_at)) FROM ({rows_of(measure.name)}\n) "
        "JOIN catalog USING (host, repository_key) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for service, repository, environment, first in of_each:
        for (kind, name), period in asked.items():
            if period.ends_at > first and period.starts_at <= now:
                yield Number(measure.name, service, repository, environment, kind, name, 0.0, 0, 0)


def _ledger(connection: DuckDBPyConnection) -> Iterator[LedgerDay]:
    missing: dict[tuple[str, str], list[Missing]] = {}
    for day, webhook, *told in connection.execute(
        "SELECT CAST(day AS VARCHAR), webhook, guid, event, reason FROM ledger_missing ORDER BY day, webhook, guid"
    ).fetchall():
        missing.setdefault((day, webhook), []).append(Missing(*told))
    for day, webhook, owner, sent, accepted, stored, recovered in connection.execute(
        "SELECT CAST(day AS VARCHAR), webhook, owner, sent, accepted, stored, recovered FROM ledger ORDER BY day, webhook"
    ).fetchall():
        lost = tuple(missing.get((day, webhook), ()))
        yield LedgerDay(day, f"{owner} ({webhook})", sent, accepted, stored, recovered, lost)


def _rejects(connection: DuckDBPyConnection) -> Iterator[Reject]:
    shown = connection.execute("SELECT path, reason FROM rejects ORDER BY path, source LIMIT ?", [REJECTS_SHOWN])
    return (Reject(*row) for row in shown.fetchall())
