"""Generate the ingest of an engine: from the lines of `landed` to the typed rows of each metric, and from these to the facts.

`landed_<table>` has a row for each line of a metric that landed, with the day of landing, or the reason why the line is a reject.
A refresh replaces the rows of the days since the last one. `<table>` has each fact once, by the rules of
warehouse/ingest/upsert.py and unresolved.py, whenever its records landed.
"""

from collections.abc import Iterator
from typing import NamedTuple

from warehouse.engines.ingest_checks import LINE, unknown_problem
from warehouse.engines.ingest_rows import LANDING_COLUMNS, REASON, columns_of, typed_rows_sql, unknown_rows_sql
from warehouse.engines.json_functions import JsonFunctions
from warehouse.ingest import legacy_format
from warehouse.schema.columns import DATE, TIMESTAMP, VARCHAR
from warehouse.schema.json_types import JsonType
from warehouse.schema.metric_tables import Table, tables

NAMES = "repository_names"
"""The table of the repository that each name refers to: that of its newest record."""
REJECTS = "landed_rejects"
UNKNOWN = "landed_unknown"
"""The lines that are of no known metric."""


class Query(NamedTuple):
    """A query whose rows become a table or a view."""

    name: str
    sql: str


def typed_name(table: Table) -> str:
    """Return the name of the table of a metric's typed rows."""
    return f"landed_{table.name}"


def landed_lines(sql: JsonFunctions, since: str) -> str:
    """Return the query of the lines that landed on the days since one (text of the engine, YYYY-MM-DD).

    The files of a folder that is no day are not read, as in core/stores/landing.py.
    """
    day = sql.try_date.format(text="day")
    return (
        f"SELECT {day} AS landed_day, hour AS landed_hour, line AS {LINE} FROM landed "
        f"WHERE day >= {since} AND {day} IS NOT NULL"
    )


def typed_queries(sql: JsonFunctions, since: str, source: str) -> Iterator[Query]:
    """Yield the queries of the typed rows of the days since one, for each metric and for the lines of no known metric.

    `source` is the value of the column of that name.
    """
    landed = landed_lines(sql, since)
    for table in tables().values():
        yield Query(typed_name(table), typed_rows_sql(sql, table, landed, sql.literal(source)))
    yield Query(UNKNOWN, unknown_rows_sql(sql, landed, unknown_problem(sql), list(tables())))


def typed_columns() -> dict[str, list[tuple[str, JsonType]]]:
    """Return names and shapes of the columns of each table of typed rows."""
    landing = [(name, JsonType(DATE if name == "landed_day" else VARCHAR)) for name in LANDING_COLUMNS]
    return {typed_name(table): landing + columns_of(table) for table in tables().values()} | {UNKNOWN: landing}


def fact_queries(sql: JsonFunctions, latest: str | None = None) -> Iterator[Query]:
    """Yield the queries of the names of repositories, of the facts of each metric, and of the rejects, in order.

    `latest` is the latest time that a record may have: a day from now. A later record is a reject until then.
    """
    latest = latest or sql.a_day_ahead
    yield Query(NAMES, _names_sql(sql, latest))
    for table in tables().values():
        yield Query(table.name, _facts_sql(sql, table, latest))
    yield Query(REJECTS, _rejects_sql(sql, latest))


def _names_sql(sql: JsonFunctions, latest: str) -> str:
    """Return the query of the repository of each name: that of the newest fact whose record has both."""
    key = f"CAST(repository_id AS {sql.types[VARCHAR]})"
    name = "LOWER(CONCAT(owner, '/', repo))"
    facts = " UNION ALL ".join(
        f"SELECT host, {name} AS name, {key} AS repository_key, received_at FROM ("
        f"SELECT host, owner, repo, repository_id, received_at, {_place(sql, table)} AS place FROM {typed_name(table)} "
        f"WHERE {_is_record(sql, table, latest)}) AS t WHERE place = 1 AND repository_id IS NOT NULL"
        for table in tables().values()
    )
    place = "ROW_NUMBER() OVER (PARTITION BY host, name ORDER BY received_at DESC, repository_key DESC)"
    return f"SELECT host, name, repository_key FROM (SELECT r.*, {place} AS place FROM ({facts}) AS r) AS n WHERE place = 1"


def _is_record(sql: JsonFunctions, table: Table, latest: str, prefix: str = "") -> str:
    """Return the condition for a typed row that is a record, and whose times are not in the future."""
    future = " OR ".join(condition for condition, _ in _future(sql, table, latest, prefix))
    return f"{prefix}{REASON} IS NULL AND NOT ({future})"


def _place(sql: JsonFunctions, table: Table) -> str:
    """Return the SQL of the place of a record among those of its fact: 1 is the best."""
    return f"ROW_NUMBER() OVER (PARTITION BY {', '.join(table.key)} ORDER BY {', '.join(_rank(sql, table))})"


def _facts_sql(sql: JsonFunctions, table: Table, latest: str) -> str:
    """Return the query of the best record of each fact."""
    columns = [name for name, _ in columns_of(table)]
    resolved = _resolved_key(table)
    listed = ", ".join(
        f"{resolved} AS repository_key" if name == "repository_key" else f"t.{sql.quoted(name)}" for name in columns
    )
    joined = (
        f"LEFT JOIN {NAMES} AS n ON t.repository_id IS NULL AND n.host = t.host "
        "AND n.name = LOWER(CONCAT(t.owner, '/', t.repo))"
        if "n." in resolved
        else ""
    )
    rows = (
        f"SELECT {listed}, t.landed_day, t.landed_hour FROM {typed_name(table)} AS t {joined} "
        f"WHERE {_is_record(sql, table, latest, 't.')}"
    )
    selected = ", ".join(_stored(sql, name, shape) for name, shape in columns_of(table))
    return f"SELECT {selected} FROM (SELECT r.*, {_place(sql, table)} AS place FROM ({rows}) AS r) AS f WHERE place = 1"


def _stored(sql: JsonFunctions, name: str, shape: JsonType) -> str:
    """Return a column of the typed rows with the type that it has in a table of facts."""
    column, type = sql.quoted(name), sql.fact_type_of(shape)
    return column if type == sql.type_of(shape) else f"CAST({column} AS {type}) AS {column}"


def _resolved_key(table: Table) -> str:
    """Return the SQL of a record's repository: a record without its id is that of the repository which has its name.

    Of a repository's own facts the identity needs the repository, and those of the TypeScript original have none, so
    warehouse/ingest/unresolved.py leaves current records of these metrics as they are.
    """
    if table.metric.repository_scoped and table.metric.name in legacy_format.NATURAL:
        return "t.repository_key"
    return "COALESCE(n.repository_key, t.repository_key)"


def _rank(sql: JsonFunctions, table: Table) -> list[str]:
    """Return the order of the records of a fact, the best first: that of upsert.rank_tuple_sql, then the last one to land.

    A repository's own fact with the repository's id comes before one without.
    """
    resolved = ["repository_id IS NOT NULL DESC"] if table.metric.repository_scoped else []
    ranks = ["status = 'success' DESC", *resolved, "version DESC", f"{sql.quoted('schema')} DESC"]
    return [*ranks, "received_at DESC", "path DESC", "landed_day DESC", "landed_hour DESC"]


def _future(sql: JsonFunctions, table: Table, latest: str, prefix: str = "") -> list[tuple[str, str]]:
    """Return the conditions that a time of a record is too late, and the reasons."""
    fields = [
        (f"{prefix}{sql.quoted(field.column)}", field.name) for field in table.fields if field.shape.scalar == TIMESTAMP
    ]
    return [
        (f"COALESCE({prefix}received_at > {latest}, TRUE)", "created_at: in the future"),
        *((f"COALESCE({column} > {latest}, FALSE)", f"output.{name}: in the future") for column, name in fields),
    ]


def _rejects_sql(sql: JsonFunctions, latest: str) -> str:
    """Return the query of the rejects: the lines that are no records, and the records of the future."""
    landing = f"CAST(landed_day AS {sql.types[VARCHAR]}) AS day, landed_hour AS hour"
    lines = [f"SELECT {landing}, {LINE} AS line, {REASON} AS reason FROM {UNKNOWN}"]
    for table in tables().values():
        reasons = " ".join(
            f"WHEN {condition} THEN {sql.literal(reason)}" for condition, reason in _future(sql, table, latest)
        )
        reason = f"CASE WHEN {REASON} IS NOT NULL THEN {REASON} {reasons} END"
        line = f"COALESCE({LINE}, record_id)"
        lines.append(f"SELECT {landing}, {line} AS line, {reason} AS reason FROM {typed_name(table)}")
    return f"SELECT day, hour, line, reason FROM ({' UNION ALL '.join(lines)}) AS l WHERE reason IS NOT NULL"
