"""Records of the table `staged` become rows of their metrics' tables, under the identities of their facts."""

import json

from duckdb import DuckDBPyConnection

from warehouse import legacy
from warehouse.columns import quoted
from warehouse.tables import Table, tables
from warehouse.upsert import upsert

_KEY = "substr(id, length(owner) + length(repo) + length(metric_signature) + 4)"
"""What a record's id ends in."""


def insert_staged(connection: DuckDBPyConnection, source: str) -> None:
    """The records of `staged` into their metrics' tables; those of the original partly into tables of their own."""
    told = connection.execute("SELECT DISTINCT metric_signature, id IS NULL FROM staged").fetchall()
    for metric, original in told:
        table = tables()[metric]
        connection.execute(f"CREATE OR REPLACE TEMP TABLE made AS {_rows(table, original=original)}", [source])
        if original and metric in legacy.ASIDE:
            upsert(connection, legacy.aside(table), table.columns, legacy.ASIDE_KEY, "made")
        else:
            upsert(connection, table.name, table.columns, table.key, "made")


def _rows(table: Table, *, original: bool) -> str:
    """What is staged of a metric, as its table has it."""
    shape = json.dumps({"output": table.output.parsed})
    told = legacy.columns(table) if original else _columns(table)
    own = (f"{field.shape.converted(f'o.{quoted(field.name)}')} AS {quoted(field.column)}" for field in table.fields)
    return (
        f"SELECT {', '.join(f'{value} AS {name}' for name, value in told.items())}, $1 AS source, path, status, owner, repo, "
        f"repository_id, make_timestamp_ms(created_at) AS received_at, delivery_id, coalesce(anomalies, []) AS anomalies, {', '.join(own)} "
        f"FROM (SELECT *, from_json(content, '{shape}').output AS o FROM staged "
        f"WHERE metric_signature = '{table.metric.name}' AND (id IS NULL) = {original})"
    )


def _columns(table: Table) -> dict[str, str]:
    """How each column that the two kinds of records differ in is made, for ours."""
    identity, version = _KEY, "0"
    if table.metric.versioned:
        identity = f"regexp_extract({_KEY}, '^(.*?)(?:-([0-9]+))?$', 1)"
        version = f"coalesce(TRY_CAST(regexp_extract({_KEY}, '^(.*?)(?:-([0-9]+))?$', 2) AS BIGINT), 0)"
    return {
        "host": "github_host",
        "repository_key": "coalesce(CAST(repository_id AS VARCHAR), lower(concat(owner, '/', repo)))",
        "identity": identity,
        "version": version,
        "record_id": "id",
        "collected_by": "collected_by",
    }
