import base64
import hashlib
import random
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import warehouse.dashboard
from core.sanitize import sanitize_text
from tests.dashboard_data import Key, page_data
from tests.unit.warehouse.hostile_report import HOSTILE, hostile
from tests.unit.warehouse.sample_report import MEASURES, empty, evidence, report
from warehouse.dashboard import folder_of, page
from warehouse.dashboard.page import LIMIT
from warehouse.dashboard.page import SCRIPTS as SCRIPT_ORDER
from warehouse.periods import named
from warehouse.report import formatting
from warehouse.report.comparison import compare
from warehouse.report.default_period import default_periods
from warehouse.report.model import DURATION, Evidence, IncidentCount, LedgerDay, Missing, Number, Report, UnknownItems
from warehouse.report.target_settings import targets_of
from warehouse.report.trends import Series, trends
from warehouse.services import parsed

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


def values_by_key(of: Report) -> dict[Key, Number]:
    return {number[:6]: number for number in of.numbers}


def test_every_number_is_on_the_page_with_its_text() -> None:
    actual = page_data(page(report(), evidence())).numbers
    wanted = {key: number for key, number in values_by_key(report()).items() if key[1] != "search" or not key[2]}
    assert set(actual) == set(wanted), "search is one repository: its numbers stand once"
    measures = {measure.name: measure for measure in MEASURES}
    for key, number in wanted.items():
        measure, of = measures[key[0]], actual[key]
        assert of[2:6] == (number.known, number.inferred, number.items, formatting.coverage(number))
        assert of.text == (None if number.value is None else formatting.value(measure, number.value))
        precision = 0.5 if measure.unit == DURATION else 5e-7
        for value, exact in (
            (of.value, number.value),
            (of.p75, number.p75),
            (of.p90, number.p90),
            (of.p95, number.p95),
        ):
            assert value is exact if exact is None else value == pytest.approx(exact, abs=precision)


def test_every_item_of_evidence_is_on_the_page_with_its_record() -> None:
    data = page_data(page(report(), evidence()))
    names = ("measure", "service", "repository", "environment", "at", "item", "why", "record_id", "path")
    actual = [tuple(row[name] for name in names) for row in data.evidence]
    assert sorted(actual, key=str) == sorted(
        (tuple(getattr(item, name) for name in names) for item in evidence()), key=str
    )
    assert data.head["omitted"] == {"numbers": 0, "services": 0, "evidence": 0}
    assert (data.head["omitted_of"], data.head["pages"]) == ({}, [])


def test_each_item_has_its_value_in_words() -> None:
    measures = {measure.name: measure for measure in MEASURES}
    wanted = {(item.measure, item.item, item.at): item for item in evidence()}
    for row in page_data(page(report(), evidence())).evidence:
        item = wanted[row["measure"], row["item"], row["at"]]
        text = None if item.value is None else formatting.format_item(measures[item.measure], item.value)
        assert row["text"] == text


def test_inferred_items_are_counted_and_marked() -> None:
    first = report().numbers[0]
    inferred = tuple(
        number._replace(known=number.known - 1, inferred=1) if number == first else number
        for number in report().numbers
    )
    item = evidence()[0]
    items = [item._replace(certainty="inferred"), item._replace(certainty="known")]
    data = page_data(page(report()._replace(numbers=inferred), items))
    assert [number.inferred for number in data.numbers.values() if number.inferred] == [1]
    assert sorted(row["is_inferred"] for row in data.evidence) == [False, True]


def test_each_series_has_its_trend_in_words() -> None:
    found = trends(report())
    measures = {measure.name: measure for measure in MEASURES}
    for key, words in page_data(page(report(), ())).trends.items():
        assert words == formatting.trend(measures[key[0]], found[Series(*key)])


def test_each_series_says_whether_its_target_is_met() -> None:
    texts = {"change_lead_time": "1 d", "deployment_frequency": "60 a month"}
    with_targets = report()._replace(targets=tuple(targets_of(parsed({"targets": texts}))))
    found = page_data(page(with_targets, ())).targets
    lines = [
        (of.service, of.environment, line) for of in compare(with_targets, is_dora=True).groups for line in of.lines
    ]
    kind = default_periods(with_targets).kind
    assert {
        (line.measure.name, service, environment): line.target for service, environment, line in lines if line.target
    } == {(of[0], of[1], of[3]): text for of, text in found.items() if text and not of[2] and of[4] == kind}
    assert {text.partition(" by ")[0] for text in found.values()} >= {
        "target 1 d: met",
        "target 60 a month: not met",
        "",
    }


def test_a_kind_of_which_only_the_current_period_has_items_is_not_over() -> None:
    current = tuple(number for number in report().numbers if number.period in ("2026-W48", "2026-11", "2026-Q4"))
    data = page_data(page(report()._replace(numbers=current), ()))
    assert (data.head["default_kind"], data.head["latest"]["week"]) == ("week", ["2026-W48", "2026-W47"])
    assert set(data.trends.values()) == {"not over yet"}


def test_the_period_shown_first_is_that_of_the_report() -> None:
    data = page_data(page(report(), ()))
    assert data.head["default_kind"] == default_periods(report()).kind
    assert data.head["latest"] == {
        "week": ["2026-W47", "2026-W46"],
        "month": ["2026-10", "2026-09"],
        "quarter": ["2026-Q3", "2026-Q2"],
    }


def test_a_lead_time_from_another_start_says_so_on_the_page() -> None:
    assert page_data(page(report(), ())).head["lead_time_titles"] == {}
    first, *others = report().repositories
    repositories = (first._replace(lead_time_from="opened"), *others)
    titles = page_data(page(report()._replace(repositories=repositories), ())).head["lead_time_titles"]
    assert {name for names in titles.values() for name in names} == {"change_lead_time"}
    assert set(titles) == {first.service}


def test_unknown_items_and_incidents_of_no_service_are_on_the_page() -> None:
    counts = (
        IncidentCount("checkout", "week", "2026-W46", 1, 0),
        IncidentCount("checkout", "week", "2026-W47", 2, 0),
        IncidentCount("search", "month", "2026-10", 0, 1),
    )
    found = (UnknownItems("change_fail_rate", "checkout", "not compared", 4),)
    data = page_data(page(report()._replace(incident_counts=counts, unknown=found), ()))
    assert data.head["left_out"] == [
        ["checkout", "week", "+ 2 incidents that name no service"],
        ["search", "month", "1 incident taken out by a label"],
    ]
    assert data.head["unknown"] == ["Change fail rate: 4 items are unknown (4: not compared)."]


def test_the_days_of_a_period_are_those_of_the_zone() -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    week = named("2026-W47", zone)
    data = page_data(page(report()._replace(periods=(week,), numbers=(), time_zone="Asia/Kathmandu"), ()))
    assert data.head["time_zone"] == "Asia/Kathmandu"
    assert data.head["periods"] == [[*week, "2026-11-16", "2026-11-22"]]


def test_a_missing_value_is_null() -> None:
    of = Evidence("change_lead_time", "checkout", "octo-org/x", "", None, "change 1", None, None, None, None)
    [row] = page_data(page(report(), [of])).evidence
    assert [row[name] for name in ("at", "value", "text", "why", "record_id", "path", "sha")] == [None] * 7


@pytest.mark.parametrize(
    ("name", "folder"),
    [("dashboard.html", "dashboard"), ("report", "report-services"), (".html", ".html-services")],
)
def test_the_folder_of_services_is_beside_the_main_page(name: str, folder: str) -> None:
    assert folder_of(name) == folder


def test_the_policy_allows_only_the_page_s_own_scripts_and_styles() -> None:
    parsed = Parsed(page(report(), evidence()))
    [policy] = [
        entry["content"] or "" for _, entry in parsed.elements if entry.get("http-equiv") == "Content-Security-Policy"
    ]
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for tag, attributes, text in parsed.texts:
        if attributes.get("type") != "text/plain":
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


def test_no_two_scripts_give_something_the_same_name() -> None:
    """They share one scope, in which a later function silently replaces an earlier one."""
    texts = "\n".join(path.read_text() for path in SCRIPTS)
    names = Counter(re.findall(r"^(?:async )?function (\w+)|^(?:const|let) (\w+)", texts, re.MULTILINE))
    assert [name for name, count in names.items() if count > 1] == []
    assert len(names) > 100


def test_the_same_report_gives_the_same_page() -> None:
    assert page(report(), evidence()) == page(report(), iter(evidence()))


def test_no_text_of_a_record_ends_the_data() -> None:
    html = page(*hostile())
    assert html.count("</script") == 3
    assert "<!-- <script" not in html
    data = page_data(html)
    assert {row["item"] for row in data.evidence} == {HOSTILE}
    assert data.head["rejects"] == [[f"{HOSTILE}�[31m����", HOSTILE]]


def test_a_mark_of_the_template_in_a_text_stays_a_text() -> None:
    data = page_data(page(report()._replace(source="<!-- script --> <!-- data -->"), ()))
    assert data.head["source"] == "<!-- script --> <!-- data -->"


def test_huge_lists_are_cut_and_the_page_stays_below_2_mb() -> None:
    texts = [
        "".join(chr(draw.randrange(0x4E00, 0x9FA5)) for _ in range(400)) for draw in map(random.Random, range(3_000))
    ]
    days = tuple(LedgerDay("2026-01-01", text, 1, 1, 1, 0, (Missing(text, text, text),)) for text in texts)
    html = page(report()._replace(ledger=days), evidence())
    data = page_data(html)
    assert data.head["totals"] == {"repositories": 5, "days": 3_000, "missing": 3_000, "rejects": 2}
    assert 0 < len(data.head["days"]) < 3_000
    assert len(html.encode()) < LIMIT


def test_a_long_text_is_clipped() -> None:
    data = page_data(page(report()._replace(source="x" * 10_000), ()))
    assert re.fullmatch("x{391}…[0-9a-f]{8}", data.head["source"])


def test_services_whose_names_begin_alike_stay_apart() -> None:
    names = ["x" * 500 + end for end in "ab"]
    numbers = [number for number in report().numbers if number.service == "search" and not number.repository]
    both = tuple(number._replace(service=name) for name in names for number in numbers)
    found = page_data(page(report()._replace(numbers=both), ())).numbers
    assert len(found) == len(both)
    assert len({key[1] for key in found}) == len(names)


def test_an_empty_report_is_a_page_too() -> None:
    data = page_data(page(empty(), ()))
    assert (data.numbers, data.evidence, data.head["totals"]["rejects"]) == ({}, [], 0)


def test_no_person_is_on_the_page() -> None:
    """The model has no field for a person; the scripts must not name one either."""
    assert not re.search(
        r"\b(author|login|committer|assignee|@[a-z])", "".join(script.read_text() for script in SCRIPTS)
    )


@given(st.text(), st.text(), st.none() | st.text())
def test_any_text_stays_text(source: str, item: str, why: str | None) -> None:
    of = Evidence("change_lead_time", source, item, source, 1, item, None, why, why, item)
    html = page(empty()._replace(source=source), [of])
    data = page_data(html)
    assert html.count("</script") == 3
    assert data.head["source"] == sanitize_text(source)
    assert data.evidence[0]["item"] == sanitize_text(item)


def test_no_name_of_a_script_hides_that_of_another() -> None:
    """The scripts are joined in one function, where the last of two functions of one name wins."""
    names = re.findall(
        r"^(?:async )?(?:function|const|let) (\w+)", "\n".join(script.read_text() for script in SCRIPTS), re.MULTILINE
    )
    assert [name for name, times in Counter(names).items() if times > 1] == []
