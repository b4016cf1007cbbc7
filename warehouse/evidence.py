"""The items behind the numbers, and the record that tells of each: what a number counts is what is listed here."""

from collections.abc import Iterator
from typing import Any

from duckdb import DuckDBPyConnection

from warehouse.measures import measures, rows_of
from warehouse.report.model import Evidence, Period

_CHUNK = 1_000


def evidence(  # noqa: PLR0913 (each narrows it by one of a number's own words)
    connection: DuckDBPyConnection,
    measure: str | None = None,
    *,
    service: str | None = None,
    repository: str | None = None,
    environment: str | None = None,
    period: Period | None = None,
    limit: int | None = None,
) -> Iterator[Evidence]:
    """The items of a measure (without one, of all), the newest first and those of no time last, `limit` of each measure.

    A number's own are those of its service, repository (an empty one: not asked for), environment and period. Needs the
    views (`warehouse.views.create`). Raises KeyError for a measure that there is not.
    """
    asked = {"c.service": service, "c.name": repository or None, "e.environment": environment}
    told = {name: value for name, value in asked.items() if value is not None}
    for name in [measure] if measure else [each.name for each in measures()]:
        yield from _of(connection, name, told, period, limit)


def _of(
    connection: DuckDBPyConnection, measure: str, told: dict[str, Any], period: Period | None, limit: int | None
) -> Iterator[Evidence]:
    conditions = [f"{name} = ?" for name in told]
    values = list(told.values())
    if period:
        conditions.append("e.happened_at >= make_timestamp_ms(?) AND e.happened_at < make_timestamp_ms(?)")
        values += [period.starts_at, period.ends_at]
    found = connection.execute(
        "SELECT c.service, c.name, e.environment, epoch_ms(e.happened_at), e.item, e.value, e.why, e.record_id, e.path "
        f"FROM ({rows_of(measure)}\n) AS e JOIN catalog AS c ON c.host = e.host AND c.repository_key = e.repository_key "
        f"WHERE {' AND '.join(conditions) or 'TRUE'} "
        f"ORDER BY e.happened_at DESC NULLS LAST, c.name, e.environment, e.item{'' if limit is None else f' LIMIT {limit:d}'}",
        values,
    )
    while chunk := found.fetchmany(_CHUNK):
        yield from (Evidence(measure, *row) for row in chunk)
