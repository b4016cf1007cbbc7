"""Define the JSON functions of BigQuery: https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions.

An array is never NULL in a stored table, and has no NULL items, so a list that is null or missing is empty here:
https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#array_nulls. Of a key that is there twice the first
counts. A number beyond 64 bits becomes a float, whose text has an exponent.
"""

from warehouse.engines.json_functions import JsonFunctions
from warehouse.schema.columns import BIGINT, BOOLEAN, DATE, JSON, TIMESTAMP, VARCHAR

BIGQUERY = JsonFunctions(
    dialect="bigquery",
    types={VARCHAR: "STRING", DATE: "DATE", BIGINT: "INT64", BOOLEAN: "BOOL", TIMESTAMP: "DATETIME", JSON: "STRING"},
    fact_time="DATETIME",
    list_type="ARRAY<{type}>",
    struct_type=("STRUCT<{fields}>", "{name} {type}"),
    identifier="`{name}`",
    escapes=(("\\", "\\\\"), ("'", "\\'")),
    parsed="SAFE.PARSE_JSON({text}, wide_number_mode => 'round')",
    is_null="COALESCE(JSON_TYPE(JSON_QUERY({json}, '{path}')), 'null') = 'null'",
    is_other="NOT REGEXP_CONTAINS(TO_JSON_STRING(JSON_QUERY({json}, '{path}')), r'^({kinds}|null$)')",
    kinds={
        "object": "[{]",
        "array": "[[]",
        VARCHAR: '"',
        BOOLEAN: "true$|false$",
        BIGINT: "-?[0-9]{1,20}$",
        TIMESTAMP: "-?[0-9]{1,20}$",
    },
    elements="JSON_QUERY_ARRAY({json}, '{path}')",
    first_of=(
        "(SELECT v FROM (SELECT {value} AS v, place FROM UNNEST({items}) AS {item} WITH OFFSET AS place) "
        "WHERE v IS NOT NULL ORDER BY place LIMIT 1)"
    ),
    converted=(
        "ARRAY(SELECT v FROM (SELECT {value} AS v, place FROM UNNEST({items}) AS {item} WITH OFFSET AS place) "
        "WHERE v IS NOT NULL ORDER BY place)"
    ),
    integer="LAX_INT64(JSON_QUERY({json}, '{path}'))",
    number="SAFE_CAST(JSON_VALUE({json}, '{path}') AS NUMERIC)",
    string="JSON_VALUE({json}, '{path}')",
    boolean="LAX_BOOL(JSON_QUERY({json}, '{path}'))",
    json_text="NULLIF(TO_JSON_STRING(JSON_QUERY({json}, '{path}')), 'null')",
    struct=("STRUCT({fields})", "{value} AS {name}"),
    time="DATETIME(TIMESTAMP_MILLIS({milliseconds}))",
    try_date="SAFE_CAST({text} AS DATE)",
    a_day_ahead="DATETIME_ADD(CURRENT_DATETIME('UTC'), INTERVAL 1 DAY)",
    byte_length="BYTE_LENGTH({text})",
    part="SPLIT({text}, '-')[SAFE_OFFSET({offset})]",
    try_integer="SAFE_CAST({text} AS INT64)",
    list_of="ARRAY<STRING>[{texts}]",
    concatenation=("ARRAY_CONCAT({lists})", ", "),
    contains="{text} IN UNNEST({items})",
)
"""GoogleSQL."""
