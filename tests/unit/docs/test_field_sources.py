"""Compare the table of sources in docs/METRICS.md with the fields that schema 2 adds to the records."""

import json
import re
from pathlib import Path

import pytest

from core.metrics import all_metrics
from docs import generate

METRICS = (generate.ROOT / "docs" / "METRICS.md").read_text()
HEADING = "## Sources of the fields added in schema 2"
SCHEMA_1: dict[str, list[str]] = json.loads((Path(__file__).parent / "schema_1_fields.json").read_text())
"""The fields of each metric at the last commit before schema 2."""


def listed() -> list[list[str]]:
    """Return the cells of each row of the table: metric, fields, source, requests."""
    section = METRICS.split(f"{HEADING}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert len(rows) > 20
    return rows


def fields_of(row: list[str]) -> list[str]:
    return re.findall(r"`([^`]+)`", row[1])


def added(metric: str) -> list[str]:
    """Return the fields that schema 2 adds to a metric, in the order of its type."""
    [output] = [item.output for item in all_metrics() if item.name == metric]
    fields = [field.strip("`") for field, _, _ in generate.rows(output)]
    return [field for field in fields if field not in SCHEMA_1.get(metric, [])]


def metrics() -> list[str]:
    """Return the metrics of schema 1 and those in the table; a metric that is added later has its sources in its section."""
    named = {row[0].strip("`") for row in listed()} | set(SCHEMA_1)
    return sorted(named.intersection(metric.name for metric in all_metrics()))


@pytest.mark.parametrize("metric", metrics())
def test_each_field_of_schema_2_has_one_source(metric: str) -> None:
    sources = [field for row in listed() if row[0] == f"`{metric}`" for field in fields_of(row)]
    assert [field for field in added(metric) if sources.count(field) != 1] == []


@pytest.mark.parametrize("metric", sorted(SCHEMA_1))
def test_no_field_of_schema_1_is_removed(metric: str) -> None:
    [output] = [item.output for item in all_metrics() if item.name == metric]
    fields = [field.strip("`") for field, _, _ in generate.rows(output)]
    assert [field for field in SCHEMA_1[metric] if field not in fields] == []


def test_each_source_names_its_requests() -> None:
    assert [row for row in listed() if len(row) != 4 or not row[2] or not re.match(r"\d", row[3])] == []


def test_a_field_that_has_no_source_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCHEMA_1, "check-suite", SCHEMA_1["check-suite"][1:])
    with pytest.raises(AssertionError):
        test_each_field_of_schema_2_has_one_source("check-suite")
