"""Define the JSON functions of Spark 4, by its type VARIANT: https://spark.apache.org/docs/latest/api/sql/variant-functions/.

`try_parse_json` reads the first value of a text and ignores what follows, so the text is read as a member of an object, and
counted as the only item of a list. It is NULL if a key is there twice. A number beyond 64 bits is a DECIMAL or a DOUBLE. The time
zone of the session does not matter.
"""

from warehouse.engines.json_functions import JsonFunctions
from warehouse.schema.columns import BIGINT, BOOLEAN, DATE, JSON, TIMESTAMP, VARCHAR

SPARK = JsonFunctions(
    dialect="spark",
    types={
        VARCHAR: "STRING",
        DATE: "DATE",
        BIGINT: "BIGINT",
        BOOLEAN: "BOOLEAN",
        TIMESTAMP: "TIMESTAMP_NTZ",
        JSON: "STRING",
    },
    fact_time="TIMESTAMP_NTZ",
    list_type="ARRAY<{type}>",
    struct_type=("STRUCT<{fields}>", "{name}: {type}"),
    identifier="`{name}`",
    escapes=(("\\", "\\\\"), ("'", "\\'")),
    parsed=(
        "CASE WHEN json_array_length(concat('[', {text}, ']')) = 1 "
        "THEN try_variant_get(try_parse_json(concat('{{\"record\":', {text}, '}}')), '$.record', 'variant') END"
    ),
    is_null="coalesce(schema_of_variant(try_variant_get({json}, '{path}', 'variant')), 'VOID') = 'VOID'",
    is_other="schema_of_variant(try_variant_get({json}, '{path}', 'variant')) NOT RLIKE '^({kinds}|VOID$)'",
    kinds={
        "object": "OBJECT<",
        "array": "ARRAY<",
        VARCHAR: "STRING$",
        BOOLEAN: "BOOLEAN$",
        BIGINT: "BIGINT$|DECIMAL.(19|20),0",
        TIMESTAMP: "BIGINT$|DECIMAL.(19|20),0",
    },
    elements="try_variant_get({json}, '{path}', 'array<variant>')",
    first_of="get(filter(transform({items}, {item} -> {value}), reason -> reason IS NOT NULL), 0)",
    converted="transform({items}, {item} -> {value})",
    integer="try_variant_get({json}, '{path}', 'bigint')",
    number="try_variant_get({json}, '{path}', 'decimal(20,0)')",
    string="try_variant_get({json}, '{path}', 'string')",
    boolean="try_variant_get({json}, '{path}', 'boolean')",
    json_text="nullif(to_json(try_variant_get({json}, '{path}', 'variant')), 'null')",
    struct=("named_struct({fields})", "{text}, {value}"),
    time="TIMESTAMP_NTZ '1970-01-01 00:00:00' + make_dt_interval(0, 0, 0, CAST({milliseconds} AS DECIMAL(18, 0)) / 1000)",
    try_date="try_cast({text} AS DATE)",
    a_day_ahead="convert_timezone(current_timezone(), 'UTC', localtimestamp()) + INTERVAL 1 DAY",
    byte_length="octet_length({text})",
    part="split_part({text}, '-', {number})",
    try_integer="try_cast({text} AS BIGINT)",
    list_of="CAST(array({texts}) AS ARRAY<STRING>)",
    concatenation=("concat({lists})", ", "),
    contains="coalesce(array_contains({items}, {text}), FALSE)",
)
"""Spark SQL."""
