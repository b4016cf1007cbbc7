"""Fills the fields that a stored record of an earlier schema lacks; every value that it has stays."""

from collections.abc import Callable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from core.backfill.new_fields import NEW_FIELDS
from core.events import SCHEMA
from core.metric import Metric
from core.payload import Json

_OF_SCHEMA_1 = frozenset(
    {
        "changes_truncated",
        "commit_list_truncated",
        "diff_not_available",
        "file_list_truncated",
        "file_not_available",
        "file_too_large",
        "impossible_time",
        "missing_sha",
        "missing_time",
        "negative_duration",
        "no_comparison",
        "previous_not_found",
        "ref_not_found",
        "version_too_long",
    }
)
"""Anomalies that say why a field of schema 1 is null or doubtful: those fields stay as they are, so these are not added."""
_RELEASES = "release-versions"
"""Its records of schema 1 needed no request, so all its anomalies are about new fields."""


def fill(stored: Json, new: Json, metric: Metric) -> Json:
    """Return the stored record with the absent fields of its output filled from `new`, a record of the same fact.

    A field that describes a moment that has passed, and one that `new` does not know, are null.
    """
    fields = NEW_FIELDS.get(metric.name)
    known = _consistent(stored, new["output"], metric.name)
    for name in fields.past if fields else ():
        known.pop(name, None)
    output = _fill(stored["output"], known, metric.output)
    added = [item for item in new["anomalies"] if metric.name == _RELEASES or item not in _OF_SCHEMA_1]
    if metric.name == _RELEASES and new["output"].get("previous") is not None and "previous" not in known:
        added.append("previous_not_found")
    anomalies = [*(stored.get("anomalies") or []), *added]
    return {**stored, "output": output, "schema": SCHEMA, "anomalies": list(dict.fromkeys(anomalies))}


def _fill(stored: Any, new: Any, hint: Any) -> Any:
    """Return the stored value with the absent fields of its objects, at every depth, in the order of the type."""
    hint = _without_none(hint)
    if get_origin(hint) is list:
        item = get_args(hint)[0]
        if type(stored) is not list or not hasattr(item, "_fields"):
            return stored
        return [_fill(*pair, item) for pair in zip(stored, _matches(stored, new), strict=True)]
    if not hasattr(hint, "_fields") or type(stored) is not dict:
        return stored
    new = new if type(new) is dict else {}
    result = {
        name: _fill(stored[name], new.get(name), kind) if name in stored else new.get(name)
        for name, kind in get_type_hints(hint).items()
    }
    return {**result, **{name: value for name, value in stored.items() if name not in result}}


def _without_none(hint: Any) -> Any:
    """Return the type of a value that is not None; of several types none is an object."""
    if get_origin(hint) is not UnionType:
        return hint
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    return kinds[0] if len(kinds) == 1 else None


def _matches(stored: Sequence[Any], new: Any) -> Sequence[Any]:
    """Return for each stored item the new one that is the same; None if that is not certain.

    Commits are the same by SHA. Items without one are the same by position, if both lists agree in every value.
    """
    if type(new) is not list:
        return [None] * len(stored)
    if all(type(item) is dict and "sha" in item for item in stored):
        by_sha = {item.get("sha"): item for item in new if type(item) is dict}
        return [by_sha.get(item["sha"]) for item in stored]
    is_same = len(stored) == len(new) and all(map(_agrees, stored, new))
    return new if is_same else [None] * len(stored)


def _agrees(stored: Any, new: Any) -> bool:
    return type(stored) is dict and type(new) is dict and all(new.get(name) == stored[name] for name in stored)


def _consistent(stored: Json, new: Mapping[str, Any], metric: str) -> dict[str, Any]:
    """Return the new output without what contradicts the stored one, or came after it."""
    checks: dict[str, Callable[[Json, dict[str, Any]], dict[str, Any]]] = {
        "code-review-involvement": _until_merged,
        "deployment-status": _of_the_same_previous,
        _RELEASES: _of_an_earlier_previous,
    }
    check = checks.get(metric)
    return check(stored, dict(new)) if check else dict(new)


def _until_merged(stored: Json, new: dict[str, Any]) -> dict[str, Any]:
    """Drop the times of a timeline that came after the merge: the event could not have had them."""
    merged_at, timeline = stored["output"].get("merged_at"), new.get("timeline")
    if type(timeline) is dict and type(merged_at) is int:
        new["timeline"] = {
            name: None if type(value) is int and value > merged_at else value for name, value in timeline.items()
        }
    return new


def _of_the_same_previous(stored: Json, new: dict[str, Any]) -> dict[str, Any]:
    """Drop a comparison with another commit than the stored one: the list of deployments may have changed."""
    if _sha(stored["output"].get("previous")) == _sha(new.get("previous")):
        return new
    return {name: value for name, value in new.items() if name not in ("comparison_status", "changes")}


def _of_an_earlier_previous(stored: Json, new: dict[str, Any]) -> dict[str, Any]:
    """Drop a previous release that was committed after this one was received: it is a later one of an older line."""
    previous = new.get("previous")
    committed_at = previous.get("committed_at") if type(previous) is dict else None
    if type(committed_at) is int and committed_at <= stored["created_at"]:
        return new
    return {name: value for name, value in new.items() if name not in ("previous", "comparison_status", "changes")}


def _sha(previous: Any) -> Any:
    return previous.get("sha") if type(previous) is dict else None
