"""Write the statements that define and refresh what lies between the landing and the facts, for each engine.

`landed` is an external table of one column: the whole line. No line of a landing file has a control character, so U+0001
separates its columns, of which there is one.
"""

from collections.abc import Iterator
from typing import NamedTuple

from warehouse.engines.ingest_sql import typed_columns, typed_queries
from warehouse.engines.json_bigquery import BIGQUERY
from warehouse.engines.json_functions import JsonFunctions
from warehouse.engines.json_spark import SPARK
from warehouse.engines.json_trino import TRINO
from warehouse.schema.columns import BIGINT, BOOLEAN, DATE, JSON, TIMESTAMP, VARCHAR
from warehouse.schema.json_types import JsonType

FIRST_DAY = "2026-01-01"
"""A day before the first landing: no version before December 2026 lands."""
REFRESHES = "landing_refreshes"
"""The last day that each refresh has read."""


class Engine(NamedTuple):
    """How an engine reads the landing, and keeps the typed rows."""

    functions: JsonFunctions
    external: str
    """The statement that defines `landed`: `{landing}` is the address of its folder, and `{first_day}` a day before it begins."""
    table: str
    """The statement that creates the table `{name}` of typed rows with `{columns}` in the folder `{folder}`."""
    replacements: tuple[str, ...]
    """The statements that replace the rows of `{name}` of the days since `{since}` by those of `{query}`."""
    since: str
    """The query of the first day that the next refresh must read, as text: the day before the last that was read."""
    ddl: JsonFunctions | None = None
    """Types and quotes of `{columns}`, if they are not those of the queries."""


_ATHENA_DDL = TRINO._replace(
    types={
        VARCHAR: "string",
        BIGINT: "bigint",
        BOOLEAN: "boolean",
        TIMESTAMP: "timestamp",
        DATE: "date",
        JSON: "string",
    },
    list_type="array<{type}>",
    struct_type=("struct<{fields}>", "{name}:{type}"),
    identifier="`{name}`",
)
"""Athena's DDL names types as Hive does: https://docs.aws.amazon.com/athena/latest/ug/data-types.html."""
_SINCE = "SELECT COALESCE(CAST({day} AS {text}), {first_day}) AS since FROM " + REFRESHES
_DELETE = "DELETE FROM {name} WHERE landed_day >= CAST({since} AS DATE)"
ENGINES = {
    # https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#create_external_table_statement
    "bigquery": Engine(
        BIGQUERY,
        "CREATE EXTERNAL TABLE IF NOT EXISTS landed (line STRING)\nWITH PARTITION COLUMNS (day STRING, hour STRING)\n"
        "OPTIONS (format = 'CSV', uris = ['{landing}/*'], hive_partition_uri_prefix = '{landing}', "
        "require_hive_partition_filter = TRUE, field_delimiter = '\\u0001', quote = '', ignore_unknown_values = TRUE, "
        "preserve_ascii_control_characters = TRUE)",
        "CREATE TABLE IF NOT EXISTS {name} ({columns})\nPARTITION BY landed_day",
        (_DELETE, "INSERT INTO {name}\n{query}"),
        _SINCE.format(day="DATE_SUB(MAX(landed_day), INTERVAL 1 DAY)", text="STRING", first_day="'{first_day}'"),
    ),
    # LazySimpleSerDe, because the dot of RegexSerDe does not match U+2028, which a line may have. A day or hour outside of the
    # projection has no rows: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html.
    # Of months, because a statement writes at most 100 partitions: https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html
    "athena": Engine(
        TRINO,
        "CREATE EXTERNAL TABLE IF NOT EXISTS landed (line string)\nPARTITIONED BY (day string, hour string)\n"
        "ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\001'\nLOCATION '{landing}/'\n"
        "TBLPROPERTIES ('projection.enabled' = 'true', 'projection.day.type' = 'date', 'projection.day.format' = 'yyyy-MM-dd', "
        "'projection.day.range' = '{first_day},NOW+1DAY', 'projection.hour.type' = 'integer', "
        "'projection.hour.range' = '0,23', 'projection.hour.digits' = '2', "
        "'storage.location.template' = '{landing}/day=${{day}}/hour=${{hour}}')",
        "CREATE TABLE IF NOT EXISTS {name} ({columns})\nPARTITIONED BY (month(landed_day))\nLOCATION '{folder}/'\n"
        "TBLPROPERTIES ('table_type' = 'ICEBERG')",
        (_DELETE, "INSERT INTO {name}\n{query}"),
        _SINCE.format(day="date_add('day', -1, MAX(landed_day))", text="varchar", first_day="'{first_day}'"),
        _ATHENA_DDL,
    ),
    # The view lists the folders when it is created. https://spark.apache.org/docs/latest/sql-data-sources-text.html
    "spark": Engine(
        SPARK,
        "CREATE OR REPLACE TEMPORARY VIEW landed AS SELECT value AS line, CAST(day AS STRING) AS day, "
        "lpad(CAST(hour AS STRING), 2, '0') AS hour FROM text.`{landing}`",
        "CREATE TABLE IF NOT EXISTS {name} ({columns})\nUSING PARQUET PARTITIONED BY (landed_day)",
        (
            "SET spark.sql.sources.partitionOverwriteMode = dynamic",
            "INSERT OVERWRITE TABLE {name} BY NAME\n{query}",
        ),
        _SINCE.format(day="date_sub(MAX(landed_day), 1)", text="STRING", first_day="'{first_day}'"),
    ),
}
"""By the names of `telemetry models`."""


def definitions(engine: Engine, landing: str, folder: str, first_day: str = FIRST_DAY) -> Iterator[str]:
    """Yield the statements that define `landed` and the tables of typed rows, where they do not exist.

    `landing` is the address of the folder `landing` of a bucket, `folder` that of a folder for the engine's tables, both without a
    slash at the end.
    """
    yield engine.external.format(landing=landing, first_day=first_day)
    types = engine.ddl or engine.functions
    refreshes = [("source", JsonType(VARCHAR)), ("landed_day", JsonType(DATE))]
    for name, columns in {**typed_columns(), REFRESHES: refreshes}.items():
        listed = ", ".join(f"{types.quoted(column)} {types.type_of(shape)}" for column, shape in columns)
        yield engine.table.format(name=name, columns=listed, folder=f"{folder}/{name}")


def refresh(engine: Engine, since: str, source: str) -> Iterator[str]:
    """Yield the statements that replace the typed rows of the days since one, and at last record how far they have read.

    `since` is an expression of the engine: the result of `since_query`. Each may be repeated: a refresh that stopped anywhere has
    recorded nothing, so the next one reads the same days.
    """
    for name, query in typed_queries(engine.functions, since, source):
        for statement in engine.replacements:
            yield statement.format(name=name, since=since, query=query)
    days = " UNION ALL ".join(f"SELECT MAX(landed_day) AS landed_day FROM {name}" for name in typed_columns())
    latest = f"SELECT {engine.functions.literal(source)} AS source, MAX(landed_day) AS landed_day FROM ({days}) AS d"
    yield f"INSERT INTO {REFRESHES}\n{latest}"


def since_query(engine: Engine, first_day: str = FIRST_DAY) -> str:
    """Return the query of the day from which a refresh must read: late files of the day before the last one are read again."""
    return engine.since.format(first_day=first_day)
