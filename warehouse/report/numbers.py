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

from warehouse import empty_models, garbage_collection, model_state
from warehouse.measures import certainty_sql, measure_sql, measures
from warehouse.measures import conditions as measure_conditions
from warehouse.periods import days
from warehouse.report import marts
from warehouse.report.model import PER_DAY, Measure, Number, Period, UnknownItems
from warehouse.transactions import transaction

_PREFIX = "report_"
"""What the names of the stored tables begin with, before the name of the mart."""
_NUMBERS, _FIRST_ITEMS, _PERIODS = f"{_PREFIX}numbers", f"{_PREFIX}first_items", f"{_PREFIX}periods"
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
    return {(service, repository) for service, repository in marts.rows(connection, "single_environments")}


def unknown_items(connection: DuckDBPyConnection, periods: tuple[Period, ...]) -> Iterator[UnknownItems]:
    """Yield how many items are unknown since the first of these periods, by measure, service and reason.

    Requires that `numbers` was called for these periods, because the items are stored with the numbers.
    """
    return (UnknownItems(*row) for row in stored_rows(connection, periods, "unknown"))


def stored_rows(connection: DuckDBPyConnection, periods: tuple[Period, ...], mart: str) -> list[tuple[Any, ...]]:
    """Return the rows of a mart that is stored with the numbers of these periods, in order. Requires as `unknown_items`."""
    table = f"{_schema(connection, periods)}.{_PREFIX}{mart}"
    return connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()


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
    return [f"{_PREFIX}{name}" for name in marts.STORED]


def store_marts(connection: DuckDBPyConnection) -> None:
    """Store the numbers of a database of marts as those of its periods, so that they are never computed."""
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {model_state.SCHEMA}")
    connection.execute(
        f"CREATE TABLE {model_state.SCHEMA}.{_PERIODS} AS SELECT position, kind, name, make_timestamp_ms(starts_at) AS starts_at, "
        "make_timestamp_ms(ends_at) AS ends_at FROM mart_periods"
    )
    for name in marts.STORED:
        mart = marts.marts()[name]
        columns = ", ".join(column for column, _ in mart.columns)
        connection.execute(f"CREATE VIEW {model_state.SCHEMA}.{_PREFIX}{name} AS SELECT {columns} FROM {mart.table}")


def _store(connection: DuckDBPyConnection, schema: str, periods: tuple[Period, ...]) -> None:
    kind = "TEMP TABLE" if schema == "temp" else "TABLE"
    with_items = _with_items(connection)
    per_day = [measure for measure in with_items if measure.statistic == PER_DAY]
    with marts.inputs(connection, periods):
        connection.execute(f"CREATE OR REPLACE {kind} {schema}.{_PERIODS} AS FROM temp.periods")
        # one statement for the items of all measures, because planning one costs more than its items
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE evidence AS SELECT * FROM ({items_sql(with_items or measures()[:1])}\n) "
            "WHERE happened_at >= (SELECT min(starts_at) FROM periods)"
        )
        connection.execute(f"CREATE OR REPLACE TEMP VIEW items AS {items_sql(per_day or measures()[:1])}")
        for name in marts.STORED:
            mart = marts.marts()[name]
            columns = ", ".join(f"{column} {type}" for column, type in mart.columns)
            connection.execute(f"CREATE OR REPLACE {kind} {schema}.{_PREFIX}{name} ({columns})")
            connection.execute(f"INSERT INTO {schema}.{_PREFIX}{name} {mart.sql}")
        connection.execute("DROP TABLE temp.evidence; DROP VIEW temp.items")


def _with_items(connection: DuckDBPyConnection) -> list[Measure]:
    """Return the measures that may have items: each part of a statement takes long to plan, also if it has no rows."""
    conditions = measure_conditions()
    empty = empty_models.without_rows(connection, conditions)
    return [measure for measure in measures() if not empty_models.is_empty(conditions[measure.name], empty)]


def items_sql(selected: Iterable[Measure]) -> str:
    """Return the statement that selects the items of several measures."""
    return "\nUNION ALL\n".join(
        f"SELECT '{measure.name}' AS measure, host, repository_key, environment, happened_at, value, why, "
        f"{certainty_sql(measure.name)} AS certainty FROM ({measure_sql(measure.name)}\n)"
        for measure in selected
    )


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
