"""`time_zone` of services.toml decides on days, weeks, months and quarters, and is named where a time is shown."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.warehouse.database_cache import Files
from tests.unit.warehouse.scenarios import at, commit, file, merged_database, report, success
from warehouse.database import open_database
from warehouse.evidence import evidence
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.periods import PERIOD_COUNTS, named, time_zone
from warehouse.report import as_csv, as_json, as_markdown, as_text
from warehouse.report.build import build
from warehouse.report.model import Report
from warehouse.services import parsed

ROOT = Path(__file__).parents[4]
LATE_SUNDAY = at(8, "22:30")
"""In UTC the last day of W45, in Kathmandu (+05:45) already Monday of W46."""
RECORDS = [
    success(1, at(0, "20:00"), "a", first=True),  # 31 October; in Kathmandu 1 November
    success(2, LATE_SUNDAY, "b", commit("b", at(7))),
]
ZONES = ["UTC", "Asia/Kathmandu", "America/Los_Angeles", "Pacific/Apia"]


def of_zone(zone: str, now: int = at(26, "12:00")) -> Report:
    return report(*RECORDS, services=parsed({"time_zone": zone}), now=now)


def deployments(result: Report, period: str) -> int:
    [number] = [
        number
        for number in result.numbers
        if (number.measure, number.repository, number.period) == ("deployment_frequency", "", period)
    ]
    return number.items


def test_an_item_is_of_the_week_and_month_of_the_zone() -> None:
    found = {
        zone: [deployments(of_zone(zone), period) for period in ("2026-W45", "2026-W46", "2026-11")]
        for zone in ("UTC", "Asia/Kathmandu")
    }
    assert found == {"UTC": [1, 0, 1], "Asia/Kathmandu": [0, 1, 2]}


@pytest.mark.parametrize("zone", ZONES)
def test_every_item_is_in_one_period_of_each_kind(zone: str) -> None:
    result = of_zone(zone)
    assert result.time_zone == zone
    for kind in PERIOD_COUNTS:
        counts = [
            number.items
            for number in result.numbers
            if number[:3:2] == ("deployment_frequency", "") and number.kind == kind
        ]
        assert sum(counts) == 2, kind


def test_the_days_of_the_current_period_are_those_of_the_zone() -> None:
    # Monday 00:15 in Kathmandu is Sunday in UTC: one day of W46 has begun.
    [number] = [
        number
        for number in of_zone("Asia/Kathmandu", LATE_SUNDAY + 60_000).numbers
        if (number.measure, number.repository, number.period) == ("deployment_frequency", "", "2026-W46")
    ]
    assert number.value == 1.0


@pytest.mark.parametrize("zone", ZONES)
def test_evidence_of_a_period_is_what_its_number_counts(zone: str) -> None:
    with merged_database(RECORDS) as connection:
        result = build(connection, services=parsed({"time_zone": zone}), source="test", now=at(26))
        for number in result.numbers:
            period = named(number.period, time_zone(zone))
            listed = list(
                evidence(
                    connection,
                    number.measure,
                    service=number.service,
                    repository=number.repository,
                    environment=number.environment,
                    period=period,
                )
            )
            assert len(listed) == number.items, number


def test_each_output_names_the_zone_and_its_days() -> None:
    result = of_zone("Asia/Kathmandu")
    assert "generated 2026-11-26 17:45 Asia/Kathmandu" in as_text.render(result, 200)
    assert "Generated at 2026-11-26 17:45 Asia/Kathmandu" in as_markdown.render(result)
    assert json.loads(as_json.render(result))["time_zone"] == "Asia/Kathmandu"
    [week] = [
        row
        for row in csv.DictReader(io.StringIO(as_csv.render(result), newline=""))
        if (row["measure"], row["repository"], row["period"]) == ("deployment_frequency", "", "2026-W46")
    ]
    assert (week["starts_on"], week["time_zone"], week["items"]) == ("2026-11-09", "Asia/Kathmandu", "1")


def test_the_ledger_stays_in_utc_and_says_so() -> None:
    with merged_database(RECORDS) as connection:
        connection.execute("INSERT INTO ledger VALUES ('2026-11-03', '1', 'octo-org', 9, 1, 8, 8, 2, 0)")
        result = build(connection, services=parsed({"time_zone": "Asia/Kathmandu"}), source="test", now=at(26))
    assert "Ledger: 2026-11-03 to 2026-11-03 (days in UTC)" in as_text.render(result, 200)
    assert "from 2026-11-03 to 2026-11-03 (days in UTC)" in as_markdown.render(result)


def test_another_zone_computes_the_numbers_again(tmp_path: Path) -> None:
    with open_database(tmp_path / "test.duckdb") as connection:
        merge(connection, Source(Files(dict(map(file, RECORDS))), "test"), now=lambda: at(26))
        found = [
            deployments(build(connection, services=parsed({"time_zone": zone}), source="test", now=at(26)), "2026-W46")
            for zone in ("UTC", "Asia/Kathmandu", "UTC")
        ]
    assert found == [0, 1, 0]


def test_a_machine_without_zones_has_those_of_the_package() -> None:
    program = (
        "from warehouse.services import parsed; from warehouse.periods import named, time_zone; "
        "print(named('2026-W46', time_zone(parsed({'time_zone': 'Asia/Kathmandu'}).time_zone)).starts_at)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONTZPATH": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(at(8, "18:15")), done.stderr
