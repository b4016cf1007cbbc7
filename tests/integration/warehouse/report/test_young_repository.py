"""A report on a repository of three weeks, and of less, shows its numbers (Show 3 of the issue on right numbers)."""

import json

import pytest

from tests import report_schema
from tests.unit.warehouse.scenarios import HOUR, RecordSpec, at, commit, pull_request, report, success
from warehouse.report import as_json, as_markdown, as_text
from warehouse.report.model import Report

DAYS = [10, 12, 14, 17, 19, 20, 24, 26]
"""Deployments of a repository that is three weeks old on 27 November: a Friday."""


def young(days: list[int], now: int) -> Report:
    records: list[RecordSpec] = []
    before = ""
    for number, day in enumerate(days, 1):
        sha = f"m{number}"
        records += pull_request(number, at(day - 1), at(day) + 10 * HOUR, sha, [at(day - 1) + 9 * HOUR])
        change = commit(sha, at(day) + 10 * HOUR, number=number)
        records.append(success(100 + number, at(day) + 12 * HOUR, sha, change, first=not before, before=before))
        before = sha
    return report(*records, now=now)


def cells(output: str, title: str) -> list[str]:
    """Return the cells of a measure's row."""
    row = next(line for line in output.splitlines() if line.startswith(f"| {title} |"))
    return [cell.strip() for cell in row.strip("|").split("|")]


@pytest.fixture(scope="module")
def three_weeks() -> Report:
    return young(DAYS, at(27, "12:00"))


def test_the_text_of_three_weeks_shows_the_last_week(three_weeks: Report) -> None:
    output = as_text.render(three_weeks, 160)
    assert "DORA's five: the last whole week, 2026-W47 (2026-11-16 to 2026-11-22)\n" in output
    rows = {line.split("  ")[0]: line for line in output.splitlines()}
    assert "27 h" in rows["Change lead time"].replace("1 d", "")
    assert "3 a week" in rows["Deployment frequency"]
    assert "3 of 3 known" in rows["Deployment frequency"]


def test_the_markdown_of_three_weeks_shows_the_last_week(three_weeks: Report) -> None:
    output = as_markdown.render(three_weeks)
    assert "The last whole week, 2026-W47 (2026-11-16 to 2026-11-22), beside 2026-W46." in output
    assert cells(output, "Deployment frequency")[1:5] == [
        "**3 a week**",
        "3 a week",
        "too few to compare",
        "3 of 3 known",
    ]


def test_the_json_of_three_weeks_names_the_same_week(three_weeks: Report) -> None:
    default = json.loads(as_json.render(three_weeks))["default_period"]
    assert (default["kind"], default["latest"]["name"], default["is_over"]) == ("week", "2026-W47", True)
    assert report_schema.problems("report", as_json.render(three_weeks)) == []


def test_a_repository_of_three_days_shows_the_current_week_as_not_over() -> None:
    result = young([24, 26], at(27, "12:00"))
    assert "DORA's five: the current week, 2026-W48 (2026-11-23 to 2026-11-29), not over yet\n" in as_text.render(
        result, 160
    )
    assert cells(as_markdown.render(result), "Deployment frequency")[1:4] == [
        "**2.8 a week**",
        "\N{EN DASH}",
        "not over yet",
    ]
    default = json.loads(as_json.render(result))["default_period"]
    assert (default["latest"]["name"], default["is_over"]) == ("2026-W48", False)
