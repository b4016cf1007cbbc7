"""Records in, rows out: each fact once, whatever came in which order, how often, or was cut short.

Python opens and reads the files by the thousand, Arrow hands them over, SQL does the rest: DuckDB's own reader of many
small files needs tens of gigabytes for a million. What is merged twice changes nothing, and the place that was reached
is written last: so it can be killed anywhere, and started again.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

import pyarrow as pa
from duckdb import DuckDBPyConnection

from core.events import SCHEMA
from core.ports import Store
from warehouse import legacy
from warehouse.tables import TEXT, WHOLE, Shape, Table, tables

CHUNK = 20_000
"""Files that are read before a transaction."""
LONGEST = 16 * 1024 * 1024
"""Bytes. The largest record of ours is a quarter of a megabyte."""
_SYSTEM = "_system/"
_LARGEST = 2**63 - 1
_ENVELOPE = Shape(
    fields=(
        ("created_at", Shape(WHOLE)),
        ("owner", Shape(TEXT)),
        ("repo", Shape(TEXT)),
        ("metric_signature", Shape(TEXT)),
        ("status", Shape(TEXT)),
        ("id", Shape(TEXT)),
        ("repository_id", Shape(WHOLE)),
        ("github_host", Shape(TEXT)),
        ("schema", Shape(WHOLE)),
        ("delivery_id", Shape(TEXT)),
        ("collected_by", Shape(TEXT)),
        ("anomalies", Shape(item=Shape(TEXT))),
    )
)
_STATED = ("created_at", "owner", "repo", "metric_signature", "status", "output")
_OURS = ("id", "github_host", "schema", "delivery_id", "collected_by", "anomalies")


class Merged(NamedTuple):
    """What a merge did."""

    files: int
    """Files that were read."""
    rejected: int
    """Of these, how many are no records; the table `rejects` says why."""


def merge(
    connection: DuckDBPyConnection,
    store: Store,
    source: str,
    root: str = "",
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> Merged:
    """Merge what is new in the store since the last merge of this source; `root` is REPO_PATH and a slash, or empty.

    `advance` is told how many files are done, and of how many. Raises what the store raises; nothing is half done then.
    """
    told = connection.execute("SELECT cursor FROM sources WHERE source = ?", [source]).fetchone()
    paths, cursor = store.changes(told[0] if told else None)
    wanted = [path for path in paths if _is_wanted(path, root)]
    rejected = done = 0
    for chunk in _chunks(wanted):
        rejected += _merge_chunk(connection, store, source, root, chunk)
        done += len(chunk)
        advance(done, len(wanted))
    connection.begin()
    if wanted:
        legacy.settle(connection)
    connection.execute("INSERT OR REPLACE INTO sources VALUES (?, ?)", [source, cursor])
    connection.commit()
    return Merged(len(wanted), rejected)


def _is_wanted(path: str, root: str) -> bool:
    """JSON below the root; our own receipts, cursors and ledgers are no records."""
    return path.startswith(root) and path.endswith(".json") and not path.startswith(f"{root}{_SYSTEM}")


def _chunks(paths: Iterable[str]) -> Iterator[list[str]]:
    left = iter(paths)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _merge_chunk(connection: DuckDBPyConnection, store: Store, source: str, root: str, paths: list[str]) -> int:
    given, rejects = _read(store, root, paths)
    connection.begin()
    try:
        connection.register("given", given)
        connection.execute(_STAGE)
        connection.unregister("given")
        rejects |= _judge(connection)
        for table in tables().values():
            _insert(connection, table)
        _keep_rejects(connection, source, root, paths, rejects)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return len(rejects)


def _read(store: Store, root: str, paths: list[str]) -> tuple[pa.Table, dict[str, str]]:
    """The contents that are text, and what is wrong with the others; a file that is gone meanwhile is neither."""
    names, texts, rejects = [], [], {}
    for path in paths:
        content = store.read(path)
        name = path.removeprefix(root)
        if content is None:
            continue
        if len(content) > LONGEST:
            rejects[name] = f"longer than {LONGEST} bytes"
            continue
        try:
            texts.append(content.decode("utf-8"))
        except UnicodeDecodeError:
            rejects[name] = "not UTF-8"
        else:
            names.append(name)
    return pa.table({"path": pa.array(names, pa.string()), "content": pa.array(texts, pa.large_string())}), rejects


_STAGE = f"""
CREATE OR REPLACE TEMP TABLE staged AS
WITH parsed AS (
  SELECT
    path, content, TRY(json_structure(content)) AS structure,
    TRY(from_json(content, '{json.dumps(_ENVELOPE.parsed)}')) AS told
  FROM given WHERE json_valid(content)
)
SELECT
  path, content, structure, told.*, told.id IS NULL AS is_original,
  regexp_matches(content, '[0-9]{{19}}') AS may_be_too_large
FROM parsed
UNION ALL BY NAME
SELECT path, content FROM given WHERE NOT json_valid(content)
"""


def _judge(connection: DuckDBPyConnection) -> dict[str, str]:
    """What is wrong with what was staged, by path; these leave the stage. Few records differ in their structure."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE kinds AS SELECT row_number() OVER () AS kind, * FROM (SELECT DISTINCT "
        "structure, metric_signature, status, schema, is_original FROM staged)"
    )
    kinds = connection.execute("SELECT kind, structure, metric_signature, status, schema, is_original FROM kinds").fetchall()
    wrong = [(kind, problem) for kind, *told in kinds if (problem := _problem(*told))]
    problems = pa.table({"kind": pa.array([k for k, _ in wrong], pa.int64()), "reason": pa.array([p for _, p in wrong], pa.string())})
    connection.register("problems", problems)
    found: dict[str, str] = dict(
        connection.execute(
            "SELECT path, reason FROM staged AS s JOIN kinds AS k ON s.structure IS NOT DISTINCT FROM k.structure "
            "AND s.metric_signature IS NOT DISTINCT FROM k.metric_signature AND s.status IS NOT DISTINCT FROM k.status "
            "AND s.schema IS NOT DISTINCT FROM k.schema AND s.is_original IS NOT DISTINCT FROM k.is_original "
            "JOIN problems USING (kind)"
        ).fetchall()
    )
    connection.unregister("problems")
    rare = connection.execute(
        "SELECT path, content, metric_signature, owner, repo, id FROM staged WHERE may_be_too_large OR NOT is_original "
        "AND NOT starts_with(id, concat(owner, '/', repo, '/', metric_signature, '/'))"
    ).fetchall()
    for path, content, metric, owner, repo, id in rare:
        problem = _unusual(content, metric, owner, repo, id)
        if path not in found and problem:
            found[path] = problem
    connection.register("gone", pa.table({"path": pa.array(list(found), pa.string())}))
    connection.execute("DELETE FROM staged WHERE path IN (SELECT path FROM gone)")
    connection.unregister("gone")
    return found


def _problem(structure: str | None, metric: str | None, status: str | None, schema: int | None, original: bool) -> str | None:
    if structure is None:
        return "not JSON"
    told = json.loads(structure)
    if not isinstance(told, dict):
        return "not an object"
    missing = [name for name in (*_STATED, *(() if original else _OURS)) if told.get(name, "NULL") == "NULL"]
    missing = [name for name in missing if name != "anomalies"]
    if missing:
        return f"no record: it has no {missing[0]}"
    if problem := _ENVELOPE.wrong(told, ""):
        return problem.removeprefix(".")
    if metric not in tables():
        return f"unknown metric {metric!r}"
    if original and metric not in legacy.NATURAL:
        return "no record: it has no id"
    if status not in ("success", "networkError"):
        return f"unknown status {status!r}"
    if not original and schema != SCHEMA:
        return f"schema {schema}: this version reads {SCHEMA}"
    return tables()[metric].output.wrong(told["output"])


def _unusual(content: str, metric: str, owner: str, repo: str, id: str | None) -> str | None:
    record = json.loads(content)
    if _too_large(record):
        return "a whole number is too large"
    if id is not None and not id.startswith(f"{owner}/{repo}/{metric}/"):
        return "id: not of this owner, repo and metric"
    return None


def _too_large(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_too_large, value.values()))
    if isinstance(value, list):
        return any(map(_too_large, value))
    return isinstance(value, int) and abs(value) > _LARGEST


def _insert(connection: DuckDBPyConnection, table: Table) -> None:
    """The best of each fact, where it is better than what is there."""
    names = [column.name for column in table.columns]
    order = "(status = 'success', version, received_at, path)"
    connection.execute(
        f"INSERT INTO {table.name} AS t BY NAME "
        f"SELECT * FROM ({_selected(table)}) QUALIFY row_number() OVER (PARTITION BY {table.key} ORDER BY {order} DESC) = 1 "
        f"ON CONFLICT DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in names if name not in table.key.split(', '))} "
        "WHERE (excluded.status = 'success', excluded.version, excluded.received_at, excluded.path) "
        ">= (t.status = 'success', t.version, t.received_at, t.path)"
    )


def _selected(table: Table) -> str:
    metric = table.metric.name
    shape = json.dumps({"output": table.output.parsed})
    key = "substr(id, length(owner) + length(repo) + length(metric_signature) + 4)"
    identity, version = f"{key}", "0"
    if table.metric.versioned:
        identity, version = f"split_part({key}, '-', 1)", f"coalesce(TRY_CAST(split_part({key}, '-', 2) AS BIGINT), 0)"
    own = ", ".join(
        f"{shape_of.converted(f'o.{name}')} AS {column.name}"
        for (name, shape_of), column in zip(table.output.fields, table.columns[-len(table.output.fields) :], strict=True)
    )
    original = f"o.{legacy.version(metric)}" if legacy.version(metric) else "0"
    return (
        "SELECT coalesce(github_host, 'github.com') AS host, "
        "coalesce(CAST(repository_id AS VARCHAR), lower(concat(owner, '/', repo))) AS repository_key, "
        f"CASE WHEN is_original THEN concat('{legacy.COLLECTED_BY}-', path) ELSE {identity} END AS identity, "
        f"CASE WHEN is_original THEN coalesce({original}, 0) ELSE {version} END AS version, "
        "coalesce(id, regexp_replace(path, '\\.json$', '')) AS record_id, path, status, owner, repo, repository_id, "
        f"{Shape('TIMESTAMP').converted('created_at')} AS received_at, delivery_id, "
        f"CASE WHEN is_original THEN '{legacy.COLLECTED_BY}' ELSE collected_by END AS collected_by, "
        f"coalesce(anomalies, []) AS anomalies, {own} "
        f"FROM (SELECT *, from_json(content, '{shape}').output AS o FROM staged WHERE metric_signature = '{metric}')"
    )


def _keep_rejects(connection: DuckDBPyConnection, source: str, root: str, paths: list[str], rejects: dict[str, str]) -> None:
    """What was read anew is judged anew."""
    seen = pa.table({"path": pa.array([path.removeprefix(root) for path in paths], pa.string())})
    connection.register("seen", seen)
    connection.execute("DELETE FROM rejects WHERE source = ? AND path IN (SELECT path FROM seen)", [source])
    connection.unregister("seen")
    at = datetime.now(UTC).replace(tzinfo=None)
    rows = pa.table({"path": pa.array(list(rejects), pa.string()), "reason": pa.array(list(rejects.values()), pa.string())})
    connection.register("rejected", rows)
    connection.execute("INSERT INTO rejects SELECT ?, path, reason, ? FROM rejected", [source, at])
    connection.unregister("rejected")
