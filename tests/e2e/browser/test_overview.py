"""The overview of all services in Chromium: the table, the way to a service and back, odd names, and what is printed."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser
from tests.unit.warehouse import sample_report
from warehouse.dashboard import page
from warehouse.dashboard.overview_data import overview
from warehouse.report import formatting
from warehouse.report.left_out_model import LeftOut
from warehouse.report.model import Environment, Evidence, Number, Report, Repository
from warehouse.report.settings_model import Annotation, RecordCount, Target
from warehouse.report.trends import Series, trends

pytestmark = pytest.mark.npm

IMAGES = Path(__file__).parents[3] / "docs" / "images"
WEEKS = "#kind=week"
ROWS = "#overview-rows tr"
NAMES = {
    "long": "a-service-with-a-name-that-does-not-end-" * 15,
    "unbroken": "x" * 600,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪" * 40,
    "right to left": "خدمة الدفع (v2) שירות",
}
WIDTHS = (390, 768, 1280)


def with_names() -> Report:
    """Return the sample with services and teams of odd names."""
    first = sample_report.REPOSITORIES[0]
    repositories = tuple(
        first._replace(key=str(index), name=f"octo-org/{index}", service=name, team=NAMES["unbroken"][:100])
        for index, name in enumerate(NAMES.values())
    )
    checkout = [number for number in sample_report.report().numbers if number.service == "checkout"]
    numbers = tuple(number._replace(service=name, repository="") for name in NAMES.values() for number in checkout)
    notes = (Annotation("", "2026-11-16", sample_report.periods()[20].starts_at, NAMES["long"]),)
    return sample_report.report()._replace(
        repositories=repositories, numbers=tuple(dict.fromkeys(numbers)), annotations=notes
    )


def with_large_counts() -> Report:
    """Return the sample with the counts of an organisation of thousands."""
    numbers = sample_report.report().numbers
    return sample_report.report()._replace(
        numbers=tuple(
            of._replace(known=of.known * 4_000, inferred=of.items * 1_000, items=of.items * 9_000) for of in numbers
        )
    )


def with_many_services() -> Report:
    """Return the sample's service search 80 times, with a target that none meets."""
    numbers = [number for number in sample_report.report().numbers if number.service == "search"]
    names = [f"service-{index:02}" for index in range(80)]
    return sample_report.report()._replace(
        repositories=tuple(
            sample_report.REPOSITORIES[2]._replace(key=name, name=f"octo-org/{name}", service=name) for name in names
        ),
        numbers=tuple(number._replace(service=name) for name in names for number in numbers),
        targets=(Target("", "change_lead_time", 60_000, "1 min"),),
    )


def with_settings() -> tuple[Report, tuple[Evidence, ...]]:
    """Return the sample with a target, notes, links, and a service without records."""
    report = sample_report.report()
    new = Repository("github.com", "2000", "octo-org/new", "new", "Payments", "statuses")
    linked = tuple(
        item._replace(host="github.com", deployments="statuses", run="7", sha="a" * 40)
        for item in sample_report.evidence()
    )
    return report._replace(
        repositories=(*report.repositories, new),
        record_counts=(RecordCount("octo-org/new", "review", 1),),
        left_out=(LeftOut("checkout", "octo-org/checkout-api", "quarter", "2026-Q3", 7, 0),),
        environments=(
            Environment("octo-org/checkout-api", "production", True, "name"),
            Environment("octo-org/search", "staging", False, "name"),
        ),
        targets=(Target("", "change_lead_time", 86_400_000, "1 d"), Target("search", "change_fail_rate", 0.05, "5 %")),
        annotations=(Annotation("checkout", "2026-09-14", report.periods[15].starts_at, "new pipeline"),),
    ), linked


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("overview")
    one = [number for number in sample_report.report().numbers if number.service == "search"]
    alone = sample_report.report()._replace(numbers=tuple(one), repositories=sample_report.REPOSITORIES[2:3])
    texts = {
        "sample": page(sample_report.report(), sample_report.evidence()),
        "names": page(with_names(), ()),
        "large": page(with_large_counts(), ()),
        "many": page(with_many_services(), ()),
        "settings": page(*with_settings()),
        "alone": page(alone, ()),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.fixture
def sample(chromium: Browser, files: dict[str, Path]) -> Iterator[Browser]:
    chromium.open(files["sample"], WEEKS)
    yield chromium
    assert chromium.heard()["errors"] == []


def latest(measure: str, service: str) -> Number:
    key = (measure, service, "", "production", "week", "2026-W47")
    return next(number for number in sample_report.report().numbers if number[:6] == key)


def names_shown(browser: Browser) -> list[str]:
    return browser.texts(f"{ROWS} a")


def test_each_service_has_number_trend_and_coverage_of_each_measure(sample: Browser) -> None:
    fields = overview(sample_report.report())["overview"]
    found = trends(sample_report.report())
    measures = sample_report.MEASURES[:5]
    for service in ("checkout", "platform", "search"):
        cells = sample.run(
            f"[...document.querySelectorAll('[data-service={service}] td')]"
            ".map(cell => [cell.querySelector('.figure')?.innerText ?? '', cell.title, cell.querySelector('small')?.innerText ?? ''])"
        )
        for index, (measure, (text, title, words)) in enumerate(zip(measures, cells, strict=True)):
            number = latest(measure.name, service)
            if number.items or number.value is not None:
                assert text.strip() == fields["texts"]["week"][service][index]
                assert title == formatting.trend(
                    measure, found[Series(measure.name, service, "", "production", "week")]
                )
                assert words.endswith(formatting.coverage(number).replace(" known", ""))
    assert sample.texts(".overview thead th")[1:3] == ["Change lead time h", "Deployment frequency a day"]


def test_all_services_together_have_sums_and_no_blend_of_medians(sample: Browser) -> None:
    [total] = overview(sample_report.report())["overview"]["totals"]
    assert sample.texts(".totals tr th") == ["All services 3 services"]
    texts = sample.run(
        "[...document.querySelectorAll('.totals td')].map(cell => cell.querySelector('.figure')?.innerText ?? cell.title)"
    )
    cells = total["kinds"]["week"][:5]
    assert [text.strip() for text in texts] == [
        cell[0] if cell else why for cell, why in zip(cells, total["why"], strict=False)
    ]


def test_a_column_sorts_by_its_numbers_with_what_has_none_last(sample: Browser) -> None:
    header = "[...document.querySelectorAll('[aria-sort]')].map(cell => [cell.innerText.split('\\n')[0].trim(), cell.getAttribute('aria-sort')])"
    assert [order for _, order in sample.run(header)] == ["ascending"]
    sample.call("page.click", "[data-sort=change_lead_time]")
    assert names_shown(sample) == ["checkout", "platform", "search"]
    assert sample.run("document.activeElement.dataset.sort") == "change_lead_time"
    sample.press("Enter")
    assert names_shown(sample) == ["platform", "checkout", "search"]
    [(name, order)] = sample.run(header)
    assert (name.startswith("Change lead time"), order) == (True, "descending")
    assert "sort=-change_lead_time" in str(sample.run("location.hash"))


def test_a_search_is_counted_announced_and_part_of_the_link(sample: Browser) -> None:
    sample.call("page.fill", "#overview-search", "PAY")
    assert names_shown(sample) == ["checkout"]
    assert sample.text("#overview-count") == "1 of 3 services"
    assert "1 of 3 services" in sample.run("document.querySelector('[aria-live]').textContent")
    assert "search=PAY" in str(sample.run("location.hash"))
    sample.call("page.fill", "#overview-search", "nothing like it")
    assert sample.texts(ROWS) == ["No service fits the search."]
    sample.call("page.fill", "#overview-search", "octo-org/identity")
    assert names_shown(sample) == ["platform"]


def test_the_other_measures_are_one_choice_away(sample: Browser) -> None:
    sample.call("page.click", "[data-group=delivery]")
    assert len(sample.texts(".overview thead th")) == 1 + len(sample_report.MEASURES) - 5
    assert "measures=delivery" in str(sample.run("location.hash"))


def test_a_service_opens_its_page_and_back_comes_back(sample: Browser) -> None:
    sample.call("page.click", "[data-sort=change_fail_rate]")
    before = sample.run("location.hash")
    sample.call("page.click", "[data-service=platform] a")
    assert sample.text("#service-title") == "platform"
    assert sample.run("document.activeElement.id") == "service-title"
    assert not sample.run("document.querySelector('#overview').checkVisibility()")
    assert sample.run("scrollY") == 0
    sample.run("history.back()")
    sample.wait_until("document.querySelector('#overview').checkVisibility()")
    assert sample.run("location.hash") == before
    assert sample.run("document.activeElement.textContent") == "platform"
    sample.run("history.forward()")
    sample.wait_until("document.querySelector('#dora').checkVisibility()")
    assert sample.text("#service-title") == "platform"
    sample.call("page.click", "#back a")
    assert names_shown(sample) == ["checkout", "platform", "search"]


def test_back_leads_to_a_row_far_below(chromium: Browser, files: dict[str, Path]) -> None:
    chromium.open(files["many"], WEEKS)
    chromium.wait_until(f"document.querySelectorAll('{ROWS}').length === 80")
    chromium.call("page.click", "[data-service=service-79] a")
    chromium.run("history.back()")
    chromium.wait_until("document.querySelector('#overview').checkVisibility()")
    assert chromium.run("document.activeElement.textContent") == "service-79"


def test_a_filter_is_no_step_of_the_history(sample: Browser) -> None:
    steps = sample.run("history.length")
    sample.call("page.fill", "#overview-search", "c")
    sample.call("page.selectOption", "#filter-kind", "month")
    assert sample.run("history.length") == steps


def test_from_the_overview_to_the_record_by_keyboard_alone(chromium: Browser, files: dict[str, Path]) -> None:
    chromium.open(files["settings"], WEEKS)
    tab_to(chromium, "document.activeElement.closest('[data-service=checkout]')")
    chromium.press("Enter")
    assert chromium.text("#service-title") == "checkout"
    tab_to(chromium, "document.activeElement.dataset.evidence === 'change_lead_time'")
    chromium.press("Enter")
    assert chromium.run("document.querySelector('dialog').open")
    tab_to(
        chromium,
        "document.activeElement.closest('dialog td')?.contains(document.activeElement) && document.activeElement.href",
    )
    assert str(chromium.run("document.activeElement.href")).startswith("https://github.com/octo-org/")
    chromium.press("Escape")
    chromium.wait_until("!location.hash.includes('evidence')")
    chromium.run("history.back()")
    chromium.wait_until("document.querySelector('#overview').checkVisibility()")


def tab_to(browser: Browser, condition: str) -> None:
    for _ in range(60):
        browser.press("Tab")
        if browser.run(f"Boolean({condition})"):
            return
    raise AssertionError(condition)


def test_a_link_to_the_view_is_copied(chromium: Browser, files: dict[str, Path]) -> None:
    chromium.open(files["sample"], WEEKS, permissions=["clipboard-read", "clipboard-write"])
    chromium.call("page.click", "#copy-link")
    chromium.wait_until("document.querySelector('#copy-link').textContent === 'Link copied'")
    assert chromium.run("navigator.clipboard.readText()") == chromium.run("location.href")


def test_where_copying_is_not_allowed_the_link_is_shown_to_copy(sample: Browser) -> None:
    sample.run("void (navigator.clipboard.writeText = () => Promise.reject(new Error('no')))")
    sample.call("page.click", "#copy-link")
    sample.call("page.waitForSelector", ".link-field")
    assert sample.run("getSelection().toString()") == sample.run("location.href")


def test_one_service_alone_is_shown_at_once(chromium: Browser, files: dict[str, Path]) -> None:
    chromium.open(files["alone"])
    assert chromium.text("#service-title") == "search"
    assert not chromium.run("document.querySelector('#overview').checkVisibility()")
    assert chromium.text("#back") == ""


def test_a_service_without_records_says_why_and_what_to_do(chromium: Browser, files: dict[str, Path]) -> None:
    chromium.open(files["settings"], f"{WEEKS}&service=new")
    text = chromium.text("#reasons")
    assert text.startswith("Why is this empty? deployments No record of a deployment.")
    assert "deployment_status" in chromium.texts("#reasons code")
    chromium.open(files["settings"], WEEKS)
    assert "new" in names_shown(chromium)


def test_what_is_in_no_number_is_said_of_the_service(chromium: Browser, files: dict[str, Path]) -> None:
    chromium.open(files["settings"], f"{WEEKS}&service=checkout")
    assert chromium.texts("#not-counted h3") == [
        "Deployments in no number, and others that may deploy nothing",
        "Environments",
    ]
    assert chromium.texts("#not-counted li") == [
        "checkout, 2026-Q3: left out 7 deployments by exclude of services.toml.",
        "Production, by name: production",
    ]
    chromium.run("document.querySelector('#back a').click()")
    assert "Not production, by name: staging" in chromium.texts("#not-counted li")


def test_targets_and_notes_stand_beside_what_they_concern(chromium: Browser, files: dict[str, Path]) -> None:
    chromium.open(files["settings"], f"{WEEKS}&service=checkout")
    number = latest("change_lead_time", "checkout")
    assert (
        chromium.text("[data-measure=change_lead_time] .target") == f"target 1 d: met by {formatting.coverage(number)}"
    )
    assert chromium.texts("[data-measure=change_fail_rate] .target") == []
    assert chromium.text("#notes") == "Notes 14 Sept 2026 new pipeline"
    chromium.open(files["settings"], "#kind=month&service=search")
    assert chromium.text("[data-measure=change_fail_rate] .target") == "target 5 %: not met"
    assert chromium.text("#notes") == ""


@pytest.mark.parametrize("kind", ["week", "quarter"])
@pytest.mark.parametrize("group", ["dora", "delivery"])
def test_all_columns_fit_at_1280(chromium: Browser, files: dict[str, Path], group: str, kind: str) -> None:
    chromium.open(files["large"], f"#kind={kind}&measures={group}")
    assert "000 of " in chromium.text(ROWS)
    assert (
        chromium.run(
            "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.overview-scroll'))"
        )
        == 0
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_no_name_makes_the_page_wider(chromium: Browser, files: dict[str, Path], width: int) -> None:
    chromium.open(files["names"], WEEKS, viewport={"width": width, "height": 900})
    assert chromium.run("document.documentElement.scrollWidth") == width
    for index in range(len(NAMES)):
        chromium.run(f"document.querySelectorAll('{ROWS} a')[{index}].click()")
        assert chromium.run("document.documentElement.scrollWidth") == width
        assert chromium.run("document.querySelector('#service').getBoundingClientRect().height < 700")
        chromium.run("history.back()")
        chromium.wait_until("document.querySelector('#overview').checkVisibility()")
    heights = chromium.run(f"[...document.querySelectorAll('{ROWS}')].map(row => row.getBoundingClientRect().height)")
    assert max(heights) < 200
    assert chromium.heard()["errors"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "fragment"), [("names", WEEKS), ("settings", f"{WEEKS}&service=new")])
def test_axe_finds_nothing(chromium: Browser, files: dict[str, Path], name: str, fragment: str, scheme: str) -> None:
    chromium.open(files[name], fragment, colorScheme=scheme)
    results: dict[str, Any] = chromium.axe()
    found = [(violation["id"], [node["html"] for node in violation["nodes"]]) for violation in results["violations"]]
    assert found == []


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("fragment", [WEEKS, f"{WEEKS}&service=checkout"])
def test_the_overview_and_a_service_print_on_one_page(
    chromium: Browser, files: dict[str, Path], tmp_path: Path, fragment: str, paper: str
) -> None:
    chromium.open(files["settings"], fragment, colorScheme="dark")
    path = tmp_path / "page.pdf"
    chromium.call("page.pdf", {"path": str(path), "format": paper})
    assert len(re.findall(rb"/Type\s*/Page\b", path.read_bytes())) == 1


def test_many_services_print_as_totals_and_what_needs_attention(
    chromium: Browser, files: dict[str, Path], tmp_path: Path
) -> None:
    chromium.open(files["many"], "#kind=month")
    path = tmp_path / "page.pdf"
    chromium.call("page.pdf", {"path": str(path), "format": "Letter"})
    assert len(re.findall(rb"/Type\s*/Page\b", path.read_bytes())) == 1
    found = trends(with_many_services())
    worse = [
        series
        for series, trend in found.items()
        for measure in sample_report.MEASURES[:5]
        if not series.repository
        and (series.measure, series.kind) == (measure.name, "month")
        and formatting.trend(measure, trend).startswith("worse: ")
    ]
    text = chromium.run("document.querySelector('#attention').textContent")
    assert f"Worse than usual: {len(worse)}." in text
    assert "Targets missed: 80 of 80." in text
    assert "The list of 80 services is not printed" in text
    rows = chromium.run("[...document.querySelectorAll('#attention tbody tr')].map(row => row.textContent)")
    assert len(rows) == 28, "and two rows of totals"
    assert f"{80 + len(worse) - 28} more are not printed." in text
    assert all("target 1 min: not met" in row for row in rows)
    chromium.run("document.querySelector('[data-group=delivery]').click()")
    chromium.run("dispatchEvent(new Event('beforeprint'))")
    left_out = chromium.run("[...document.querySelectorAll('thead .unprinted')].map(cell => cell.cellIndex)")
    texts = chromium.run(
        "[...document.querySelectorAll('.totals tr')].map(row => [...row.cells].map(cell => cell.textContent))"
    )
    assert left_out, "a column without numbers"
    assert all(row[column].startswith("\N{EN DASH}") for row in texts for column in left_out)


def test_the_picture_of_the_overview_is_this_page(chromium: Browser, files: dict[str, Path], tmp_path: Path) -> None:
    """Taken by `SCREENSHOTS=1`; pixels differ between machines, so only the size is compared."""
    chromium.open(files["sample"], WEEKS, viewport={"width": 1200, "height": 820})
    committed = IMAGES / "overview.png"
    taken = committed if os.environ.get("SCREENSHOTS") else tmp_path / "overview.png"
    chromium.call("page.screenshot", {"path": str(taken)})
    assert committed.read_bytes()[16:24] == taken.read_bytes()[16:24]
    assert len(committed.read_bytes()) < 200_000
