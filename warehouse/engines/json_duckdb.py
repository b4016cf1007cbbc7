"""Define the JSON functions of DuckDB: https://duckdb.org/docs/stable/data/json/json_functions.

`telemetry merge` does not use them: they check the generated ingest where that is cheap.
"""

from warehouse.engines.json_functions import JsonFunctions
from warehouse.schema.columns import BIGINT, BOOLEAN, DATE, JSON, TIMESTAMP, VARCHAR

DUCKDB = JsonFunctions(
    dialect="duckdb",
    types={VARCHAR: VARCHAR, DATE: "DATE", BIGINT: BIGINT, BOOLEAN: BOOLEAN, TIMESTAMP: TIMESTAMP, JSON: VARCHAR},
    fact_time="TIMESTAMP",
    list_type="{type}[]",
    struct_type=("STRUCT({fields})", "{name} {type}"),
    identifier='"{name}"',
    escapes=(("'", "''"),),
    parsed="CASE WHEN json_valid({text}) THEN CAST({text} AS JSON) END",
    is_null="coalesce(json_type({json}, '{path}'), 'NULL') = 'NULL'",
    is_other="json_type({json}, '{path}') NOT IN ({kinds}, 'NULL')",
    kinds={
        "object": "'OBJECT'",
        "array": "'ARRAY'",
        VARCHAR: "'VARCHAR'",
        BOOLEAN: "'BOOLEAN'",
        BIGINT: "'UBIGINT', 'BIGINT'",
        TIMESTAMP: "'UBIGINT', 'BIGINT'",
    },
    elements="CASE WHEN json_type({json}, '{path}') = 'ARRAY' THEN json_extract({json}, '{path}[*]') END",
    first_of="list_filter(list_transform({items}, lambda {item}: {value}), lambda reason: reason IS NOT NULL)[1]",
    converted="list_transform({items}, lambda {item}: {value})",
    integer="TRY_CAST(json_extract_string({json}, '{path}') AS BIGINT)",
    number="TRY_CAST(json_extract_string({json}, '{path}') AS HUGEINT)",
    string="json_extract_string({json}, '{path}')",
    boolean="TRY_CAST(json_extract_string({json}, '{path}') AS BOOLEAN)",
    json_text="nullif(CAST(json_extract({json}, '{path}') AS VARCHAR), 'null')",
    struct=("struct_pack({fields})", "{name} := {value}"),
    time="make_timestamp_ms({milliseconds})",
    try_date="TRY_CAST({text} AS DATE)",
    a_day_ahead="CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP) + INTERVAL 1 DAY",
    byte_length="strlen({text})",
    part="split_part({text}, '-', {number})",
    try_integer="TRY_CAST({text} AS BIGINT)",
    list_of="CAST([{texts}] AS VARCHAR[])",
    concatenation=("({lists})", " || "),
    contains="coalesce(list_contains({items}, {text}), FALSE)",
)
"""DuckDB's SQL."""
