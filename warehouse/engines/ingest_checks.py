"""Build the SQL that gives the first problem of a landed record, in the words of warehouse/ingest/validation.py and value_checks.py.

The problems of an item of a list are those of the first item that has one; of it, the first in the order of the fields.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from core.events import READABLE_SCHEMAS
from core.stores.folder_reader import LONGEST
from warehouse.engines.json_functions import JsonFunctions, Value
from warehouse.ingest import legacy_format
from warehouse.ingest.validation import ENVELOPE, REQUIRED, REQUIRED_WITH_ID
from warehouse.ingest.value_checks import is_duration
from warehouse.schema.columns import BIGINT, JSON, TIMESTAMP, VARCHAR
from warehouse.schema.json_types import DESCRIPTIONS, MAX_TIMESTAMP_MS, JsonType
from warehouse.schema.metric_tables import Table

LINE = "landed_line"
RECORD = Value("record")
OUTPUT = RECORD.key("output")
_LARGEST = 2**63 - 1
Condition = Callable[[JsonFunctions, JsonType, Value, str], str | None]
"""Returns the condition of a scalar (its shape, value and key), or None if it never holds."""


class Problem(NamedTuple):
    """A condition of SQL, and the SQL of the reason; without a condition the reason is NULL if there is no problem."""

    condition: str
    reason: str


def record_problem(sql: JsonFunctions, table: Table) -> str:
    """Return the SQL of the problem of a metric's record; NULL if it is valid."""
    return _first([*_envelope(sql), *_output(sql, table), *_identity(sql, table), *_values(sql, table)])


def unknown_problem(sql: JsonFunctions) -> str:
    """Return the SQL of the problem of a line that is of no known metric."""
    name = sql.of(VARCHAR, RECORD.key("metric_signature"))
    unknown = sql.concat(sql.literal("metric_signature: '"), name, sql.literal("' is unknown"))
    return _first([*_envelope(sql), Problem("TRUE", unknown)])


def is_impossible(sql: JsonFunctions, shape: JsonType, value: Value) -> str:
    """Return the condition that a value has a time outside of 1970 to 9999; empty if it has no time."""
    return " OR ".join(_conditions(sql, shape, value, "", _is_impossible_time))


def is_negative(sql: JsonFunctions, shape: JsonType, value: Value) -> str:
    """Return the condition that a value has a duration below zero; empty if it has no duration."""
    return " OR ".join(_conditions(sql, shape, value, "", _is_negative_duration))


def _first(problems: Iterable[Problem]) -> str:
    """Return the reason of the first problem."""
    reasons: list[str] = []
    for is_plain, group in groupby(problems, key=lambda problem: bool(problem.condition)):
        if is_plain:
            reasons.append(f"CASE {' '.join(f'WHEN {condition} THEN {reason}' for condition, reason in group)} END")
        else:
            reasons += (reason for _, reason in group)
    return f"COALESCE({', '.join(reasons)})" if len(reasons) > 1 else "".join(reasons)


def _problem(sql: JsonFunctions, condition: str, reason: str) -> Problem:
    return Problem(condition, sql.literal(reason))


def _envelope(sql: JsonFunctions) -> Iterator[Problem]:
    yield _problem(sql, f"{sql.byte_length.format(text=LINE)} > {LONGEST}", f"longer than {LONGEST:,} bytes")
    yield _problem(sql, f"{RECORD.json} IS NULL", "not JSON")
    yield _problem(sql, f"{sql.is_missing(RECORD)} OR {sql.is_no('object', RECORD)}", "not an object")
    has_id = f"NOT ({sql.is_missing(RECORD.key('id'))})"
    for name in REQUIRED:
        yield _problem(sql, sql.is_missing(RECORD.key(name)), f"no record: it has no {name}")
    for name in REQUIRED_WITH_ID:
        yield _problem(sql, f"{has_id} AND {sql.is_missing(RECORD.key(name))}", f"no record: it has no {name}")
    yield from _wrong_types(sql, ENVELOPE, RECORD, "")
    status = sql.of(VARCHAR, RECORD.key("status"))
    unknown = sql.concat(sql.literal("status: '"), status, sql.literal("' is unknown"))
    yield Problem(f"{status} NOT IN ('success', 'networkError')", unknown)
    readable = f"COALESCE({sql.of(BIGINT, RECORD.key('schema'))} IN ({', '.join(map(str, READABLE_SCHEMAS))}), FALSE)"
    reads = sql.literal(f" is unknown, this version reads {' and '.join(map(str, READABLE_SCHEMAS))}")
    other = sql.concat(sql.literal("schema: "), sql.of(JSON, RECORD.key("schema")), reads)
    yield Problem(f"{has_id} AND NOT {readable}", other)


def _output(sql: JsonFunctions, table: Table) -> Iterator[Problem]:
    yield from _wrong_types(sql, table.output, OUTPUT, "output")
    original = "a record of the TypeScript original, which `telemetry merge` reads"
    reason = original if table.metric.name in legacy_format.METRICS else "no record: it has no id"
    yield _problem(sql, sql.is_missing(RECORD.key("id")), reason)
    yield _problem(sql, f"COALESCE({sql.of(VARCHAR, RECORD.key('path'))}, '') = ''", "no record: it has no path")


def _wrong_types(sql: JsonFunctions, shape: JsonType, value: Value, name: str, depth: int = 0) -> Iterator[Problem]:
    """Yield the problems of a value's type, in the order of JsonType.type_error; `depth` is that of the lists around it."""
    if shape.item:
        yield _problem(sql, sql.is_no("array", value), f"{name}: expected a list")
        item = f"x{depth}"
        if inner := list(_wrong_types(sql, shape.item, Value(item), f"{name}[]", depth + 1)):
            yield Problem("", sql.first_element(value, item, _first(inner)))
    elif shape.fields:
        if name:
            yield _problem(sql, sql.is_no("object", value), f"{name}: expected an object")
        for key, field in shape.fields:
            yield from _wrong_types(sql, field, value.key(key), f"{name}.{key}" if name else key, depth)
    elif shape.scalar != JSON:
        yield _problem(sql, sql.is_no(shape.scalar, value), f"{name}: expected {DESCRIPTIONS[shape.scalar]}")


def _identity(sql: JsonFunctions, table: Table) -> Iterator[Problem]:
    owner, repo, id = (sql.of(VARCHAR, RECORD.key(name)) for name in ("owner", "repo", "id"))
    prefix = sql.concat(owner, sql.literal("/"), repo, sql.literal(f"/{table.metric.name}/"))
    begins = f"SUBSTR({id}, 1, LENGTH({prefix})) = {prefix} AND LENGTH({id}) > LENGTH({prefix})"
    yield _problem(sql, f"NOT ({begins})", "id: not of this owner, repo and metric")


def _values(sql: JsonFunctions, table: Table) -> Iterator[Problem]:
    for name in ("created_at", "repository_id", "schema"):
        yield from _wrong_numbers(sql, JsonType(BIGINT), RECORD.key(name), name)
    yield from _wrong_numbers(sql, table.output, OUTPUT, "output")


def _wrong_numbers(sql: JsonFunctions, shape: JsonType, value: Value, path: str, depth: int = 0) -> Iterator[Problem]:
    """Yield the problems of numbers below zero or beyond 64 bits, in the order of value_checks."""
    if shape.item:
        item = f"x{depth}"
        if inner := list(_wrong_numbers(sql, shape.item, Value(item), f"{path}[]", depth + 1)):
            yield Problem("", sql.first_element(value, item, _first(inner)))
    for key, field in shape.fields:
        yield from _wrong_numbers(sql, field, value.key(key), f"{path}.{key}", depth)
    if shape.scalar == BIGINT:
        number, too_large = sql.number_of(value), f"{path}: too large a number"
        if is_duration(path.rpartition(".")[2]):
            yield _problem(sql, f"{number} > {_LARGEST}", too_large)
        else:
            negative = sql.literal(f"{path}: a negative number")
            reason = f"CASE WHEN {number} < 0 THEN {negative} ELSE {sql.literal(too_large)} END"
            yield Problem(f"{number} NOT BETWEEN 0 AND {_LARGEST}", reason)


def _is_impossible_time(sql: JsonFunctions, shape: JsonType, value: Value, _: str) -> str | None:
    if shape.scalar != TIMESTAMP:
        return None
    return f"{sql.number_of(value)} NOT BETWEEN 0 AND {MAX_TIMESTAMP_MS}"


def _is_negative_duration(sql: JsonFunctions, shape: JsonType, value: Value, name: str) -> str | None:
    if shape.scalar != BIGINT or not is_duration(name):
        return None
    return f"{sql.number_of(value)} < 0"


def _conditions(
    sql: JsonFunctions, shape: JsonType, value: Value, name: str, condition: Condition, depth: int = 0
) -> Iterator[str]:
    """Yield the conditions that are true if a condition is true for a scalar of the value, at any depth; NULL is false."""
    if shape.item:
        item = f"x{depth}"
        if inner := list(_conditions(sql, shape.item, Value(item), name, condition, depth + 1)):
            found = sql.first_element(value, item, f"CASE WHEN {' OR '.join(inner)} THEN TRUE END")
            yield f"{found} IS NOT NULL"
    for key, field in shape.fields:
        yield from _conditions(sql, field, value.key(key), key, condition, depth)
    if shape.scalar and (own := condition(sql, shape, value, name)):
        yield own
