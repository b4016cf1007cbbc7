"""A new measure is one SQL file: a copy of the packages with one more file shows it everywhere, without another change."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard_data import page_data

ROOT = Path(__file__).parents[3]
PACKAGES = ("cli", "core", "docs", "fakes", "runtimes", "terraform", "warehouse")
SQL = """\
-- title: Comments in review
-- unit: count
-- statistic: mean
-- better: lower
-- source: https://example.org/review-comments (2026-11-01)
-- definition: Comments on a merged pull request.
--
-- One row per merged pull request.
SELECT
  host, repository_key, '' AS environment, merged_at AS happened_at, CAST(pr_id AS VARCHAR) AS item,
  CAST(comments + 2 AS DOUBLE) AS value, CAST(NULL AS VARCHAR) AS why, record_id, path
FROM code_review_involvement WHERE merged
"""
SCRIPT = """
import json
from docs import generate
from tests.unit.warehouse.scenarios import DAY, NOW, at, merged_database, pull_request
from warehouse import views
from warehouse.dashboard import page
from warehouse.evidence import evidence
from warehouse.report import as_json, as_markdown, as_text
from warehouse.report.build import build
from warehouse.services import DEFAULT_SERVICES

merged = at(17)  # in the last complete week
with merged_database(pull_request(7, merged - DAY, merged, "a", [merged - DAY])) as connection:
    report = build(connection, services=DEFAULT_SERVICES, source="test", now=NOW)
    items = list(evidence(connection))
    in_sql = connection.execute("SELECT item, value FROM comments_in_review").fetchall()
print(json.dumps({
    "text": as_text.render(report, 120),
    "markdown": as_markdown.render(report),
    "report": json.loads(as_json.render(report)),
    "evidence": json.loads(as_json.evidence(items)),
    "page": page(report, items),
    "sql": in_sql,
    "docs": generate.generated()[generate.ROOT / "docs" / "DORA.md"],
}))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the packages with the new measure."""
    folder = tmp_path_factory.mktemp("copy")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "images"))
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "warehouse" / "sql" / "delivery" / "comments_in_review.sql").write_text(SQL)
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the copied packages in place of ours; the tests are ours."""
    # without coverage, which would count the copies as modules of their own
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    environment |= {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "COLUMNS": "200"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def outputs(copy: Path) -> dict[str, Any]:
    result = run(copy, "-c", SCRIPT)
    assert result.returncode == 0, result.stderr
    output: dict[str, Any] = json.loads(result.stdout)
    return output


def test_a_new_measure_is_in_the_text_and_in_markdown(outputs: dict[str, Any]) -> None:
    [line] = [line for line in outputs["text"].splitlines() if line.startswith("Comments in review")]
    assert re.split(r"\s{2,}", line)[1] == "2"
    assert "| Comments in review | **2** |" in outputs["markdown"]
    assert "- **Comments in review**: Comments on a merged pull request." in outputs["markdown"]


def test_a_new_measure_is_in_the_json_report(outputs: dict[str, Any]) -> None:
    [measure] = [entry for entry in outputs["report"]["measures"] if entry["name"] == "comments_in_review"]
    assert (measure["title"], measure["unit"], measure["is_dora"]) == ("Comments in review", "count", False)
    values = {
        entry["period"]: entry["value"]
        for entry in outputs["report"]["numbers"]
        if entry["measure"] == "comments_in_review"
    }
    assert values["2026-W47"] == 2


def test_a_new_measure_has_evidence_and_a_view(outputs: dict[str, Any]) -> None:
    [item] = [entry for entry in outputs["evidence"]["evidence"] if entry["measure"] == "comments_in_review"]
    assert (item["item"], item["value"], item["repository"]) == ("1007", 2, "octo-org/shop")
    assert outputs["sql"] == [["1007", 2]]


def test_a_new_measure_is_in_the_dashboard(outputs: dict[str, Any]) -> None:
    data = page_data(outputs["page"])
    [measure] = [measure for measure in data.head["measures"] if measure["name"] == "comments_in_review"]
    assert measure["title"] == "Comments in review"
    assert [key for key in data.numbers if key[0] == "comments_in_review"]
    assert [row for row in data.evidence if row["measure"] == "comments_in_review"]


def test_a_new_measure_is_in_the_generated_documentation(outputs: dict[str, Any]) -> None:
    row = "| `comments_in_review` | Comments in review | count | mean | Comments on a merged pull request. |\n"
    assert row in outputs["docs"]
    assert row not in (ROOT / "docs" / "DORA.md").read_text()


def test_a_command_names_a_measure_with_an_invalid_header_in_one_line(copy: Path, tmp_path: Path) -> None:
    shutil.copytree(copy, tmp_path / "copy")
    (tmp_path / "copy" / "warehouse" / "sql" / "delivery" / "comments_in_review.sql").write_text("SELECT 1")
    (tmp_path / "copy" / "records").mkdir()
    result = run(tmp_path / "copy", "-m", "cli", "report", "records")
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert result.stderr.startswith("sql/delivery/comments_in_review.sql: the header has no line `-- title:`; ")
