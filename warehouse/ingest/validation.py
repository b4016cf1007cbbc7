"""The long way of the other records: SQL parses them into the temporary table `staged`, and what is no record leaves it.

They differ in few structures, so each structure is judged once, in Python, and the verdict joined.
"""

import json
from functools import lru_cache
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from core.events import SCHEMA
from warehouse.ingest import legacy_format, unresolved, value_checks
from warehouse.ingest.chunks import reasons_table, texts_table
from warehouse.ingest.row_sql import select_rows_sql
from warehouse.schema.columns import ANY, TEXT, WHOLE
from warehouse.schema.json_types import JSON_NULL, JsonType
from warehouse.schema.metric_tables import tables

_ENVELOPE = JsonType(
    fields=(
        ("created_at", JsonType(WHOLE)),
        ("owner", JsonType(TEXT)),
        ("repo", JsonType(TEXT)),
        ("metric_signature", JsonType(TEXT)),
        ("status", JsonType(TEXT)),
        ("id", JsonType(TEXT)),
        ("repository_id", JsonType(WHOLE)),
        ("github_host", JsonType(TEXT)),
        ("schema", JsonType(WHOLE)),
        ("delivery_id", JsonType(TEXT)),
        ("collected_by", JsonType(TEXT)),
        ("anomalies", JsonType(item=JsonType(TEXT))),
    )
)
_STATED = ("created_at", "owner", "repo", "metric_signature", "status", "output")
_OURS = ("github_host", "schema", "delivery_id", "collected_by")
_JUDGED_BY = ("structure", "metric_signature", "status", "schema")
_STAGE = f"""
CREATE OR REPLACE TEMP TABLE staged AS
WITH parsed AS (
  SELECT
    path, content, TRY(json_structure(content)) AS structure, TRY(from_json(content, '{json.dumps(_ENVELOPE.parsed)}')) AS told
  FROM given WHERE json_valid(content)
)
SELECT path, content, structure, told.*, regexp_matches(content, $1) AS is_doubtful FROM parsed
UNION ALL BY NAME
SELECT path, content FROM given WHERE NOT json_valid(content)
"""


def validate_and_insert(connection: DuckDBPyConnection, texts: dict[str, str], source: str, now: int) -> dict[str, str]:
    """The records of these texts into their tables; what is wrong with the others, by path. `now` is UNIX ms."""
    if not texts:
        return {}
    rejects = _stage(connection, texts, now)
    told = connection.execute("SELECT DISTINCT metric_signature, id IS NULL FROM staged").fetchall()
    for metric, original in told:
        table = tables()[metric]
        records = (
            f"(SELECT *, from_json(content, '{json.dumps({'output': table.output.parsed})}').output AS output FROM staged "
            f"WHERE metric_signature = '{metric}' AND (id IS NULL) = {original})"
        )
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE made AS {select_rows_sql(table, records, original=original)}", [source]
        )
        unresolved.insert(connection, table, "made")
    return rejects


def _stage(connection: DuckDBPyConnection, texts: dict[str, str], now: int) -> dict[str, str]:
    """Leaves the records in `staged`."""
    connection.register("given", texts_table(texts))
    connection.execute(_STAGE, [value_checks.pattern(now)])
    connection.unregister("given")
    found: dict[str, str] = {}
    for judge in (_of_wrong_structure, _of_another_name, lambda each: _mend(each, now)):
        told = judge(connection)
        _take_out(connection, told)
        found |= told
    return found


def _of_wrong_structure(connection: DuckDBPyConnection) -> dict[str, str]:
    kinds = connection.execute(f"SELECT DISTINCT {', '.join(_JUDGED_BY)} FROM staged").fetchall()
    wrong = [(*kind, reason) for kind in kinds if (reason := _problem(*kind))]
    if not wrong:
        return {}
    columns = zip(*wrong, strict=True)
    types = (pa.string(), pa.string(), pa.string(), pa.int64(), pa.string())
    names = (*_JUDGED_BY, "reason")
    verdicts = pa.table({name: pa.array(told, kind) for name, told, kind in zip(names, columns, types, strict=True)})
    connection.register("verdicts", verdicts)
    same = " AND ".join(f"s.{name} IS NOT DISTINCT FROM v.{name}" for name in _JUDGED_BY)
    found = connection.execute(f"SELECT path, reason FROM staged AS s JOIN verdicts AS v ON {same}").fetchall()
    connection.unregister("verdicts")
    return dict(found)


@lru_cache(maxsize=16_384)
def _problem(structure: str | None, metric: str | None, status: str | None, schema: int | None) -> str | None:
    """What is wrong with all records of this structure; `structure` is None for what is no JSON."""
    if structure is None:
        return "not JSON"
    try:
        told = json.loads(structure)
    except RecursionError:
        return "nested too deeply"
    if told == ANY:
        told = {}  # so json_structure calls an object without any
    if not isinstance(told, dict):
        return "not an object"
    return _problem_of_envelope(told, status, schema) or _problem_of_output(metric, told)


def _problem_of_envelope(told: dict[str, Any], status: str | None, schema: int | None) -> str | None:
    original = _lacks(told, "id")
    missing = [name for name in (*_STATED, *(() if original else _OURS)) if _lacks(told, name)]
    if missing:
        return f"no record: it has no {missing[0]}"
    if problem := _ENVELOPE.wrong(told, ""):
        return problem
    if status not in ("success", "networkError"):
        return f"status: {status!r} is unknown"
    if not original and schema != SCHEMA:
        return f"schema: {schema} is unknown, this version reads {SCHEMA}"
    return None


def _problem_of_output(metric: str | None, told: dict[str, Any]) -> str | None:
    table = tables().get(metric or "")
    if table is None:
        return f"metric_signature: {metric!r} is unknown"
    problem = table.output.wrong(told["output"], "output")
    if problem or not _lacks(told, "id"):
        return problem
    if table.metric.name not in legacy_format.METRICS:
        return "no record: it has no id"
    needed = (f"output.{path}" for path in legacy_format.NEEDED.get(table.metric.name, ()))
    missing = [path for path in needed if _lacks(told, path)]
    return f"no record: it has no {missing[0]}" if missing else None


def _lacks(told: Any, path: str) -> bool:
    for name in path.split("."):
        told = told.get(name, JSON_NULL) if isinstance(told, dict) else JSON_NULL
    return bool(told == JSON_NULL)


def _of_another_name(connection: DuckDBPyConnection) -> dict[str, str]:
    """An id is made of what the record says of itself."""
    begins = "concat(owner, '/', repo, '/', metric_signature, '/')"
    told = connection.execute(
        "SELECT path, 'id: not of this owner, repo and metric' FROM staged "
        f"WHERE id IS NOT NULL AND (NOT starts_with(id, {begins}) OR length(id) = length({begins}))"
    )
    return dict(told.fetchall())


def _mend(connection: DuckDBPyConnection, now: int) -> dict[str, str]:
    """Of the records with a number that is in doubt, the reasons of those that cannot be taken."""
    told = connection.execute("SELECT path, content, metric_signature FROM staged WHERE is_doubtful").fetchall()
    rejects: dict[str, str] = {}
    mended: dict[str, value_checks.Sanitized] = {}
    for path, content, metric in told:
        try:
            mended[path] = value_checks.sanitize(content, tables()[metric], now)
        except value_checks.Rejected as reason:
            rejects[path] = str(reason)
    anomalies = pa.array([each.anomalies for each in mended.values()], pa.list_(pa.string()))
    contents = pa.array([f'{{"output":{each.output}}}' for each in mended.values()], pa.string())
    connection.register("mended", pa.table({"path": pa.array(mended), "content": contents, "anomalies": anomalies}))
    connection.execute(
        "UPDATE staged SET content = mended.content, anomalies = mended.anomalies FROM mended WHERE staged.path = mended.path"
    )
    connection.unregister("mended")
    return rejects


def _take_out(connection: DuckDBPyConnection, found: dict[str, str]) -> None:
    if found:
        connection.register("gone", reasons_table(found))
        connection.execute("DELETE FROM staged WHERE path IN (SELECT path FROM gone)")
        connection.unregister("gone")
