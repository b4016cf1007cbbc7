"""Keeps what a stored record knows when a later record of the same fact does not know it.

A delivery may arrive again, because GitHub can send it again for three days, and a backfill may have completed its record by
then: with the kind of a number, or with what started a run, which no event has. GitHub may also refuse today what it said
then. So a store writes over a record only after this merge. Nothing here reads a store.
https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.payload import Json
from core.record_file import is_record_path, parse_record, to_line

_OF_ONE_STATE: Mapping[str, tuple[str, ...]] = {
    "deployment-status": ("previous", "changes", "is_rollback", "comparison_status"),
    "incident": (
        *("action", "closed_at", "state_reason"),
        *("labels", "all_labels", "severity", "is_exempt", "is_transferred", "transferred_from"),
    ),
    "release-versions": ("sha", "committed_at", "tagged_at", "previous", "comparison_status", "changes"),
}
"""By metric: fields that were read together. What a tag brought before it was moved says nothing of what it brings now."""
_OF_PARTS = frozenset({"changes", "commits", "timeline"})
"""Objects whose values are known one without the other; any other object is about one thing, such as one deployment."""


def keep_known(path: str, stored: bytes | None, new: bytes) -> bytes:
    """Return the content to write over a stored one: of a record, with every value that only the stored one knows.

    The time of receipt, the delivery and what both know are those of the record that was received last: an event that waited is
    stored after a later one. A file that is no record is replaced as it is.
    """
    if stored is None or stored == new or not is_record_path(path):
        return new
    before, after = parse_record(stored), parse_record(new)
    if before is None or after is None or before.get("metric_signature") != after.get("metric_signature"):
        return new
    if _received(before) > _received(after):
        before, after, new = after, before, stored
    output = _merged_output(before["output"], after["output"], after.get("metric_signature"))
    if output == after["output"]:
        return new
    added = _anomalies(after) if output != before["output"] else []
    anomalies = list(dict.fromkeys([*_anomalies(before), *added]))
    schemas = [record["schema"] for record in (before, after) if type(record.get("schema")) is int]
    merged = {**after, "output": output, "anomalies": anomalies}
    return to_line({**merged, "schema": max(schemas)} if schemas else merged)


def _received(record: Json) -> int:
    created_at = record.get("created_at")
    return created_at if type(created_at) is int else 0


def _anomalies(record: Json) -> list[str]:
    """Return the anomalies; a stored file may be edited by hand, and must not stop a write."""
    listed = record.get("anomalies")
    return [anomaly for anomaly in listed if type(anomaly) is str] if type(listed) is list else []


def _merged_output(before: Json, after: Json, metric: Any) -> Json:
    """Return the output with what is only known before; not in the fields of a state that has changed since."""
    before, after = _unless_first(before, after), _unless_first(after, before)
    together = _OF_ONE_STATE.get(metric, ())
    states = [{name: output.get(name) for name in together} for output in (before, after)]
    if not _agrees(*states):
        before = {name: value for name, value in before.items() if name not in together or after.get(name) is not None}
    return _merged_object(before, after)


def _unless_first(output: Json, other: Json) -> Json:
    """Return the output; if only the other has a previous deployment, without the answer that a first one is no rollback."""
    is_contradicted = output.get("previous") is None and other.get("previous") is not None
    return {**output, "is_rollback": None} if is_contradicted and "is_rollback" in output else output


def _merged_object(before: Json, after: Json) -> Json:
    return {
        **{name: _merged(before.get(name), value, name) for name, value in after.items()},
        **{name: value for name, value in before.items() if name not in after},
    }


def _merged(before: Any, after: Any, name: str) -> Any:
    if after is None:
        return before
    if type(before) is dict and type(after) is dict:
        return _merged_object(before, after) if name in _OF_PARTS or _agrees(before, after) else after
    if type(before) is list and type(after) is list:
        return _merged_items(before, after)
    return after


def _merged_items(before: Sequence[Any], after: Sequence[Any]) -> list[Any]:
    """Return the items with what is only known before. Commits are the same by SHA, others by position if all agree."""
    if any(type(item) is not dict for item in (*before, *after)):
        return list(after)
    if all(item.get("sha") for item in after):
        known = {item["sha"]: item for item in before if type(item.get("sha")) is str}
        return [_merged_object(known.get(item["sha"], {}), item) for item in after]
    return list(map(_merged_object, before, after)) if _agrees(list(before), list(after)) else list(after)


def _agrees(before: Any, after: Any) -> bool:
    """Return whether two values do not contradict each other: what both know is equal, at every depth."""
    if before is None or after is None:
        return True
    if type(before) is dict and type(after) is dict:
        return all(_agrees(before[name], after[name]) for name in before.keys() & after.keys())
    if type(before) is list and type(after) is list:
        return len(before) == len(after) and all(map(_agrees, before, after))
    return bool(before == after)
