"""Validate the records that are not canonical: SQL parses them into the temporary table `staged`; rejects are deleted.

The records have few different structures, so Python checks each structure once, and SQL joins the verdicts.
"""

import json
from functools import lru_cache
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from core.events import READABLE_SCHEMAS
from warehouse.ingest import legacy_format, unresolved, value_checks
from warehouse.ingest.chunks import contents_table, reasons_table
from warehouse.ingest.row_sql import select_rows_sql
from warehouse.schema.columns import BIGINT, JSON, VARCHAR
from warehouse.schema.json_types import JSON_NULL, JsonType
from warehouse.schema.metric_tables import tables

ENVELOPE = JsonType(
    fields=(
        ("created_at", JsonType(BIGINT)),
        ("owner", JsonType(VARCHAR)),
        ("repo", JsonType(VARCHAR)),
        ("metric_signature", JsonType(VARCHAR)),
        ("status", JsonType(VARCHAR)),
        ("id", JsonType(VARCHAR)),
        ("repository_id", JsonType(BIGINT)),
        ("github_host", JsonType(VARCHAR)),
        ("schema", JsonType(BIGINT)),
        ("delivery_id", JsonType(VARCHAR)),
        ("collected_by", JsonType(VARCHAR)),
        ("anomalies", JsonType(item=JsonType(VARCHAR))),
    )
)
REQUIRED = ("created_at", "owner", "repo", "metric_signature", "status", "output")
REQUIRED_WITH_ID = ("github_host", "schema", "delivery_id", "collected_by")
_VERDICT_KEY = ("structure", "metric_signature", "status", "schema")
_STAGE = f"""
CREATE OR REPLACE TEMP TABLE staged AS
WITH parsed AS (
  SELECT
    path, content, TRY(json_structure(content)) AS structure, TRY(from_json(content, '{json.dumps(ENVELOPE.duckdb_structure)}')) AS envelope
  FROM contents WHERE json_valid(content)
)
SELECT path, content, structure, envelope.*, regexp_matches(content, $1) AS is_suspicious FROM parsed
UNION ALL BY NAME
SELECT path, content FROM contents WHERE NOT json_valid(content)
"""


def validate_and_insert(connection: DuckDBPyConnection, texts: dict[str, str], source: str, now: int) -> dict[str, str]:
    """Insert the valid records of these texts and return the reject reasons of the others by path; `now` is UNIX ms."""
    if not texts:
        return {}
    rejects = _stage(connection, texts, now)
    kinds = connection.execute("SELECT DISTINCT metric_signature, id IS NULL FROM staged").fetchall()
    for metric, original in kinds:
        table = tables()[metric]
        records = (
            f"(SELECT *, from_json(content, '{json.dumps({'output': table.output.duckdb_structure})}').output AS output FROM staged "
            f"WHERE metric_signature = '{metric}' AND (id IS NULL) = {original})"
        )
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE parsed_rows AS {select_rows_sql(table, records, original=original)}",
            [source],
        )
        unresolved.insert(connection, table, "parsed_rows")
    return rejects


def _stage(connection: DuckDBPyConnection, texts: dict[str, str], now: int) -> dict[str, str]:
    """Load the valid records into `staged` and return the reject reasons of the others by path."""
    connection.register("contents", contents_table(texts))
    connection.execute(_STAGE, [value_checks.suspicious_number_pattern(now)])
    connection.unregister("contents")
    rejects: dict[str, str] = {}
    for validate in (_wrong_structures, _wrong_ids, lambda connection: _sanitize(connection, now)):
        reasons = validate(connection)
        _delete_rejects(connection, reasons)
        rejects |= reasons
    return rejects


def _wrong_structures(connection: DuckDBPyConnection) -> dict[str, str]:
    combinations = connection.execute(f"SELECT DISTINCT {', '.join(_VERDICT_KEY)} FROM staged").fetchall()
    wrong = [(*combination, reason) for combination in combinations if (reason := _problem(*combination))]
    if not wrong:
        return {}
    columns = zip(*wrong, strict=True)
    types = (pa.string(), pa.string(), pa.string(), pa.int64(), pa.string())
    names = (*_VERDICT_KEY, "reason")
    verdicts = pa.table(
        {name: pa.array(values, kind) for name, values, kind in zip(names, columns, types, strict=True)}
    )
    connection.register("verdicts", verdicts)
    same = " AND ".join(f"s.{name} IS NOT DISTINCT FROM v.{name}" for name in _VERDICT_KEY)
    rows = connection.execute(f"SELECT path, reason FROM staged AS s JOIN verdicts AS v ON {same}").fetchall()
    connection.unregister("verdicts")
    return dict(rows)


@lru_cache(maxsize=16_384)
def _problem(structure: str | None, metric: str | None, status: str | None, schema: int | None) -> str | None:
    """Return the problem of all records with this structure, or None; `structure` is None for invalid JSON."""
    if structure is None:
        return "not JSON"
    try:
        fields = json.loads(structure)
    except RecursionError:
        return "nested too deeply"
    if fields == JSON:
        fields = {}  # json_structure returns "JSON" for an object without fields
    if not isinstance(fields, dict):
        return "not an object"
    return _problem_of_envelope(fields, status, schema) or _problem_of_output(metric, fields)


def _problem_of_envelope(fields: dict[str, Any], status: str | None, schema: int | None) -> str | None:
    original = _is_missing(fields, "id")
    missing = [name for name in (*REQUIRED, *(() if original else REQUIRED_WITH_ID)) if _is_missing(fields, name)]
    if missing:
        return f"no record: it has no {missing[0]}"
    if problem := ENVELOPE.type_error(fields, ""):
        return problem
    if status not in ("success", "networkError"):
        return f"status: {status!r} is unknown"
    if not original and schema not in READABLE_SCHEMAS:
        return f"schema: {schema} is unknown, this version reads {' and '.join(map(str, READABLE_SCHEMAS))}"
    return None


def _problem_of_output(metric: str | None, fields: dict[str, Any]) -> str | None:
    table = tables().get(metric or "")
    if table is None:
        return f"metric_signature: {metric!r} is unknown"
    problem = table.output.type_error(fields["output"], "output")
    if problem or not _is_missing(fields, "id"):
        return problem
    if table.metric.name not in legacy_format.METRICS:
        return "no record: it has no id"
    required = (f"output.{path}" for path in legacy_format.NEEDED.get(table.metric.name, ()))
    missing = [path for path in required if _is_missing(fields, path)]
    return f"no record: it has no {missing[0]}" if missing else None


def _is_missing(fields: Any, path: str) -> bool:
    value = fields
    for name in path.split("."):
        value = value.get(name, JSON_NULL) if isinstance(value, dict) else JSON_NULL
    return bool(value == JSON_NULL)


def _wrong_ids(connection: DuckDBPyConnection) -> dict[str, str]:
    """Return the reasons of records whose id does not match their owner, repo and metric."""
    prefix = "concat(owner, '/', repo, '/', metric_signature, '/')"
    rows = connection.execute(
        "SELECT path, 'id: not of this owner, repo and metric' FROM staged "
        f"WHERE id IS NOT NULL AND (NOT starts_with(id, {prefix}) OR length(id) = length({prefix}))"
    )
    return dict(rows.fetchall())


def _sanitize(connection: DuckDBPyConnection, now: int) -> dict[str, str]:
    """Sanitize the records with a suspicious number and return the reasons of those that must be rejected."""
    rows = connection.execute("SELECT path, content, metric_signature FROM staged WHERE is_suspicious").fetchall()
    rejects: dict[str, str] = {}
    sanitized: dict[str, value_checks.Sanitized] = {}
    for path, content, metric in rows:
        try:
            sanitized[path] = value_checks.sanitize(content, tables()[metric], now)
        except value_checks.Rejected as reason:
            rejects[path] = str(reason)
    anomalies = pa.array([record.anomalies for record in sanitized.values()], pa.list_(pa.string()))
    contents = pa.array([f'{{"output":{record.output}}}' for record in sanitized.values()], pa.string())
    connection.register(
        "sanitized", pa.table({"path": pa.array(sanitized), "content": contents, "anomalies": anomalies})
    )
    connection.execute(
        "UPDATE staged SET content = sanitized.content, anomalies = sanitized.anomalies FROM sanitized "
        "WHERE staged.path = sanitized.path"
    )
    connection.unregister("sanitized")
    return rejects


def _delete_rejects(connection: DuckDBPyConnection, reasons: dict[str, str]) -> None:
    if reasons:
        connection.register("deleted", reasons_table(reasons))
        connection.execute("DELETE FROM staged WHERE path IN (SELECT path FROM deleted)")
        connection.unregister("deleted")
