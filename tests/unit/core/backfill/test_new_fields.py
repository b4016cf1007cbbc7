import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from core.backfill.new_fields import FILLED_LATER, NEW_FIELDS, Source, null_fields
from core.metrics import all_metrics

RECORDS = Path(__file__).parents[3] / "integration/upgrade/schema_1"
METRICS = {metric.name: metric for metric in all_metrics()}


def fields_of_type(hint: Any, path: str = "") -> Iterator[str]:
    """Yield the path of every field of a type, at every depth."""
    if get_origin(hint) is UnionType:
        hint = next(kind for kind in get_args(hint) if kind is not NoneType)
    if get_origin(hint) is list:
        yield from fields_of_type(get_args(hint)[0], f"{path}[]")
    elif hasattr(hint, "_fields"):
        for name, kind in get_type_hints(hint).items():
            inner = f"{path}.{name}" if path else name
            yield inner
            yield from fields_of_type(kind, inner)


def fields_of_value(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of every field of a value, at every depth."""
    if isinstance(value, list):
        for item in value:
            yield from fields_of_value(item, f"{path}[]")
    elif isinstance(value, dict):
        for name, item in value.items():
            inner = f"{path}.{name}" if path else name
            yield inner
            yield from fields_of_value(item, inner)


def added() -> dict[str, set[str]]:
    """Return the fields of each metric that no record of schema 1 has, without those below such a field."""
    known = defaultdict[str, set[str]](set)
    for path in RECORDS.rglob("*.json"):
        record = json.loads(path.read_text())
        known[record["metric_signature"]] |= set(fields_of_value(record["output"]))
    new = {}
    for metric, old in known.items():
        fields = [field for field in fields_of_type(METRICS[metric].output) if field not in old]
        new[metric] = {
            field for field in fields if not any(field.startswith((f"{name}.", f"{name}[]")) for name in fields)
        }
    return {metric: fields for metric, fields in new.items() if fields}


def test_each_field_that_schema_1_lacks_has_a_decision() -> None:
    assert {metric: set(fields.names()) for metric, fields in NEW_FIELDS.items()} == added()


def test_no_field_has_two_decisions() -> None:
    for fields in NEW_FIELDS.values():
        assert len(set(fields.names())) == len(fields.names())
    assert set(NEW_FIELDS) <= set(METRICS)
    assert set(METRICS) >= FILLED_LATER


@pytest.mark.parametrize(
    ("metric", "output", "expected"),
    [
        ("code-review-involvement", {"merged": True, "timeline": None}, {("timeline",): Source.GITHUB}),
        ("code-review-involvement", {"merged": False, "timeline": None}, {}),
        ("deployment", {"workflow_run": {"id": 1}}, {}),
        ("deployment", {"workflow_run": None}, {("workflow_run",): Source.EVENT}),
        ("documentation-updated", {"paths": None}, {("paths",): Source.GITHUB}),
        ("documentation-updated", {"paths": {"names": [], "cut": False}}, {}),
        ("release-versions", {"sha": None}, {("sha", "committed_at"): Source.GITHUB}),
        ("commits-per-pr", {"commits": {"commit_timestamps": [{"sha": "a"}]}}, {}),
        ("commits-per-pr", {"commits": None}, {}),
        (
            "commits-per-pr",
            {"commits": {"commit_timestamps": [{"sha": None}]}},
            {NEW_FIELDS["commits-per-pr"].github: Source.GITHUB},
        ),
    ],
)
def test_a_field_that_stays_null_has_a_reason(metric: str, output: Any, expected: Any) -> None:
    found = {fields: source for fields, source in null_fields(metric, output) if source != Source.PAST}
    assert found == expected


def test_what_has_passed_is_always_named() -> None:
    assert (NEW_FIELDS["code-review-involvement"].past, Source.PAST) in null_fields("code-review-involvement", {})
