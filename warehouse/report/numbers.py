"""Compute the numbers of a report from the measures' items, once for each state of the models.

They are stored beside the models in the database file, and computed again if the models were built again or the periods
are others. A number per day depends on the time of the report, so its total is stored, not its value.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, tzinfo
from itertools import chain, groupby, repeat
from operator import itemgetter
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from warehouse import garbage_collection, model_state
from warehouse.measures import certainty_sql, measure_sql, measures
from warehouse.periods import days
from warehouse.report.left_out_counts import STORED
from warehouse.report.model import MEAN, MEDIAN, PER_DAY, Measure, Number, Period, UnknownItems
from warehouse.sql_files import statements
from warehouse.transactions import transaction

_NUMBERS, _FIRST_ITEMS, _PERIODS = "report_numbers", "report_first_items", "report_periods"
_UNKNOWN = "report_unknown"
_COLUMNS = {
    _PERIODS: "position BIGINT, kind VARCHAR, name VARCHAR, starts_at TIMESTAMP, ends_at TIMESTAMP",
    _NUMBERS: "measure VARCHAR, service VARCHAR, repository VARCHAR, environment VARCHAR, kind VARCHAR, period VARCHAR, "
    "value DOUBLE, known BIGINT, items BIGINT, inferred BIGINT, p75 DOUBLE, p90 DOUBLE, p95 DOUBLE",
    _UNKNOWN: "measure VARCHAR, service VARCHAR, why VARCHAR, items BIGINT",
    _FIRST_ITEMS: "measure VARCHAR, service VARCHAR, repository VARCHAR, environment VARCHAR, first_at BIGINT",
    **{table: columns for table, (columns, _) in STORED.items()},
}
_PLACE, _OTHERS = Number._fields[:4], Number._fields[4:]
"""The fields that say what a number is of (measure, service, repository, environment), and the others."""


def numbers(
    connection: DuckDBPyConnection,
    periods: tuple[Period, ...],
    now: int,
    zone: tzinfo = UTC,
    *,
    of_repositories: bool = True,
) -> list[Number]:
    """Return the numbers of all measures in these periods of a zone; `now` is UNIX ms. Requires the models (`views.create`).

    Without `of_repositories` only numbers of whole services are read, which takes a fraction of the time.
    """
    schema = _schema(connection, periods)
    if not _are_stored(connection, periods):
        with transaction(connection):
            _store(connection, schema, periods)
    begun_days = {(period.kind, period.name): days(period, now, zone) for period in periods}
    repeated = _in_one_environment(connection)
    all_numbers: list[Number] = []
    with garbage_collection.paused():
        condition = "" if of_repositories else "WHERE repository = ''"
        stored = _stored(connection, schema, condition)
        first_items = _first_items(connection, schema, condition)
        for measure in measures():
            found = stored.get(measure.name, [])
            if measure.statistic == PER_DAY:
                found = [_per_day(number, begun_days) for number in found]
                present = {number[1:6] for number in found}
                zeros = _zeros(first_items.get(measure.name, ()), periods, now)
                found += [number for number in zeros if number[1:6] not in present]
            if measure.is_dora and repeated:
                found = [
                    number
                    for number in found
                    if number.environment or (number.service, number.repository) not in repeated
                ]
            all_numbers += found
    return all_numbers


def _in_one_environment(connection: DuckDBPyConnection) -> set[tuple[str, str]]:
    """Return the repositories in one environment of a service with several: a number of all would repeat that of the one."""
    rows = connection.execute(
        "SELECT w.service, c.name FROM whole_deployments AS w JOIN catalog AS c USING (host, repository_key) "
        "GROUP BY ALL HAVING count(DISTINCT w.environment) = 1"
    )
    return set(rows.fetchall())


def unknown_items(connection: DuckDBPyConnection, periods: tuple[Period, ...]) -> Iterator[UnknownItems]:
    """Yield how many items are unknown since the first of these periods, by measure, service and reason.

    Requires that `numbers` was called for these periods, because the items are stored with the numbers.
    """
    return (UnknownItems(*row) for row in stored_rows(connection, periods, _UNKNOWN))


def stored_rows(connection: DuckDBPyConnection, periods: tuple[Period, ...], table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table that is stored with the numbers of these periods, in order. Requires as `unknown_items`."""
    return connection.execute(f"SELECT * FROM {_schema(connection, periods)}.{table} ORDER BY ALL").fetchall()


def _schema(connection: DuckDBPyConnection, periods: tuple[Period, ...]) -> str:
    """Return where the numbers of these periods are or will be: a read-only file can only have them as temporary tables."""
    is_temporary = model_state.is_read_only(connection) and not _are_stored(connection, periods)
    return "temp" if is_temporary else model_state.SCHEMA


def _are_stored(connection: DuckDBPyConnection, periods: tuple[Period, ...]) -> bool:
    """Return whether the file has the numbers of exactly these periods; those of temporary models are never stored."""
    if model_state.has_temporary_models(connection):
        return False
    return stored_periods(connection, "") == periods and _PERIODS in model_state.built_tables(connection)


def stored_periods(connection: DuckDBPyConnection, prefix: str) -> tuple[Period, ...]:
    """Return the periods of the stored numbers, whose tables have a prefix; none if none are stored."""
    table = f"{prefix}{_PERIODS}"
    if table not in model_state.built_tables(connection):
        return ()
    rows = connection.execute(
        f"SELECT kind, name, epoch_ms(starts_at), epoch_ms(ends_at) FROM {model_state.SCHEMA}.{table} ORDER BY position"
    )
    return tuple(Period(*row) for row in rows.fetchall())


def store_temporarily(connection: DuckDBPyConnection, periods: tuple[Period, ...]) -> list[str]:
    """Compute the numbers of these periods as temporary tables, and return the names of those with rows of services."""
    _store(connection, "temp", periods)
    return [name for name in _COLUMNS if name != _PERIODS]


def _store(connection: DuckDBPyConnection, schema: str, periods: tuple[Period, ...]) -> None:
    kind = "TEMP TABLE" if schema == "temp" else "TABLE"
    for table, columns in _COLUMNS.items():
        connection.execute(f"CREATE OR REPLACE {kind} {schema}.{table} ({columns})")
    rows = {name: [getattr(period, name) for period in periods] for name in Period._fields}
    connection.register("period_rows", pa.table({"position": list(range(len(periods))), **rows}))
    connection.execute(
        f"INSERT INTO {schema}.{_PERIODS} SELECT position, kind, name, make_timestamp_ms(starts_at), "
        "make_timestamp_ms(ends_at) FROM period_rows"
    )
    connection.unregister("period_rows")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE periods AS SELECT * FROM {schema}.{_PERIODS}")
    _store_numbers(connection, schema)
    for table, (_, selection) in STORED.items():
        connection.execute(f"INSERT INTO {schema}.{table} {selection}")
    connection.execute("DROP TABLE temp.periods")


def _store_numbers(connection: DuckDBPyConnection, schema: str) -> None:
    """Store what the items of all measures give: one statement for each table, because planning one costs more than its items."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE evidence AS SELECT * FROM ({_items_sql(measures())}\n) "
        "WHERE happened_at >= (SELECT min(starts_at) FROM periods)"
    )
    connection.execute(
        f"INSERT INTO {schema}.{_NUMBERS} SELECT measure, service, repository, environment, kind, period, "
        "CASE WHEN is_median THEN median WHEN is_mean THEN mean ELSE total END, known, items, inferred, "
        "CASE WHEN is_median THEN p75 END, CASE WHEN is_median THEN p90 END, CASE WHEN is_median THEN p95 END "
        "FROM (SELECT *, list_contains($medians, measure) AS is_median, list_contains($means, measure) AS is_mean "
        f"FROM ({dict(statements('.'))['numbers']}\n))",
        {"medians": _names(MEDIAN), "means": _names(MEAN)},
    )
    connection.execute(
        f"INSERT INTO {schema}.{_UNKNOWN} SELECT e.measure, COALESCE(s.service, c.service) AS service, e.why, count(*) "
        "FROM evidence AS e JOIN catalog AS c USING (host, repository_key) "
        "LEFT JOIN report_environments AS s USING (host, repository_key, environment) "
        # the items of a whole service, of which the name is empty, are those of its environments again
        "WHERE e.value IS NULL AND (NOT list_contains(?, e.measure) OR COALESCE(s.name, e.environment) <> '' "
        "OR COALESCE(s.service, c.service) NOT IN (SELECT service FROM whole_deployments)) GROUP BY ALL",
        [[measure.name for measure in measures() if measure.is_dora]],
    )
    connection.execute("DROP TABLE temp.evidence")
    connection.execute(
        f"INSERT INTO {schema}.{_FIRST_ITEMS} "
        "SELECT e.measure, COALESCE(s.service, c.service), c.repository, COALESCE(s.name, e.environment), epoch_ms(min(e.happened_at)) "
        f"FROM ({_items_sql(measure for measure in measures() if measure.statistic == PER_DAY)}\n) AS e "
        "JOIN (SELECT host, repository_key, service, UNNEST(['', name]) AS repository FROM catalog) AS c "
        "USING (host, repository_key) "
        "LEFT JOIN report_environments AS s USING (host, repository_key, environment) GROUP BY ALL"
    )


def _items_sql(selected: Iterable[Measure]) -> str:
    """Return the statement that selects the items of several measures."""
    return "\nUNION ALL\n".join(
        f"SELECT '{measure.name}' AS measure, host, repository_key, environment, happened_at, value, why, "
        f"{certainty_sql(measure.name)} AS certainty FROM ({measure_sql(measure.name)}\n)"
        for measure in selected
    )


def _names(*statistics: str) -> list[str]:
    return [measure.name for measure in measures() if measure.statistic in statistics]


def _stored(connection: DuckDBPyConnection, schema: str, condition: str) -> dict[str, list[Number]]:
    """Return the stored numbers by measure; the value of one per day is its total. `condition` is a WHERE clause or empty.

    They are read by column, with one object for each text: hundreds of thousands of rows take a third of the time so.
    """
    place, rows = ", ".join(_PLACE), f"{schema}.{_NUMBERS} {condition}"
    places = connection.execute(f"SELECT {place}, count(*) FROM {rows} GROUP BY ALL ORDER BY {place}").fetchall()
    table = connection.sql(f"SELECT {', '.join(_OTHERS)} FROM {rows} ORDER BY {place}, kind, period").to_arrow_table()
    *columns, counts = zip(*places, strict=True) if places else [()] * (len(_PLACE) + 1)
    repeated = (chain.from_iterable(map(repeat, column, counts)) for column in columns)
    found = list(map(Number, *repeated, *(_objects(column) for column in table.columns)))
    return {measure: list(of_one) for measure, of_one in groupby(found, itemgetter(0))}


def _objects(column: pa.ChunkedArray) -> list[Any]:
    """Return the values of a column as objects of Python; equal texts are one object."""
    values: list[Any] = column.to_pylist()
    if not pa.types.is_string(column.type):
        return values
    texts: dict[str, str] = {}
    return [texts.setdefault(text, text) for text in values]


def _per_day(number: Number, begun_days: dict[tuple[str, str], int]) -> Number:
    if number.value is None:
        return number
    return number._replace(value=number.value / begun_days[number.kind, number.period])


_FirstItem = tuple[str, str, str, str, int]
"""Measure, service, repository, environment, and when its first item happened (UNIX ms)."""


def _first_items(connection: DuckDBPyConnection, schema: str, condition: str) -> dict[str, list[_FirstItem]]:
    """Return the first items of the measures per day, by measure."""
    rows = connection.execute(
        f"SELECT measure, service, repository, environment, first_at FROM {schema}.{_FIRST_ITEMS} {condition} ORDER BY ALL"
    ).fetchall()
    return {measure: list(of_one) for measure, of_one in groupby(rows, itemgetter(0))}


def _zeros(first_items: Iterable[_FirstItem], periods: tuple[Period, ...], now: int) -> Iterator[Number]:
    """Yield zero for each period since the first item: from then on, no item means a known zero."""
    for measure, service, repository, environment, first_at in first_items:
        for period in periods:
            if period.ends_at > first_at and period.starts_at <= now:
                yield Number(measure, service, repository, environment, period.kind, period.name, 0.0, 0, 0)
