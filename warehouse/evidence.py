"""List the items behind the numbers, each with its record: exactly the items that a number counts."""

from collections.abc import Iterator
from typing import Any

from duckdb import DuckDBPyConnection

from warehouse.measures import LINKS, certainty_sql, is_dora, measure_sql, measures, takes_links
from warehouse.report.model import Evidence, Period
from warehouse.table_names import columns_selected

_CHUNK = 1_000
_LINKS = tuple(name for name in LINKS if name != "code_key")
_OF_ITEMS = frozenset(_LINKS) - {"job", "item_group"}
"""Those that the model `item_links` has."""
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
    links, code_key, issue_key, join = _links(measure)
    rows = connection.execute(
        f"SELECT {_SERVICE}, c.name, {_ENVIRONMENT}, epoch_ms(e.happened_at), e.item, e.value, e.why, e.record_id, e.path, e.sure, "
        f"e.host, {links}, o.name, i.name, c.deployments "
        f"FROM (SELECT *, {certainty_sql(measure)} AS sure FROM ({measure_sql(measure)}\n)) AS e JOIN catalog AS c ON c.host = e.host AND c.repository_key = e.repository_key "
        "LEFT JOIN report_environments AS s ON s.host = e.host AND s.repository_key = e.repository_key AND s.environment = e.environment "
        f"{join}"
        f"LEFT JOIN catalog AS o ON o.host = e.host AND o.repository_key = {code_key} "
        f"LEFT JOIN catalog AS i ON i.host = e.host AND i.repository_key = {issue_key} "
        f"WHERE {' AND '.join(conditions) or 'TRUE'} "
        f"ORDER BY e.happened_at DESC NULLS LAST, c.name, 3, e.item, 1{'' if limit is None else f' LIMIT {limit:d}'}",
        values,
    )
    while chunk := rows.fetchmany(_CHUNK):
        yield from (Evidence(measure, *row) for row in chunk)


def _links(measure: str) -> tuple[str, str, str, str]:
    """Return the columns of an item's links, the keys of the repositories of its code and its issue, and the join for them."""
    if takes_links(measure):
        keys = ("host", "repository_key", "environment", "item")
        same = " AND ".join(f"l.{name} = e.{name}" for name in keys)
        # of an item without an environment only DORA's measures have links: its id may be that of something else
        condition = same if is_dora(measure) else f"{same} AND e.environment <> ''"
        columns = (*(f"l.{name}" if name in _OF_ITEMS else "NULL" for name in _LINKS), "l.issue")
        return ", ".join(columns), "l.code_key", "l.issue_key", f"LEFT JOIN item_links AS l ON {condition} "
    own = columns_selected(measure_sql(measure))
    columns = (*(f"e.{name}" if name in own else "NULL" for name in _LINKS), "NULL")
    return ", ".join(columns), "e.code_key" if "code_key" in own else "NULL", "NULL", ""
