"""List the items behind the numbers, each with its record: exactly the items that a number counts."""

from collections.abc import Iterator
from typing import Any

from duckdb import DuckDBPyConnection

from warehouse.measures import LINKS, certainty_sql, is_dora, measure_sql, measures, takes_links
from warehouse.report import marts
from warehouse.report.model import Evidence, Period
from warehouse.schema.columns import BIGINT, BOOLEAN, DOUBLE, VARCHAR, epoch_ms_sql
from warehouse.table_names import columns_selected

_CHUNK = 1_000
_LINKS = tuple(name for name in LINKS if name != "code_key")
_OF_ITEMS = frozenset(_LINKS) - {"job", "item_group"}
"""Those that the model `item_links` has."""
COLUMNS = tuple({"at": "happened_ms", "group": "item_group"}.get(name, name) for name in Evidence._fields[1:])
"""The columns of an item, in order of Evidence: `at` and `group` are keywords of SQL."""
KEYS = ("repository_key", "item_environment", "happened_at")
"""The columns after these, of which numbers are computed."""
TYPES = {"happened_ms": BIGINT, "value": DOUBLE, "assisted": BOOLEAN, "number": BIGINT, "issue": BIGINT}
"""The types of the columns that are not VARCHAR."""
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
    columns = {"service": service, "repository": repository or None, "environment": environment}
    filters = {name: value for name, value in columns.items() if value is not None}
    for name in [measure] if measure else [known_measure.name for known_measure in measures()]:
        yield from _measure_evidence(connection, name, filters, period, limit)


def _measure_evidence(
    connection: DuckDBPyConnection, measure: str, filters: dict[str, Any], period: Period | None, limit: int | None
) -> Iterator[Evidence]:
    conditions = [f"{name} = ?" for name in filters]
    values = list(filters.values())
    if period:
        conditions.append("happened_ms >= ? AND happened_ms < ?")
        values += [period.starts_at, period.ends_at]
    items = evidence_table(measure) if marts.holds_marts(connection) else f"({evidence_sql(measure)}\n)"
    rows = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM {items} WHERE {' AND '.join(conditions) or 'TRUE'} "
        "ORDER BY happened_ms DESC NULLS LAST, repository, environment, item, service"
        f"{'' if limit is None else f' LIMIT {limit:d}'}",
        values,
    )
    while chunk := rows.fetchmany(_CHUNK):
        yield from (Evidence(measure, *row) for row in chunk)


def evidence_table(measure: str) -> str:
    """Return the name of the mart with the items of a measure."""
    return f"mart_evidence_{measure}"


def evidence_sql(measure: str) -> str:
    """Return the statement of the items of a measure, with COLUMNS and KEYS. Raises KeyError for an unknown measure."""
    links, code_key, issue_key, join = _links(measure)
    return (
        f"SELECT {_SERVICE} AS service, c.name AS repository, {_ENVIRONMENT} AS environment, "
        f"{epoch_ms_sql('e.happened_at')} AS happened_ms, e.item, e.value, e.why, "
        f"e.record_id, e.path, e.sure AS certainty, e.host, {links}, o.name AS code_repository, "
        "i.name AS issue_repository, c.deployments, e.repository_key, e.environment AS item_environment, e.happened_at "
        f"FROM (SELECT m.*, {certainty_sql(measure)} AS sure FROM ({measure_sql(measure)}\n) AS m) AS e "
        "JOIN catalog AS c ON c.host = e.host AND c.repository_key = e.repository_key "
        "LEFT JOIN report_environments AS s ON s.host = e.host AND s.repository_key = e.repository_key AND s.environment = e.environment "
        f"{join}"
        f"LEFT JOIN catalog AS o ON o.host = e.host AND o.repository_key = {code_key} "
        f"LEFT JOIN catalog AS i ON i.host = e.host AND i.repository_key = {issue_key}"
    )


def _links(measure: str) -> tuple[str, str, str, str]:
    """Return the columns of an item's links, the keys of the repositories of its code and its issue, and the join for them."""
    if takes_links(measure):
        keys = ("host", "repository_key", "environment", "item")
        same = " AND ".join(f"l.{name} = e.{name}" for name in keys)
        # of an item without an environment only DORA's measures have links: its id may be that of something else
        condition = same if is_dora(measure) else f"{same} AND e.environment <> ''"
        columns = (*(f"l.{name}" if name in _OF_ITEMS else _null(name) for name in _LINKS), "l.issue")
        return ", ".join(columns), "l.code_key", "l.issue_key", f"LEFT JOIN item_links AS l ON {condition} "
    own = columns_selected(measure_sql(measure))
    columns = (*(f"e.{name}" if name in own else _null(name) for name in _LINKS), _null("issue"))
    code_key = "e.code_key" if "code_key" in own else "CAST(NULL AS VARCHAR)"
    return ", ".join(columns), code_key, "CAST(NULL AS VARCHAR)", ""


def _null(name: str) -> str:
    """Return an unknown value of a link's type: a table cannot be created of a column without a type."""
    return f"CAST(NULL AS {TYPES.get(name, VARCHAR)}) AS {name}"
