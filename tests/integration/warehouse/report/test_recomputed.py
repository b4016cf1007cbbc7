"""Every number of the report, of the dashboard's pages and of the totals is what its evidence makes, in plain Python."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from duckdb import DuckDBPyConnection

from cli.demo import timeline
from core.stores.folder_reader import FolderReader
from tests import demo_records
from tests.dashboard_data import PageNumber, page_data
from tests.histories.random_histories import combined, history
from tests.integration.warehouse.answers import LATER
from tests.integration.warehouse.answers import merged as merged_records
from tests.integration.warehouse.report.test_build import SERVICES, busy
from tests.recomputation import Numbers, Recomputed, Row, key_of, near, rows
from tests.unit.warehouse import sample_report
from tests.unit.warehouse.scenarios import NOW, merged_database
from warehouse.dashboard.page import pages
from warehouse.database import open_database
from warehouse.evidence import evidence
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.report import as_json, formatting
from warehouse.report.build import build
from warehouse.report.model import Evidence, Report
from warehouse.report.totals import environments, totals
from warehouse.services import load, parsed

HISTORIES = 60


class World(NamedTuple):
    """A report with its evidence."""

    report: Report
    items: list[Evidence]
    rows: list[Row]


@contextmanager
def demo() -> Iterator[tuple[DuckDBPyConnection, dict[str, object]]]:
    with open_database(":memory:") as connection:
        merge(connection, Source(FolderReader(demo_records.shared()), "demo"))
        services = load(Path(timeline.__file__).with_name("services.toml"))
        yield connection, {"services": services, "now": timeline.END}


@contextmanager
def histories() -> Iterator[tuple[DuckDBPyConnection, dict[str, object]]]:
    together = combined([history(seed) for seed in range(HISTORIES)])
    with merged_records(together.records) as connection:
        yield connection, {"services": parsed(together.services), "now": LATER}


@contextmanager
def random_records() -> Iterator[tuple[DuckDBPyConnection, dict[str, object]]]:
    with merged_database(busy(7)) as connection:
        yield connection, {"services": SERVICES, "now": NOW}


WORLDS: dict[str, Callable[[], object]] = {"demo": demo, "histories": histories, "busy": random_records}


@cache
def world(name: str) -> World:
    """Return a world; each is built once."""
    if name == "sample":
        items = [item._replace(certainty="known") for item in sample_report.evidence()]
        return World(sample_report.report(), list(sample_report.evidence()), rows(items))
    with WORLDS[name]() as (connection, options):  # type: ignore[attr-defined]
        report = build(connection, source="test", **options)
        items = list(evidence(connection))
        return World(report, items, rows(items))


NAMES = ["sample", *WORLDS]


@cache
def numbers(name: str) -> Numbers:
    return Numbers(world(name).report, world(name).rows)


def differs(found: Recomputed, value: float | None, counts: tuple[int, int, int], within: float = 1e-9) -> bool:
    return not near(found.value, value, within) or (found.known, found.inferred, found.items) != counts


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_the_report_is_what_its_evidence_makes(name: str) -> None:
    document = json.loads(as_json.render(world(name).report))["numbers"]
    assert len(document) > 300
    wrong = []
    for number in document:
        found = numbers(name).number(key_of(number))
        counts = (number["known"], number["inferred"], number["items"])
        if differs(found, number["value"], counts):
            wrong.append((number, found))
        if name != "sample" and not all(near(getattr(found, of), number[of]) for of in ("p75", "p90", "p95")):
            wrong.append((number, found))
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_all_evidence_of_a_period_is_in_a_number(name: str) -> None:
    """A repository with one environment of a service with several has no number of all environments besides."""
    report = world(name).report
    keys = {key_of(number) for number in report.numbers}
    missing = [key for key in numbers(name).groups if key not in keys]
    assert [key for key in missing if not key[2] or key[3]] == []


@pytest.mark.parametrize("name", WORLDS)
def test_a_number_without_items_is_a_frequency_of_zero(name: str) -> None:
    report = world(name).report
    frequencies = {measure.name for measure in report.measures if measure.statistic == "per_day"}
    empty = [number for number in report.numbers if not number.items]
    assert {(number.measure in frequencies, number.value) for number in empty} <= {(True, 0.0)}
    for number in empty:
        scope = numbers(name).number(key_of(number))
        assert scope.items == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_the_pages_is_what_its_evidence_makes(name: str) -> None:
    of = world(name)
    measures = {measure.name: measure for measure in of.report.measures}
    found: dict[tuple[str, ...], PageNumber] = {}
    for _, html in pages(of.report, of.items, "dashboard.html"):
        found |= page_data(html).numbers
    wrong = []
    for key, number in found.items():
        measure, recomputed = measures[key[0]], numbers(name).number(key)
        within = 0.5 if measure.unit == "duration" else 1e-6
        counts = (number.known, number.inferred, number.items)
        if differs(recomputed, number.value, counts, within):
            wrong.append((key, number, recomputed))
        if number.value is not None and number.text != formatting.value(measure, recomputed.value):
            wrong.append((key, number, recomputed))
        if name != "sample" and not all(
            near(getattr(number, of), getattr(recomputed, of), within) for of in ("p75", "p90", "p95")
        ):
            wrong.append((key, number, recomputed))
    assert wrong == []
    of_services = {key_of(number) for number in of.report.numbers if not number.repository}
    assert of_services <= set(found)


@pytest.mark.parametrize("name", NAMES)
def test_every_total_is_what_the_evidence_of_its_services_makes(name: str) -> None:
    of = world(name)
    dora = {measure.name for measure in of.report.measures if measure.is_dora}
    shown = environments(of.report)
    by_service: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for (measure, service, repository, environment, kind, period), found in numbers(name).groups.items():
        if not repository and (measure not in dora or environment == shown[service]):
            by_service[measure, service, kind, period] += found
    combined = totals(of.report)
    assert combined
    wrong = []
    for total in combined:
        for number in total.numbers:
            scope = [(number.measure, service, number.kind, number.period) for service in total.services]
            found = [row for key in scope for row in by_service.get(key, ())]
            recomputed = numbers(name).of_rows(number.measure, number.kind, number.period, found)
            if differs(recomputed, number.value, (number.known, number.inferred, number.items)):
                wrong.append((total.team, number, recomputed))
    assert wrong == []


@pytest.mark.parametrize("name", WORLDS)
def test_unknown_items_are_counted_by_their_reasons_in_the_evidence(name: str) -> None:
    of = world(name)
    dora = {measure.name for measure in of.report.measures if measure.is_dora}
    start = min(period.starts_at for period in of.report.periods)
    expected = Counter(
        (row.measure, row.service, row.why)
        for row in of.rows
        if row.value is None and (row.at or 0) >= start and (row.measure not in dora or row.environment)
    )
    assert (
        Counter({(found.measure, found.service, found.why or ""): found.items for found in of.report.unknown})
        == expected
    )
