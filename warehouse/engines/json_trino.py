"""Define the JSON functions of Trino, which Athena runs: https://trino.io/docs/current/functions/json.html.

Trino has no function for the type of a value, so the first character of its text decides. A time has microseconds in
the typed rows, as Iceberg has it, and milliseconds in the facts, as Athena writes it to Parquet. None of this has been run: there is
no Trino among the tests.
"""

from warehouse.engines.json_functions import JsonFunctions
from warehouse.schema.columns import BIGINT, BOOLEAN, DATE, JSON, TIMESTAMP, VARCHAR

TRINO = JsonFunctions(
    dialect="trino",
    types={
        VARCHAR: "varchar",
        DATE: "date",
        BIGINT: "bigint",
        BOOLEAN: "boolean",
        TIMESTAMP: "timestamp(6)",
        JSON: "varchar",
    },
    fact_time="timestamp(3)",
    list_type="array({type})",
    struct_type=("row({fields})", "{name} {type}"),
    identifier='"{name}"',
    escapes=(("'", "''"),),
    parsed="TRY(json_parse({text}))",
    is_null="COALESCE(json_format(json_extract({json}, '{path}')), 'null') = 'null'",
    is_other="NOT regexp_like(json_format(json_extract({json}, '{path}')), '^({kinds}|null$)')",
    kinds={
        "object": "[{]",
        "array": "[[]",
        VARCHAR: '"',
        BOOLEAN: "true$|false$",
        BIGINT: "-?[0-9]{1,20}$",
        TIMESTAMP: "-?[0-9]{1,20}$",
    },
    elements="TRY_CAST(json_extract({json}, '{path}') AS array(json))",
    first_of="element_at(filter(transform({items}, {item} -> {value}), reason -> reason IS NOT NULL), 1)",
    converted="transform({items}, {item} -> {value})",
    integer="TRY_CAST(json_extract_scalar({json}, '{path}') AS bigint)",
    number="TRY_CAST(json_extract_scalar({json}, '{path}') AS decimal(20, 0))",
    string="json_extract_scalar({json}, '{path}')",
    boolean="TRY_CAST(json_extract_scalar({json}, '{path}') AS boolean)",
    json_text="NULLIF(json_format(json_extract({json}, '{path}')), 'null')",
    struct=("CAST(ROW({fields}) AS {type})", "{value}"),
    time="CAST(date_add('millisecond', {milliseconds}, TIMESTAMP '1970-01-01 00:00:00.000') AS timestamp(6))",
    try_date="TRY_CAST({text} AS date)",
    a_day_ahead="CAST(current_timestamp AT TIME ZONE 'UTC' AS timestamp(3)) + INTERVAL '1' DAY",
    byte_length="length(to_utf8({text}))",
    part="split_part({text}, '-', {number})",
    try_integer="TRY_CAST({text} AS bigint)",
    list_of="CAST(ARRAY[{texts}] AS array(varchar))",
    concatenation=("concat({lists})", ", "),
    contains="COALESCE(contains({items}, {text}), FALSE)",
)
"""Trino's SQL, as in version 3 of Athena's engine."""
