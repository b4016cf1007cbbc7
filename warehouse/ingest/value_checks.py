"""Sanitize or reject records with invalid numbers. SQL finds the few records that may contain one.

| number | result |
| --- | --- |
| a duration below zero (written by the TypeScript original) | null, with the anomaly `negative_duration` |
| a time before 1970 or after the year 9999 (`0001-01-01`, which GitHub sends for a missing time) | null, with the anomaly `impossible_time` |
| `created_at`, or a time of the output, more than a day ahead | the record is rejected, and validated again at each merge |
| any other number below zero, or beyond 64 bits | the record is rejected |

The times of a commit come from its author's clock, so they may be in the future.
"""

import json
from typing import Any, NamedTuple

from warehouse.schema.columns import BIGINT, TIMESTAMP
from warehouse.schema.json_types import MAX_TIMESTAMP_MS, JsonType
from warehouse.schema.metric_tables import Table

MAX_CLOCK_SKEW_MS = 86_400_000
"""Milliseconds that the clock of a record may be ahead of this machine's."""
IN_THE_FUTURE = "in the future"
_LARGEST = 2**63 - 1
_DURATIONS = frozenset({"updated_to_closed", "time_since_last_deploy"})


class Rejected(Exception):
    """The record is invalid; the message gives the reason."""


class Sanitized(NamedTuple):
    """A record whose invalid numbers were replaced by null."""

    output: str
    """The record's output as JSON."""
    anomalies: list[str]


def suspicious_number_pattern(now: int) -> str:
    """Return the RE2 pattern of records that may contain an invalid number: a minus, 14 digits, or a time hours ahead.

    https://github.com/google/re2/wiki/Syntax
    """
    first = str(now + MAX_CLOCK_SKEW_MS)[:6]  # of 13 digits: within three hours
    ahead = [f"{first[:n]}[{int(first[n]) + 1}-9][0-9]{{{12 - n}}}" for n in range(6) if first[n] != "9"]
    return rf"[:\[,]\s*(?:-|[0-9]{{14}}|{'|'.join([*ahead, first + '[0-9]{7}'])})"


def sanitize(content: str, table: Table, now: int) -> Sanitized:
    """Return the sanitized output of a record with a valid structure; raises Rejected."""
    try:
        return _sanitize_record(_parse(content), table, now)
    except (AttributeError, KeyError, TypeError):
        raise Rejected("a key is there twice") from None  # or the structure would be invalid


def _sanitize_record(record: dict[str, Any], table: Table, now: int) -> Sanitized:
    for name in ("created_at", "repository_id", "schema"):
        _check(name, record.get(name) or 0)
    if record["created_at"] > now + MAX_CLOCK_SKEW_MS:
        raise Rejected(f"created_at: {IN_THE_FUTURE}")
    anomalies = list(record.get("anomalies") or [])
    output = _sanitize_object(record["output"], table.output, "output", anomalies)
    for field in table.fields:
        if field.shape.scalar == TIMESTAMP and (output.get(field.name) or 0) > now + MAX_CLOCK_SKEW_MS:
            raise Rejected(f"output.{field.name}: {IN_THE_FUTURE}")
    return Sanitized(json.dumps(output), list(dict.fromkeys(anomalies)))


def _parse(content: str) -> Any:
    """Parse JSON; Python limits the digits of an integer: https://docs.python.org/3/library/stdtypes.html#int-max-str-digits."""
    try:
        return json.loads(content)
    except ValueError:
        raise Rejected("a number is too long") from None


def _sanitize_object(value: dict[str, Any], shape: JsonType, path: str, anomalies: list[str]) -> dict[str, Any]:
    present = {key: item for key, item in shape.fields if value.get(key) is not None}
    return value | {key: _sanitize_value(value[key], item, f"{path}.{key}", anomalies) for key, item in present.items()}


def _sanitize_value(value: Any, shape: JsonType, path: str, anomalies: list[str]) -> Any:
    if shape.item:
        return [item and _sanitize_value(item, shape.item, f"{path}[]", anomalies) for item in value]
    if shape.fields:
        return _sanitize_object(value, shape, path, anomalies)
    if shape.scalar == TIMESTAMP and not 0 <= value <= MAX_TIMESTAMP_MS:
        anomalies.append("impossible_time")
        return None
    if shape.scalar == BIGINT and value < 0 and is_duration(path.rpartition(".")[2]):
        anomalies.append("negative_duration")
        return None
    if shape.scalar == BIGINT:
        _check(path, value)
    return value


def is_duration(name: str) -> bool:
    """Return whether a number of this name is a duration, which the TypeScript original may have written below zero."""
    return name.endswith("duration") or name in _DURATIONS


def _check(path: str, value: int) -> None:
    if value < 0:
        raise Rejected(f"{path}: a negative number")
    if value > _LARGEST:
        raise Rejected(f"{path}: too large a number")
