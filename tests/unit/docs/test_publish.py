"""Check docs/PUBLISH.md against the report."""

import json
import re
from pathlib import Path

from tests.unit.warehouse.sample_report import report
from warehouse.report import as_csv, as_json
from warehouse.report.left_out_model import LeftOut, Suggestion, WholeRuns, WithoutEnd
from warehouse.report.model import IncidentCount, Number, UnknownItems
from warehouse.report.trends import Verdict

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "PUBLISH.md").read_text()
[TABLE] = re.findall(r"is one object\..*?(\| field \|.*?)\n\n", DOCUMENT, re.DOTALL)
ROWS: dict[str, str] = dict(re.findall(r"^\| (`.+?) \| (.*) \|$", TABLE, re.MULTILINE))


def test_every_field_of_the_json_in_the_document_exists() -> None:
    full = report()._replace(
        incident_counts=(IncidentCount("checkout", "week", "2026-W47", 1, 1),),
        unknown=(UnknownItems("change_fail_rate", "checkout", None, 1),),
        left_out=(LeftOut("checkout", "o/r", "week", "2026-W47", 1, 1),),
        suggestions=(Suggestion("o/r", 1, 0, 2, "deployments = { }"),),
        whole_runs=(WholeRuns("o/r", "Deploy"),),
        without_end=(WithoutEnd("o/r", "production", 1, 2),),
    )
    document = json.loads(as_json.render(full))
    assert len(ROWS) == 14
    for names, text in ROWS.items():
        for name in re.findall(r"`([^`]+)`", names):
            field = name.removeprefix("numbers[].")
            assert field in document or field in document["numbers"][0], name
        inside = document.get(names.strip("`"))
        for name in re.findall(r"`(\w+)`", text) if isinstance(inside, list) and names != "`numbers`" else ():
            assert name in inside[0] or name in {*Verdict}, name


def test_every_verdict_is_in_the_document() -> None:
    assert {*re.findall(r"`(\w+)`", ROWS["`trends`"])} >= {verdict.value for verdict in Verdict}


def test_the_csv_has_the_fields_of_a_number_and_the_first_day() -> None:
    assert {"value", "known", "inferred", "items", "p75", "p90", "p95", "time_zone", "starts_on"} <= {*as_csv.COLUMNS}


def test_the_definitions_name_each_percentile_and_its_least_items() -> None:
    sql = (ROOT / "warehouse" / "sql" / "numbers.sql").read_text()
    needed = dict(re.findall(r"WHEN valued >= (\d+) AND .* AS p(\d+)", sql))
    [section] = re.findall(r"### Percentiles\n(.*?)\n## ", (ROOT / "docs" / "DORA.md").read_text(), re.DOTALL)
    stated = re.findall(r"the (\d+)th (?:needs )?(\d+)", section, re.IGNORECASE)
    assert {(percentile, least) for least, percentile in needed.items()} == {*stated}
    assert {f"p{percentile}" for percentile, _ in stated} == {*filter(re.compile(r"p\d+").fullmatch, Number._fields)}
