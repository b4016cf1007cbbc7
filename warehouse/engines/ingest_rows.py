"""Build the SQL of the typed rows of a metric from its landed records: one row a line, with the columns of warehouse.schema.

Types, identity and version are those of warehouse/ingest/row_sql.py.
"""

from warehouse.engines.ingest_checks import LINE, OUTPUT, RECORD, is_impossible, is_negative, record_problem
from warehouse.engines.json_functions import JsonFunctions, Value
from warehouse.ingest.value_checks import is_duration
from warehouse.schema.columns import BIGINT, TIMESTAMP, VARCHAR, Column
from warehouse.schema.json_types import MAX_TIMESTAMP_MS, JsonType
from warehouse.schema.metric_tables import COMMON, Table

REASON = "reject_reason"
LANDING_COLUMNS = ("landed_day", "landed_hour", LINE, REASON)
"""The first columns of a typed row; `landed_line` is null unless the line is a reject. No metric may have a field of these names."""


def shape_of(column: Column) -> JsonType:
    """Return the shape of a common column."""
    inner = column.type.removesuffix("[]")
    return JsonType(item=JsonType(inner)) if inner != column.type else JsonType(inner)


def columns_of(table: Table) -> list[tuple[str, JsonType]]:
    """Return the names and shapes of the columns of a metric's table, in order."""
    common = [(column.name, shape_of(column)) for column in COMMON]
    return [*common, *((field.column, field.shape) for field in table.fields)]


def typed_rows_sql(sql: JsonFunctions, table: Table, landed: str, source: str) -> str:
    """Return the query of a metric's typed rows and rejects.

    `landed` is a query of landed_day, landed_hour and landed_line; `source` is a literal of the engine.
    """
    values = _values(sql, table, source)
    columns = ",\n  ".join(f"{values[name]} AS {sql.quoted(name)}" for name, _ in columns_of(table))
    metric = sql.of(VARCHAR, RECORD.key("metric_signature"))
    valid = f"CASE WHEN {REASON} IS NULL THEN {RECORD.json} END AS {RECORD.json}"
    return (
        f"WITH parsed AS (SELECT landed_day, landed_hour, {LINE}, {sql.parsed.format(text=LINE)} AS {RECORD.json} FROM ({landed}) AS l),\n"
        f"chosen AS (SELECT * FROM parsed WHERE {metric} = {sql.literal(table.metric.name)}),\n"
        f"checked AS (SELECT chosen.*, {record_problem(sql, table)} AS {REASON} FROM chosen),\n"
        f"valid AS (SELECT landed_day, landed_hour, CASE WHEN {REASON} IS NOT NULL THEN {LINE} END AS {LINE}, {REASON}, {valid} FROM checked)\n"
        f"SELECT {', '.join(LANDING_COLUMNS)},\n  {columns}\nFROM valid"
    )


def unknown_rows_sql(sql: JsonFunctions, landed: str, problem: str, known: list[str]) -> str:
    """Return the query of the lines that are of no known metric, with the columns of LANDING_COLUMNS."""
    names = ", ".join(map(sql.literal, known))
    metric = sql.of(VARCHAR, RECORD.key("metric_signature"))
    return (
        f"WITH parsed AS (SELECT landed_day, landed_hour, {LINE}, {sql.parsed.format(text=LINE)} AS {RECORD.json} FROM ({landed}) AS l),\n"
        f"chosen AS (SELECT * FROM parsed WHERE COALESCE({metric}, '') NOT IN ({names}))\n"
        f"SELECT landed_day, landed_hour, {LINE}, {problem} AS {REASON} FROM chosen"
    )


def value_sql(sql: JsonFunctions, shape: JsonType, value: Value, name: str = "", depth: int = 0) -> str:
    """Return the SQL of a value of a valid record; an impossible time and a duration below zero are null."""
    if shape.item:
        item = f"x{depth}"
        return sql.each_element(value, item, value_sql(sql, shape.item, Value(item), name, depth + 1))
    if shape.fields:
        fields = [(key, value_sql(sql, field, value.key(key), key, depth)) for key, field in shape.fields]
        return f"CASE WHEN NOT ({sql.is_missing(value)}) THEN {sql.struct_of(fields, shape)} END"
    scalar = sql.of(shape.scalar, value)
    if shape.scalar == TIMESTAMP:
        return f"CASE WHEN {scalar} BETWEEN 0 AND {MAX_TIMESTAMP_MS} THEN {sql.time.format(milliseconds=scalar)} END"
    return f"CASE WHEN {scalar} >= 0 THEN {scalar} END" if shape.scalar == BIGINT and is_duration(name) else scalar


def _values(sql: JsonFunctions, table: Table, source: str) -> dict[str, str]:
    """Return the SQL of each column by its name."""
    fields = {field.column: value_sql(sql, field.shape, OUTPUT.key(field.name), field.name) for field in table.fields}
    texts = {name: sql.of(VARCHAR, RECORD.key(name)) for name in _TEXTS}
    repository_id = sql.of(BIGINT, RECORD.key("repository_id"))
    by_name = f"LOWER(CONCAT({texts['owner']}, '/', {texts['repo']}))"
    key = f"SUBSTR({texts['id']}, LENGTH({texts['owner']}) + LENGTH({texts['repo']}) + {len(table.metric.name) + 4})"
    identity, version = key, f"CAST(0 AS {sql.types[BIGINT]})"
    if table.metric.versioned:  # `ID` or `ID-VERSION`
        identity = sql.part.format(text=key, number=1, offset=0)
        number = sql.try_integer.format(text=sql.part.format(text=key, number=2, offset=1))
        version = f"COALESCE({number}, 0)"
    own = {
        "host": texts["github_host"],
        "repository_key": f"COALESCE(CAST({repository_id} AS {sql.types[VARCHAR]}), {by_name})",
        "identity": identity,
        "version": f"CASE WHEN {REASON} IS NULL THEN {version} END",
        "record_id": texts["id"],
        "source": f"CASE WHEN {REASON} IS NULL THEN {source} END",
        "repository_id": repository_id,
        "received_at": value_sql(sql, JsonType(TIMESTAMP), RECORD.key("created_at")),
        "anomalies": _anomalies(sql, table),
        "schema": sql.of(BIGINT, RECORD.key("schema")),
    }
    return {**texts, **own, **fields}  # a metric's `id` is not the record's


_TEXTS = ("id", "path", "owner", "repo", "github_host", "status", "delivery_id", "collected_by")


def _anomalies(sql: JsonFunctions, table: Table) -> str:
    """Return the SQL of the record's anomalies and those of its values, `impossible_time` first."""
    own = value_sql(sql, JsonType(item=JsonType(VARCHAR)), RECORD.key("anomalies"))
    listed = f"COALESCE({own}, {sql.texts()})"
    found = [
        (is_impossible(sql, table.output, OUTPUT), sql.literal("impossible_time")),
        (is_negative(sql, table.output, OUTPUT), sql.literal("negative_duration")),
    ]
    more = (
        f"CASE WHEN ({condition}) AND NOT ({sql.contains.format(items=listed, text=name)}) THEN {sql.texts(name)} ELSE {sql.texts()} END"
        for condition, name in found
        if condition
    )
    return sql.joined(listed, *more)
