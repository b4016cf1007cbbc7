"""Build the SQL that turns parsed records into rows of their metric's table, with the identities of their facts."""

from warehouse.ingest import legacy_format
from warehouse.schema.columns import TIMESTAMP, quote_identifier
from warehouse.schema.json_types import JsonType
from warehouse.schema.metric_tables import Table

_KEY = "substr(id, length(owner) + length(repo) + length(metric_signature) + 4)"
"""SQL of the last part of a record's id, after owner, repo and metric."""


def select_rows_sql(table: Table, records: str, *, original: bool = False, beside: tuple[str, ...] = ()) -> str:
    """Return the query of a table's rows, with the columns `beside` in front, from a query of record fields and `path`.

    The first parameter of the query is the source.
    """
    key_columns = legacy_format.columns(table) if original else _columns(table)
    keys = (f"{value} AS {name}" for name, value in key_columns.items())
    outputs = (
        f"{field.shape.conversion_sql(f'output.{quote_identifier(field.name)}')} AS {quote_identifier(field.column)}"
        for field in table.fields
    )
    return (
        f"SELECT {', '.join([*beside, *keys])}, $1 AS source, path, status, owner, repo, repository_id, "
        f"{JsonType(TIMESTAMP).conversion_sql('created_at')} AS received_at, delivery_id, coalesce(anomalies, []) AS anomalies, "
        f"{', '.join(outputs)} FROM {records}"
    )


def _columns(table: Table) -> dict[str, str]:
    """Return the SQL of the columns that are computed differently for original records, for current records."""
    identity, version = _KEY, "0"
    if table.metric.versioned:  # `ID` or `ID-VERSION`
        identity = f"split_part({_KEY}, '-', 1)"
        version = f"coalesce(TRY_CAST(split_part({_KEY}, '-', 2) AS BIGINT), 0)"
    return {
        "host": "github_host",
        "repository_key": "coalesce(CAST(repository_id AS VARCHAR), lower(concat(owner, '/', repo)))",
        "identity": identity,
        "version": version,
        "record_id": "id",
        "collected_by": "collected_by",
        "schema": "schema",
    }
