import base64
import hashlib
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import warehouse.dashboard
from core.sanitize import sanitize_text
from tests.unit.warehouse.hostile_report import HOSTILE, hostile
from tests.unit.warehouse.huge_report import huge, huge_evidence
from tests.unit.warehouse.sample_report import MEASURES, empty, evidence, report
from warehouse.dashboard import page
from warehouse.dashboard.data import RESERVED, payload
from warehouse.dashboard.evidence_selection import MAX_ITEMS, newest_first
from warehouse.dashboard.page import LIMIT
from warehouse.dashboard.page import SCRIPTS as SCRIPT_ORDER
from warehouse.periods import named
from warehouse.report import formatting
from warehouse.report.default_period import default_periods
from warehouse.report.model import Evidence, IncidentCount, LedgerDay, Missing, Report, UnknownItems
from warehouse.report.trends import Series, trends

HERE = Path(warehouse.dashboard.__file__).parent
SCRIPTS = sorted((HERE / "scripts").glob("*.js"))


class Parsed(HTMLParser):
    """Parse a page into elements with attributes and the texts of its scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, dict[str, str | None], str]] = []
        self._data: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._data = []

    def handle_data(self, data: str) -> None:
        self._data.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.texts.append((*self.elements[-1], "".join(self._data)))


def embedded(html: str) -> dict[str, Any]:
    """Return the data of a page, as the browser reads it."""
    [embedded_json] = re.findall(r'<script type="application/json" id="data">(.*?)</script', html, re.DOTALL)
    data: dict[str, Any] = json.loads(embedded_json)
    return data


def numbers(data: dict[str, Any]) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """Return the page's numbers by measure, service, repository, environment, kind and period."""
    cells_by_key = {}
    for measure, *row in data["numbers"]:
        service, repository, environment, kind, _ = (data["strings"][item] for item in row[:5])
        cells = row[5]
        periods = [name for of, name, *_ in data["periods"] if of == kind][-(len(cells) // 3) :]
        for at, period in enumerate(periods):
            key = (data["measures"][measure]["name"], service, repository, environment, kind, period)
            cells_by_key[key] = tuple(cells[3 * at : 3 * at + 3])
    return cells_by_key


def values_by_key(of: Report) -> dict[tuple[str, ...], tuple[Any, ...]]:
    return {number[:6]: number[6:9] for number in of.numbers}


def test_every_number_is_on_the_page() -> None:
    actual = numbers(embedded(page(report(), evidence())))
    wanted = {key: value for key, value in values_by_key(report()).items() if key[1] != "search" or not key[2]}
    assert set(actual) == set(wanted), "search is one repository: its numbers stand once"
    for key, (value, known, items) in wanted.items():
        assert actual[key][1:] == (known, items)
        assert actual[key][0] == pytest.approx(value, abs=0.5) if value is not None else actual[key][0] is None


def test_every_item_of_evidence_is_on_the_page_with_its_record() -> None:
    data = embedded(page(report(), evidence()))
    text = data["strings"]
    actual = {
        (
            data["measures"][row[0]]["name"],
            text[row[5]],
            row[4],
            text[row[8]] + text[row[9]],
            text[row[10]] + text[row[11]],
        )
        for row in data["evidence"]
    }
    assert actual == {(item.measure, item.item, item.at, item.record_id, item.path) for item in evidence()}
    assert data["omitted"] == {"numbers": 0, "services": 0, "evidence": 0}


def test_inferred_items_are_counted_and_marked() -> None:
    first = report().numbers[0]
    inferred = tuple(
        number._replace(known=number.known - 1, inferred=1) if number == first else number
        for number in report().numbers
    )
    item = evidence()[0]
    items = [item._replace(certainty="inferred"), item._replace(certainty="known")]
    data = embedded(page(report()._replace(numbers=inferred), items))
    rows = [row for row in data["numbers"] if len(row) > 7]
    assert [sum(row[7]) for row in rows] == [1]
    assert sorted(row[12:] for row in data["evidence"]) == [[], [1]]


def test_each_series_has_its_trend_in_words() -> None:
    data = embedded(page(report(), ()))
    found = trends(report())
    for measure, *row in data["numbers"]:
        *key, words = (data["strings"][item] for item in row[:5])
        series = Series(MEASURES[measure].name, *key)
        assert words == formatting.trend(MEASURES[measure], found[series])


def test_a_kind_of_which_only_the_current_period_has_items_is_not_over() -> None:
    current = tuple(number for number in report().numbers if number.period in ("2026-W48", "2026-11", "2026-Q4"))
    data = embedded(page(report()._replace(numbers=current), ()))
    assert (data["default_kind"], data["latest"]["week"]) == ("week", ["2026-W48", "2026-W47"])
    assert {data["strings"][row[5]] for row in data["numbers"]} == {"not over yet"}


def test_the_period_shown_first_is_that_of_the_report() -> None:
    data = embedded(page(report(), ()))
    assert data["default_kind"] == default_periods(report()).kind
    assert data["latest"] == {
        "week": ["2026-W47", "2026-W46"],
        "month": ["2026-10", "2026-09"],
        "quarter": ["2026-Q3", "2026-Q2"],
    }


def test_a_lead_time_from_another_start_says_so_on_the_page() -> None:
    assert embedded(page(report(), ()))["lead_time_titles"] == {}
    first, *others = report().repositories
    repositories = (first._replace(lead_time_from="opened"), *others)
    titles = embedded(page(report()._replace(repositories=repositories), ()))["lead_time_titles"]
    assert {name for names in titles.values() for name in names} == {"change_lead_time"}
    assert set(titles) == {first.service}


def test_unknown_items_and_incidents_of_no_service_are_on_the_page() -> None:
    counts = (
        IncidentCount("checkout", "week", "2026-W46", 1, 0),
        IncidentCount("checkout", "week", "2026-W47", 2, 0),
        IncidentCount("search", "month", "2026-10", 0, 1),
    )
    found = (UnknownItems("change_fail_rate", "checkout", "not compared", 4),)
    data = embedded(page(report()._replace(incident_counts=counts, unknown=found), ()))
    assert data["left_out"] == [
        ["checkout", "week", "+ 2 incidents that name no service"],
        ["search", "month", "1 incident taken out by a label"],
    ]
    assert data["unknown"] == ["Change fail rate: 4 items are unknown (4: not compared)."]


def test_the_days_of_a_period_are_those_of_the_zone() -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    week = named("2026-W47", zone)
    data = embedded(page(report()._replace(periods=(week,), numbers=(), time_zone="Asia/Kathmandu"), ()))
    assert data["time_zone"] == "Asia/Kathmandu"
    assert data["periods"] == [[*week, "2026-11-16", "2026-11-22"]]


def test_a_missing_value_is_null() -> None:
    of = Evidence("change_lead_time", "checkout", "octo-org/x", "", None, "change 1", None, None, None, None)
    assert embedded(page(report(), [of]))["evidence"][0][4:] == [
        None,
        embedded(page(report(), [of]))["evidence"][0][5],
        None,
        None,
        None,
        None,
        None,
        None,
    ]


def test_the_policy_allows_only_the_page_s_own_scripts_and_styles() -> None:
    parsed = Parsed(page(report(), evidence()))
    [policy] = [
        entry["content"] or "" for _, entry in parsed.elements if entry.get("http-equiv") == "Content-Security-Policy"
    ]
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for tag, attributes, text in parsed.texts:
        if attributes.get("type") != "application/json":
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            hashes[tag].append(f"'sha256-{digest}'")
    assert policy.split("; ") == [
        "default-src 'none'",
        f"script-src {' '.join(hashes['script'])}",
        f"style-src {hashes['style'][0]}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert len(hashes["script"]) == 2


def test_no_element_loads_anything_or_has_inline_handlers_or_styles() -> None:
    for tag, attributes in Parsed(page(report(), evidence())).elements:
        assert tag not in ("iframe", "img", "object", "embed", "base")
        assert not {
            name for name in attributes if name.startswith("on") or name in ("src", "style", "srcset", "action")
        }
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_our_scripts_make_no_markup_of_text_and_ask_no_network(path: Path) -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|fetch\(|XMLHttpRequest|import\(|WebSocket|localStorage|setAttribute\(.style|https?:(?!//www\.w3\.org/2000/svg\")"
    assert not re.search(forbidden, path.read_text())
    assert len(path.read_text().splitlines()) < 200


def test_every_script_is_in_the_page_once() -> None:
    assert sorted(SCRIPT_ORDER) == [path.stem for path in SCRIPTS]


def test_the_same_report_gives_the_same_page() -> None:
    assert page(report(), evidence()) == page(report(), iter(evidence()))


def test_no_text_of_a_record_ends_the_data() -> None:
    html = page(*hostile())
    assert html.count("</script") == 3
    assert "<!-- <script" not in html
    data = embedded(html)
    assert HOSTILE in data["strings"]
    assert data["rejects"] == [[f"{HOSTILE}�[31m����", HOSTILE]]


def test_a_mark_of_the_template_in_a_text_stays_a_text() -> None:
    data = embedded(page(report()._replace(source="<!-- script --> <!-- data -->"), ()))
    assert data["source"] == "<!-- script --> <!-- data -->"


EVIDENCE = 20_000
ROOM = 480_000
"""Bytes for the data of a huge report in these tests: a third of a page's, so that a third of the numbers exceeds them."""


@cache
def huge_data(services: int, repositories: int) -> tuple[Report, dict[str, Any]]:
    """Return a report with more numbers than fit into ROOM, and its data."""
    full_report = huge(services, repositories)
    encoded = payload(full_report, huge_evidence(EVIDENCE), ROOM)
    assert ROOM - 60_000 < len(encoded.encode()) <= ROOM
    return full_report, json.loads(encoded)


def test_a_page_of_a_huge_report_almost_fills_2_mb() -> None:
    html = page(huge(), huge_evidence(EVIDENCE))
    assert LIMIT - 60_000 < len(html.encode()) < LIMIT
    omitted = embedded(html)["omitted"]
    assert omitted["numbers"] > 0
    assert omitted["evidence"] > 0


@pytest.mark.parametrize(("services", "repositories"), [(15, 6), (100, 0), (180, 1)])
def test_a_huge_report_fills_the_room_and_counts_what_is_omitted(services: int, repositories: int) -> None:
    full_report, data = huge_data(services, repositories)
    included = numbers(data)
    assert data["omitted"]["numbers"] == len(full_report.numbers) - len(included) > 0
    assert data["omitted"]["evidence"] == EVIDENCE - len(data["evidence"]) > 0
    assert data["omitted"]["services"] == services - len({key[1] for key in included})
    wanted = values_by_key(full_report)
    assert {key: value[1:] for key, value in included.items()} == {key: wanted[key][1:] for key in included}


def test_of_very_many_services_some_are_omitted() -> None:
    assert [huge_data(*size)[1]["omitted"]["services"] > 0 for size in ((15, 6), (180, 1))] == [False, True]


def test_a_huge_report_keeps_newest_periods_and_services_first() -> None:
    full_report, data = huge_data(15, 6)
    included = numbers(data)
    weeks = [period.name for period in full_report.periods if period.kind == "week"]
    services, repositories = (
        sorted({key[5] for key in included if bool(key[2]) == of and key[4] == "week"}) for of in (False, True)
    )
    assert services == weeks
    assert repositories == weeks[-data["period_limits"]["repository"] :]
    assert 3 <= len(repositories) < len(weeks)


def test_evidence_has_reserved_space_beside_many_numbers() -> None:
    data = huge_data(100, 0)[1]
    rows = len(json.dumps(data["evidence"], separators=(",", ":")))
    assert rows > RESERVED / 4
    newest = max(item[4] for item in data["evidence"])
    assert newest == next(huge_evidence(1)).at


def test_huge_lists_are_cut_and_the_page_stays_below_2_mb() -> None:
    lost = tuple(Missing("g" * 300, "e" * 300, "語" * 400) for _ in range(3_000))
    days = tuple(LedgerDay(f"2026-01-{index}", "語" * 400, 1, 1, 1, 0, lost[:1]) for index in range(3_000))
    data = embedded(page(report()._replace(ledger=days), evidence()))
    assert data["totals"] == {"repositories": 5, "days": 3_000, "missing": 3_000, "rejects": 2}
    assert len(data["days"]) < 3_000
    assert len(page(report()._replace(ledger=days), evidence()).encode()) < LIMIT


def test_a_long_text_is_clipped() -> None:
    data = embedded(page(report()._replace(source="x" * 10_000), ()))
    assert data["source"] == "x" * 399 + "…"


def test_the_data_fits_into_any_sufficient_limit() -> None:
    least = len(payload(empty(), (), 10**6).encode()) + RESERVED + 40_000
    for room in range(least, 1_500_000, 150_000):
        assert len(payload(report(), evidence(), room).encode()) <= room


def test_an_empty_report_is_a_page_too() -> None:
    data = embedded(page(empty(), ()))
    assert (data["numbers"], data["evidence"], data["totals"]["rejects"]) == ([], [], 0)


def test_the_newest_items_of_each_measure_and_service_come_first() -> None:
    def item(measure: str, at: int) -> Evidence:
        return Evidence(measure, "checkout", "octo-org/x", "", at, f"{measure} {at}", 1.0, None, None, None)

    busy, rare = [item("ci_duration", at) for at in range(100, 110)], [item("change_lead_time", at) for at in (1, 2)]
    chosen, count = newest_first([*busy, *rare])
    assert [item.item for item in chosen[:5]] == [
        "ci_duration 109",
        "change_lead_time 2",
        "ci_duration 108",
        "change_lead_time 1",
        "ci_duration 107",
    ]
    assert count == len(chosen) == 12


def test_of_a_million_items_few_are_kept_in_memory() -> None:
    chosen, count = newest_first(huge_evidence(len(MEASURES) * (MAX_ITEMS + 10)))
    assert (len(chosen), count) == (len(MEASURES) * MAX_ITEMS, len(MEASURES) * (MAX_ITEMS + 10))
    assert chosen[0] == next(huge_evidence(1))


def test_no_person_is_on_the_page() -> None:
    """The model has no field for a person; the scripts must not name one either."""
    assert not re.search(
        r"\b(author|login|committer|assignee|@[a-z])", "".join(script.read_text() for script in SCRIPTS)
    )


@given(st.text(), st.text(), st.none() | st.text())
def test_any_text_stays_text(source: str, item: str, why: str | None) -> None:
    of = Evidence("change_lead_time", source, item, source, 1, item, None, why, why, item)
    html = page(empty()._replace(source=source), [of])
    data = embedded(html)
    assert html.count("</script") == 3
    assert data["source"] == sanitize_text(source)
    assert data["strings"][data["evidence"][0][5]] == sanitize_text(item)
