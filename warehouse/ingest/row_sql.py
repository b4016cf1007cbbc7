"""Parsed records become rows of their metrics' tables, under the identities of their facts."""

from warehouse.ingest import legacy_format
from warehouse.schema.columns import TIME, quote_identifier
from warehouse.schema.json_types import JsonType
from warehouse.schema.metric_tables import Table

_KEY = "substr(id, length(owner) + length(repo) + length(metric_signature) + 4)"
"""What a record's id ends in."""


def select_rows_sql(table: Table, records: str, *, original: bool = False, beside: tuple[str, ...] = ()) -> str:
    """The query of a table's rows, and of columns beside, from a query of records: their fields, and `path`.

    Its first parameter is the source.
    """
    told = legacy_format.columns(table) if original else _columns(table)
    made = (f"{value} AS {name}" for name, value in told.items())
    own = (
        f"{field.shape.converted(f'output.{quote_identifier(field.name)}')} AS {quote_identifier(field.column)}"
        for field in table.fields
    )
    return (
        f"SELECT {', '.join([*beside, *made])}, $1 AS source, path, status, owner, repo, repository_id, "
        f"{JsonType(TIME).converted('created_at')} AS received_at, delivery_id, coalesce(anomalies, []) AS anomalies, "
        f"{', '.join(own)} FROM {records}"
    )


def _columns(table: Table) -> dict[str, str]:
    """How each column that the two kinds of records differ in is made, for ours."""
    identity, version = _KEY, "0"
    if table.metric.versioned:  # one number, and perhaps another
        identity = f"split_part({_KEY}, '-', 1)"
        version = f"coalesce(TRY_CAST(split_part({_KEY}, '-', 2) AS BIGINT), 0)"
    return {
        "host": "github_host",
        "repository_key": "coalesce(CAST(repository_id AS VARCHAR), lower(concat(owner, '/', repo)))",
        "identity": identity,
        "version": version,
        "record_id": "id",
        "collected_by": "collected_by",
    }
