"""The dashboard in headless Chromium, opened from disk: what is seen, what is heard, and what can be done by keyboard."""

import json
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.browser import Browser
from tests.unit.warehouse import sample_report
from tests.unit.warehouse.hostile_report import HOSTILE, hostile
from tests.unit.warehouse.huge_report import huge, huge_evidence
from warehouse.dashboard import page
from warehouse.periods import named
from warehouse.report import formatting
from warehouse.report.model import IncidentCount, Number, UnknownItems
from warehouse.report.trends import Series, trends

pytestmark = pytest.mark.npm

IMAGES = Path(__file__).parents[3] / "docs" / "images"
SCRIPTS = Path(__file__).parents[3] / "warehouse" / "dashboard" / "scripts"
FIVE = [measure for measure in sample_report.MEASURES if measure.is_dora]
SCHEMES = ("light", "dark")
PHONE = {"width": 360, "height": 740}


@dataclass
class Pages:
    """The files that are opened."""

    folder: Path

    def file(self, name: str) -> Path:
        """One of them, written when it is first asked for."""
        path = self.folder / f"{name}.html"
        if not path.exists():
            builders = {
                "sample": lambda: page(sample_report.report(), sample_report.evidence()),
                "empty": lambda: page(sample_report.empty(), ()),
                "hostile": lambda: page(*hostile()),
                "huge": lambda: page(huge(20), huge_evidence(), 500_000),
            }
            path.write_text(builders[name](), "utf-8")
        return path


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return Pages(tmp_path_factory.mktemp("pages"))


DAYS_OF_W47 = "16 \N{EN DASH} 22 Nov 2026"
WEEKS = "#service=checkout&kind=week"
"""The view of most tests; without it, the report's own rule chooses quarters for the sample."""


@pytest.fixture
def sample(chromium: Browser, pages: Pages) -> Browser:
    chromium.open(pages.file("sample"), WEEKS)
    return chromium


def number(
    measure: str, period: str, *, service: str = "checkout", repository: str = "", environment: str = "production"
) -> Number:
    key = (measure, service, repository, environment)
    return next(
        candidate for candidate in sample_report.report().numbers if candidate[:4] == key and candidate.period == period
    )


def shown(browser: Browser) -> dict[str, tuple[str, str]]:
    """The value and the coverage of each of the five."""
    cards = "[...document.querySelectorAll('#dora-cards [data-measure]')]"
    texts = browser.run(
        f"{cards}.map(card => [card.dataset.measure, ...['.value', '.coverage'].map(each => card.querySelector(each).innerText)])"
    )
    return {name: (value, coverage.strip()) for name, value, coverage in texts}


def expected(period: str, **filters: str) -> dict[str, tuple[str, str]]:
    numbers = {measure: number(measure.name, period, **filters) for measure in FIVE}
    return {row.name: (formatting.format_number(row, of), formatting.coverage(of)) for row, of in numbers.items()}


def choose(browser: Browser, name: str, value: str) -> None:
    browser.call("page.selectOption", f"#filter-{name}", value)


TABLE = "[data-measure=change_lead_time] tbody tr"


def open_table(browser: Browser) -> None:
    """Open the table of the first measure: it is filled when it is opened."""
    browser.run("document.querySelector('[data-measure=change_lead_time] summary').click()")
    browser.call("page.waitForSelector", TABLE)


def address(browser: Browser) -> str:
    return str(browser.run("location.hash"))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["sample", "empty", "hostile", "huge"])
def test_the_page_opens_from_disk_without_errors_or_requests(
    chromium: Browser, pages: Pages, name: str, scheme: str
) -> None:
    chromium.open(pages.file(name), colorScheme=scheme, offline=True)
    address = pages.file(name).as_uri()
    assert chromium.heard() == {"console": [], "errors": [], "requests": [address], "responses": [[address, 200]]}
    assert chromium.call("page.title") == "How we deliver"


def test_five_metrics_show_their_latest_complete_week_and_coverage(sample: Browser) -> None:
    assert shown(sample) == expected("2026-W47")


def test_what_had_nothing_to_measure_is_a_dash_and_what_is_unknown_says_so(chromium: Browser, pages: Pages) -> None:
    chromium.open(pages.file("sample"), f"{WEEKS}&evidence=failed_deployment_recovery_time&period=2026-W37")
    assert "unknown · 0 of 1 known" in chromium.text("#evidence")
    assert "has not recovered yet" in chromium.text("#evidence")
    chromium.open(pages.file("sample"), f"{WEEKS}&environment=production-eu")
    assert shown(chromium)["failed_deployment_recovery_time"] == ("–", "nothing to measure")  # noqa: RUF001


def test_each_chart_has_a_description_and_a_table_of_the_same_numbers(sample: Browser) -> None:
    pictures = sample.run(
        "[...document.querySelectorAll('svg')].map(each => [each.getAttribute('role'), each.getAttribute('aria-label')])"
    )
    assert len(pictures) == len(sample_report.MEASURES)
    role, label = pictures[0]
    weeks = [number("change_lead_time", period.name) for period in sample_report.periods() if period.kind == "week"][
        :-1
    ]
    ends = sorted(weeks, key=lambda week: week.value or 0)
    in_words = [
        f"{formatting.value(FIVE[0], week.value)} in {week.period.replace('2026-', '')}"
        for week in (ends[0], ends[-1], weeks[-1])
    ]
    assert role == "img"
    assert label == (
        f"Change lead time by week: lowest {in_words[0]}, highest {in_words[1]}, latest {in_words[2]}. The table has every value."
    )
    open_table(sample)
    rows = sample.run(f"[...document.querySelectorAll('{TABLE}')].map(row => row.children[1].textContent)")
    assert rows[1:] == [formatting.format_number(FIVE[0], week) for week in reversed(weeks)]


def test_filters_change_what_is_shown(sample: Browser) -> None:
    choose(sample, "service", "platform")
    assert shown(sample) == expected("2026-W47", service="platform")
    choose(sample, "repository", "octo-org/identity")
    assert shown(sample) == expected("2026-W47", service="platform", repository="octo-org/identity")
    choose(sample, "kind", "month")
    assert shown(sample) == expected("2026-10", service="platform", repository="octo-org/identity")
    choose(sample, "service", "checkout")
    choose(sample, "environment", "production-eu")
    assert shown(sample) == expected("2026-10", environment="production-eu")
    open_table(sample)
    choose(sample, "range", "3")
    assert len(sample.texts(TABLE)) == 4, "the table stays open"
    sample.call("page.click", "text=Reset")
    assert shown(sample) == expected("2026-Q3")


def test_a_team_narrows_the_services(sample: Browser) -> None:
    choose(sample, "team", "Discovery")
    assert sample.texts("#filter-service option") == ["all services", "search"]
    assert sample.texts("#overview-rows tr a") == ["search"]
    choose(sample, "service", "search")
    assert shown(sample) == expected("2026-W47", service="search")


def test_a_change_is_announced_to_screen_readers(sample: Browser) -> None:
    assert sample.run("document.querySelector('[aria-live]').textContent") == ""
    choose(sample, "service", "search")
    text = sample.run("document.querySelector('[aria-live]').textContent")
    values = [f"{measure.title}: {expected('2026-W47', service='search')[measure.name][0]}" for measure in FIVE]
    assert text == (
        f"Showing search · all its repositories · production · team Discovery · by week. {'; '.join(values)}."
    )


def test_a_view_can_be_linked(sample: Browser, pages: Pages) -> None:
    choose(sample, "service", "platform")
    choose(sample, "kind", "month")
    choose(sample, "range", "6")
    link = address(sample)
    assert link == "#service=platform&environment=production&kind=month&range=6"
    sample.open(pages.file("sample"), link)
    assert shown(sample) == expected("2026-10", service="platform")
    open_table(sample)
    assert len(sample.texts(TABLE)) == len([p for p in sample_report.periods() if p.kind == "month"])


@pytest.mark.parametrize(
    "link",
    ["#service=gone&kind=year&range=x&theme=neon&evidence=nothing&team=nobody", "#%E0%A4%A", "#gaps", "#__proto__=1"],
)
def test_a_link_to_an_unknown_view_shows_the_first_view(chromium: Browser, pages: Pages, link: str) -> None:
    chromium.open(pages.file("sample"), link)
    assert chromium.texts("#overview-rows tr a") == ["checkout", "platform", "search"]
    assert chromium.text("#overview-scope") == "Q3 2026, by quarter"
    assert chromium.heard()["errors"] == []


def test_an_address_that_changes_changes_the_view(sample: Browser) -> None:
    sample.run("location.hash = '#service=search&kind=week'")
    sample.wait_until("document.querySelector('#filter-service').value === 'search'")
    assert shown(sample) == expected("2026-W47", service="search")


def test_a_number_leads_to_the_records_behind_it(sample: Browser) -> None:
    sample.call("page.click", "[data-measure=change_fail_rate] .actions button")
    behind = sample_report.behind("change_fail_rate", sample_report.evidence())
    assert sample.texts("dialog td code") == [item.path for item in behind]
    assert sample.texts("dialog tbody th") == [item.item for item in behind]
    assert address(sample).endswith("evidence=change_fail_rate&period=2026-W47")


def test_records_can_be_filtered_to_unknown_values_with_reasons(chromium: Browser, pages: Pages) -> None:
    chromium.open(pages.file("sample"), f"{WEEKS}&evidence=change_lead_time&period=2026-W47")
    coverage = number("change_lead_time", "2026-W47")
    chromium.call("page.selectOption", "#evidence-certainty", "unknown")
    assert chromium.texts("dialog tbody td.number") == ["unknown"] * (coverage.items - coverage.known)
    assert set(chromium.texts("dialog tbody td.why")) == {"its time is not known"}


def test_gaps_and_rejects_are_shown_at_the_top_and_listed_below(sample: Browser) -> None:
    assert sample.texts("#notices a") == ["2 deliveries missing", "2 files are no records"]
    sample.call("page.click", "text=2 deliveries missing")
    assert (
        "5b0a1a80-c8a1-11f0-9d5c-b2f7a1f0c001 2026-11-23 octo-org (411) deployment_status GitHub could not connect"
        in sample.text("#gaps")
    )
    assert sample.texts("#rejects tbody tr") == [
        "telemetry/octo-org/search/deployment-status/2026-11-20/311.json not JSON",
        "telemetry/octo-org/search/review/2026-11-21/812.json output.submitted_at: expected a time",
    ]
    assert address(sample) == WEEKS


def test_everything_can_be_done_by_keyboard(sample: Browser) -> None:
    sample.press("Tab")
    assert sample.run("document.activeElement.textContent") == "Skip to the numbers"
    sample.press("Enter")
    assert sample.run("document.activeElement.id") == "main"
    sample.press("Tab")
    focused = "document.activeElement.textContent"
    assert sample.run(focused) == "All services"
    sample.press("Tab")
    assert sample.run("document.activeElement.getAttribute('role')") == "img"
    sample.press("Tab")
    assert sample.run(focused) == f"Records behind it: Change lead time, W47, {DAYS_OF_W47}"
    sample.press("Enter")
    assert sample.run("document.querySelector('dialog').open")
    assert sample.run(focused) == "Close"
    sample.press("Tab", "ArrowDown")
    assert "period=2026-W46" in address(sample)
    assert sample.run("document.activeElement.id") == "evidence-period"
    sample.press("Escape")
    assert not sample.run("document.querySelector('dialog').open")
    assert sample.run(focused) == f"Records behind it: Change lead time, W47, {DAYS_OF_W47}"
    sample.press("Tab", "Enter")
    assert sample.run("document.querySelector('[data-measure=change_lead_time] details').open")


def test_a_filter_keeps_the_focus_when_it_is_changed_by_keyboard(sample: Browser) -> None:
    sample.call("page.focus", "#filter-service")
    sample.press("ArrowDown")
    assert sample.run("document.activeElement.id") == "filter-service"
    assert shown(sample) == expected("2026-W47", service="platform")


def test_what_has_the_focus_is_seen(sample: Browser) -> None:
    seen = set()
    for _ in range(30):
        sample.press("Tab")
        seen.add(
            sample.run(
                "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"
            )
        )
    assert seen == {"solid3px"}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("name", "fragment", "viewport"),
    [
        ("sample", "", None),
        ("sample", "", PHONE),
        ("sample", WEEKS, None),
        ("sample", WEEKS, PHONE),
        ("sample", "#service=checkout&evidence=change_lead_time", None),
        ("empty", "", None),
        ("huge", "", None),
    ],
)
def test_axe_finds_nothing(
    chromium: Browser, pages: Pages, name: str, fragment: str, viewport: Any, scheme: str
) -> None:
    options = {"colorScheme": scheme, **({"viewport": viewport} if viewport else {})}
    chromium.open(pages.file(name), fragment, **options)
    chromium.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    chromium.wait_until("[...document.querySelectorAll('.card details')].every(each => each.querySelector('table'))")
    results = chromium.axe()
    assert [
        (violation["id"], [node["html"] for node in violation["nodes"]]) for violation in results["violations"]
    ] == []
    assert {check["id"] for check in results["incomplete"]} <= {"color-contrast"}  # text in SVG: the next test's
    assert len(results["passes"]) > 25


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_colour_has_the_contrast_that_wcag_requires(chromium: Browser, pages: Pages, scheme: str) -> None:
    chromium.open(pages.file("sample"), colorScheme=scheme)
    names = ("page", "card", "raised", "ink", "muted", "accent", "better", "worse", "alert", "alert-ink")
    result = chromium.run(
        f"{json.dumps(names)}.map(name => getComputedStyle(document.documentElement).getPropertyValue('--' + name))"
    )
    colours = dict(zip(names, result, strict=True))
    pairs = [
        (ink, ground) for ink in ("ink", "muted", "accent", "better", "worse") for ground in ("page", "card", "raised")
    ]
    ratios = {pair: contrast(*(colours[name] for name in pair)) for pair in [*pairs, ("alert-ink", "alert")]}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


def contrast(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    digits = colour.strip().lstrip("#")
    digits = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_theme_follows_the_system_until_a_choice_in_the_link(chromium: Browser, pages: Pages) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    chromium.open(pages.file("sample"), colorScheme="dark")
    dark = chromium.run(ground)
    chromium.call("page.click", "#theme")
    light = chromium.run(ground)
    assert light != dark
    assert chromium.text("#theme") == "Switch to dark"
    chromium.open(pages.file("sample"), address(chromium), colorScheme="dark")
    assert chromium.run(ground) == light


@pytest.mark.parametrize("name", ["sample", "empty", "hostile", "huge"])
def test_on_a_phone_nothing_sticks_out_sideways(chromium: Browser, pages: Pages, name: str) -> None:
    chromium.open(pages.file(name), viewport=PHONE)
    assert chromium.run("document.documentElement.scrollWidth") == PHONE["width"]


def test_no_text_of_a_record_becomes_markup_or_runs(chromium: Browser, pages: Pages) -> None:
    chromium.open(pages.file("hostile"), f"{WEEKS}&evidence={FIVE[0].name}")
    assert chromium.run("[window.ran, document.querySelectorAll('img, iframe, svg script').length]") == [None, 0]
    assert chromium.heard()["errors"] == []
    assert HOSTILE in chromium.text("#scope")
    assert HOSTILE in chromium.text("dialog tbody th")
    assert HOSTILE in chromium.text("#rejects")


@pytest.mark.parametrize(
    "tried",
    [
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = true'}))",
        "document.body.insertAdjacentHTML('beforeend', '<p onclick=\"window.ran = true\" id=tried>'); document.querySelector('#tried').click()",
        "document.body.append(Object.assign(document.createElement('img'), {src: 'https://example.org/x.png'}))",
        "fetch('https://example.org/').then(() => { window.ran = true }, () => {})",
    ],
)
def test_the_policy_stops_what_the_page_does_not_do_itself(sample: Browser, tried: str) -> None:
    sample.run(f"(async () => {{ await ({tried.replace('; ', ', ')}); }})()")
    assert sample.run("window.ran") is None
    assert any("Content Security Policy" in message for message in sample.heard()["console"])


def test_a_huge_report_says_what_had_no_room(chromium: Browser, pages: Pages) -> None:
    chromium.open(pages.file("huge"), "#service=service-0000")
    assert any(text.endswith("evidence items omitted: size limit") for text in chromium.texts("#notices a"))
    assert "To stay below 2 MB, this page leaves out" in chromium.text("#gaps")
    chromium.call("page.click", "[data-measure=change_lead_time] .actions button")
    oldest = chromium.run("[...document.querySelectorAll('#evidence-period option')].at(-1).value")
    chromium.call("page.selectOption", "#evidence-period", oldest)
    assert "9 of the items of this number are not on this page: it would be too large." in chromium.text("dialog")


def test_an_empty_report_says_what_to_do_next(chromium: Browser, pages: Pages) -> None:
    chromium.open(pages.file("empty"))
    text = chromium.text("main")
    assert "There are no records yet in octo-org/telemetry-data." in text
    assert [
        command for command in ("telemetry doctor", "telemetry backfill", "make demo") if command in text
    ] == chromium.texts("#empty code")
    assert chromium.texts("#dora-cards article") == []


def test_on_paper_the_controls_are_gone_and_the_numbers_stay(sample: Browser) -> None:
    sample.call("page.emulateMedia", {"media": "print", "colorScheme": "dark"})
    assert sample.run(
        "[...document.querySelectorAll('.filters, #theme, .actions, dialog')].every(each => !each.checkVisibility())"
    )
    assert shown(sample) == expected("2026-W47")
    assert sample.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


TIMES = (951_782_400_000, 1_792_888_200_000, 10**18)


@pytest.mark.parametrize(
    ("language", "zone", "texts"),
    [
        ("en-GB", "UTC", ["29 Feb 2000, 00:00 UTC", "25 Oct 2026, 00:30 UTC"]),
        ("en-US", "Asia/Kathmandu", ["Feb 29, 2000, 05:45 AM Asia/Kathmandu", "Oct 25, 2026, 06:15 AM Asia/Kathmandu"]),
        ("de-DE", "America/Los_Angeles", ["28. Feb. 2000, 16:00 America/Los_Angeles", "24. Okt. 2026, 17:30 America/Los_Angeles"]),
        ("en-GB", "Mars/Olympus", ["29 Feb 2000, 00:00 UTC", "25 Oct 2026, 00:30 UTC"]),
    ],
)  # fmt: skip
def test_a_time_is_in_the_readers_language_with_its_zone(
    chromium: Browser, pages: Pages, language: str, zone: str, texts: list[str]
) -> None:
    chromium.open(pages.file("sample"), locale=language)
    script = f"const data = {json.dumps({'time_zone': zone})}; {(SCRIPTS / 'formatting.js').read_text()}"
    result = chromium.run(f"(() => {{ {script}; return {json.dumps(TIMES)}.map(format.timestamp) }})()")
    assert [" ".join(text.split()) for text in result] == [*texts, "1000000000000000000 ms"]


def test_periods_have_the_days_of_the_zone_wherever_the_browser_is(chromium: Browser, pages: Pages) -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    weeks = tuple(named(f"2026-W{week}", zone) for week in (46, 47, 48))
    numbers = tuple(
        Number("deployment_frequency", "shop", "", "production", "week", week.name, 1.0, 7, 7) for week in weeks
    )
    report = sample_report.report()._replace(periods=weeks, numbers=numbers, time_zone="Asia/Kathmandu")
    path = pages.folder / "kathmandu.html"
    path.write_text(page(report, ()), "utf-8")
    chromium.open(path, "#service=shop", timezoneId="America/Los_Angeles")
    assert f"W47, {DAYS_OF_W47}" in chromium.text("[data-measure=deployment_frequency] .actions")
    assert "generated 26 Nov 2026, 20:45 Asia/Kathmandu" in chromium.text("#source")


def test_a_trend_has_a_word_and_a_colour_only_outside_the_usual_range(sample: Browser) -> None:
    found = trends(sample_report.report())
    texts = sample.run(
        "[...document.querySelectorAll('#dora-cards [data-measure]')].map(card => [card.dataset.measure, "
        "card.querySelector('.trend').textContent, card.querySelector('.trend .better, .trend .worse')?.textContent])"
    )
    in_words = {
        measure.name: formatting.trend(measure, found[Series(measure.name, "checkout", "", "production", "week")])
        for measure in FIVE
    }
    assert {name: text for name, text, _ in texts} == in_words
    coloured = {name: word for name, _, word in texts}
    assert coloured["change_lead_time"] is None
    assert coloured["deployment_rework_rate"] == "worse"


def test_the_current_period_is_marked_if_it_alone_has_items(chromium: Browser, pages: Pages) -> None:
    report = sample_report.report()
    current = tuple(entry for entry in report.numbers if entry.period in ("2026-W48", "2026-11", "2026-Q4"))
    path = pages.folder / "young.html"
    path.write_text(page(report._replace(numbers=current), ()), "utf-8")
    chromium.open(path, "#service=checkout")
    assert shown(chromium) == expected("2026-W48")
    card = chromium.text("[data-measure=change_lead_time]")
    assert "median of W48 (so far)" in card
    assert "not over yet" in card


def test_incidents_and_unknown_items_are_shown(chromium: Browser, pages: Pages) -> None:
    counts = (IncidentCount("checkout", "week", "2026-W47", 2, 0),)
    found = (UnknownItems("change_fail_rate", "checkout", HOSTILE, 4),)
    report = sample_report.report()._replace(incident_counts=counts, unknown=found, old_records={"review": 7})
    path = pages.folder / "counts.html"
    path.write_text(page(report, ()), "utf-8")
    chromium.open(path, WEEKS)
    assert chromium.text("[data-measure=change_fail_rate] .coverage").endswith(
        "known; + 2 incidents that name no service"
    )
    assert "incidents" not in chromium.text("[data-measure=deployment_rework_rate] .coverage")
    [reasons, old] = chromium.texts("#unknown li")
    assert reasons.startswith("Change fail rate: 4 items are unknown (4: </script>")
    assert "telemetry backfill fetches the fields that GitHub still has" in old
    assert chromium.run("window.ran") is None
    choose(chromium, "service", "search")
    assert "incidents" not in chromium.text("[data-measure=change_fail_rate] .coverage")


def test_inferred_values_are_counted_beside_the_known_ones(chromium: Browser, pages: Pages) -> None:
    report = sample_report.report()
    numbers = tuple(
        entry._replace(known=entry.known - 1, inferred=1) if entry.known else entry for entry in report.numbers
    )
    items = [item._replace(certainty="inferred") for item in sample_report.evidence()]
    path = pages.folder / "inferred.html"
    path.write_text(page(report._replace(numbers=numbers), items), "utf-8")
    chromium.open(path, f"{WEEKS}&evidence=change_lead_time&period=2026-W47")
    assert "24 + 1 of 29 known + inferred" in chromium.text("#evidence")
    values = chromium.texts("dialog tbody td.number")
    assert {value.endswith(", inferred") for value in values if value != "unknown"} == {True}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_picture_in_the_documents_is_this_page(
    chromium: Browser, pages: Pages, scheme: str, tmp_path: Path
) -> None:
    """Taken anew by `SCREENSHOTS=1`; pixels differ between machines, so only what it is of is compared."""
    name = "dashboard.png" if scheme == "light" else "dashboard-dark.png"
    chromium.open(pages.file("sample"), WEEKS, colorScheme=scheme, viewport={"width": 1200, "height": 1270})
    taken = IMAGES / name if os.environ.get("SCREENSHOTS") else tmp_path / name
    taken.parent.mkdir(exist_ok=True)
    chromium.call("page.screenshot", {"path": str(taken)})
    committed = (IMAGES / name).read_bytes()
    assert size(committed) == size(taken.read_bytes()) == (1200, 1270)
    assert len(committed) < 300_000


def size(png: bytes) -> tuple[int, ...]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", png[16:24])
