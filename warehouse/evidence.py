"""List the items behind the numbers, each with its record: exactly the items that a number counts."""

from collections.abc import Iterator
from typing import Any

from duckdb import DuckDBPyConnection

from warehouse.measures import certainty_sql, is_dora, measure_sql, measures
from warehouse.report.model import Evidence, Period

_CHUNK = 1_000
_SERVICE, _ENVIRONMENT = "COALESCE(s.service, c.service)", "COALESCE(s.name, e.environment)"
"""Of a part of a repository those of the part."""


def evidence(  # noqa: PLR0913 (one parameter for each dimension of a number)
    connection: DuckDBPyConnection,
    measure: str | None = None,
    *,
    service: str | None = None,
    repository: str | None = None,
    environment: str | None = None,
    period: Period | None = None,
    limit: int | None = None,
) -> Iterator[Evidence]:
    """Yield the items of a measure (default: of all), newest first, items without a time last, `limit` of each measure.

    The items of a number are those of its service, repository (empty: any), environment and period. Requires the views
    (`warehouse.views.create`). Raises KeyError for an unknown measure.
    """
    columns = {_SERVICE: service, "c.name": repository or None, _ENVIRONMENT: environment}
    filters = {name: value for name, value in columns.items() if value is not None}
    for name in [measure] if measure else [known_measure.name for known_measure in measures()]:
        yield from _measure_evidence(connection, name, filters, period, limit)


def _measure_evidence(
    connection: DuckDBPyConnection, measure: str, filters: dict[str, Any], period: Period | None, limit: int | None
) -> Iterator[Evidence]:
    conditions = [f"{name} = ?" for name in filters]
    values = list(filters.values())
    if period:
        conditions.append("e.happened_at >= make_timestamp_ms(?) AND e.happened_at < make_timestamp_ms(?)")
        values += [period.starts_at, period.ends_at]
    links, join = _links(measure)
    rows = connection.execute(
        f"SELECT {_SERVICE}, c.name, {_ENVIRONMENT}, epoch_ms(e.happened_at), e.item, e.value, e.why, e.record_id, e.path, e.sure, "
        f"e.host, {links} "
        f"FROM (SELECT *, {certainty_sql(connection, measure)} AS sure FROM ({measure_sql(measure)}\n)) AS e JOIN catalog AS c ON c.host = e.host AND c.repository_key = e.repository_key "
        "LEFT JOIN report_environments AS s ON s.host = e.host AND s.repository_key = e.repository_key AND s.environment = e.environment "
        f"{join}"
        f"WHERE {' AND '.join(conditions) or 'TRUE'} "
        f"ORDER BY e.happened_at DESC NULLS LAST, c.name, 3, e.item{'' if limit is None else f' LIMIT {limit:d}'}",
        values,
    )
    while chunk := rows.fetchmany(_CHUNK):
        yield from (Evidence(measure, *row) for row in chunk)


def _links(measure: str) -> tuple[str, str]:
    """Return the columns of an item's links, and the join that finds them: only DORA's measures have any."""
    names = ("author_kind", "assisted", "deployment", "sha", "number", "run")
    if not is_dora(measure):
        return ", ".join("NULL" for _ in names), ""
    keys = ("host", "repository_key", "environment", "item")
    same = " AND ".join(f"l.{name} = e.{name}" for name in keys)
    return ", ".join(f"l.{name}" for name in names), f"LEFT JOIN item_links AS l ON {same} "
