"""A report says how often values are unknown, why, and what to do."""

import json
from pathlib import Path

from tests.unit.warehouse.database_cache import Files
from tests.unit.warehouse.scenarios import NOW, at, file, report, success
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.report import as_markdown, as_text
from warehouse.report.build import build
from warehouse.report.filters import Filter, apply
from warehouse.report.model import UnknownItems

UNREAD = [success(day, at(day), f"s{day}", unread=True) for day in (2, 3, 4)]


def test_unknown_items_are_counted_by_measure_service_and_reason() -> None:
    result = report(*UNREAD)
    lead = [found for found in result.unknown if found.measure == "change_lead_time"]
    assert sum(found.items for found in lead) == sum(
        number.items - number.valued
        for number in result.numbers
        if (number.measure, number.repository, number.period) == ("change_lead_time", "", "2026-Q4")
    )
    assert {found.service for found in result.unknown} == {"octo-org/shop"}
    assert apply(result, Filter(service="another")).unknown == ()


def test_items_of_a_service_in_two_environments_are_counted_once() -> None:
    regions = [
        success(10 * day + n, at(day) + n, f"s{day}", unread=True, env=f"production-{region}")
        for day in (2, 3)
        for n, region in enumerate(("eu", "us"))
    ]
    result = report(*regions)
    unknown = [found.items for found in result.unknown if found.measure == "change_lead_time"]
    of_environments = [
        number.items - number.valued
        for number in result.numbers
        if (number.measure, number.repository, number.period) == ("change_lead_time", "", "2026-Q4")
        and number.environment
    ]
    assert len(of_environments) == 2
    assert sum(unknown) == sum(of_environments) == 4


def test_records_of_an_older_version_are_counted_with_what_to_do(tmp_path: Path) -> None:
    path, content = file(UNREAD[0])
    record = json.loads(content) | {"schema": 1}
    newer_path, newer = file(UNREAD[1])
    files = Files({path: json.dumps(record).encode(), newer_path: newer})
    with open_database(tmp_path / "test.duckdb") as connection:
        merge(connection, Source(files, "test"), now=lambda: NOW)
        result = build(connection, source="test", now=NOW)
        again = build(connection, source="test", now=NOW)
    assert result.old_records == {"deployment-status": 1}
    assert "1 record of an older version lacks fields" in as_text.render(result, 300)
    assert "`telemetry backfill` fetches the fields that GitHub still has." in as_markdown.render(result)
    assert again.unknown == result.unknown != ()
    assert all(isinstance(found, UnknownItems) for found in again.unknown)
