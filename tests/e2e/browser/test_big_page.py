"""The dashboard of an organisation that is too large for one page: the main page, and those of the services."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.unit.warehouse.huge_report import huge, huge_evidence
from tests.unit.warehouse.sample_report import MEASURES, periods
from warehouse.dashboard import folder_of, pages
from warehouse.dashboard.page import LIMIT
from warehouse.report.model import Evidence

pytestmark = pytest.mark.npm

SERVICES = 12
BROWSERS = "This browser cannot read the page"
QUARTER = [period for period in periods() if period.kind == "quarter"][-2].name
VIEW = f"service=service-0001&kind=quarter&evidence=change_lead_time&period={QUARTER}"


def evidence() -> Iterator[Evidence]:
    """Evidence of all services over eight months."""
    for index, item in enumerate(huge_evidence(60_000)):
        service = f"service-{index // len(MEASURES) % SERVICES:04}"
        at = (item.at or 0) - index * 260_000
        yield item._replace(service=service, repository=f"octo-org/{service}-0", at=at)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of an organisation; a small limit makes as many pages as a large organisation has."""
    folder = tmp_path_factory.mktemp("organisation")
    report = huge(SERVICES, 2)
    report = report._replace(numbers=tuple(number._replace(items=5_000) for number in report.numbers))
    for name, html in pages(report, evidence(), "dash board.html", 240_000):
        assert len(html.encode()) < 240_000 < LIMIT
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(html, "utf-8")
    return folder


@pytest.fixture
def main(chromium: Browser, folder: Path) -> Browser:
    chromium.open(folder / "dash board.html", f"#{VIEW}")
    return chromium


def test_each_service_is_on_a_page_that_the_main_page_links(folder: Path) -> None:
    assert len(list((folder / folder_of("dash board.html")).iterdir())) >= SERVICES


def test_records_that_are_elsewhere_are_counted_with_a_link_to_them(main: Browser) -> None:
    before = main.text(".number-summary")
    notice = main.text("dialog .notice")
    assert "of the items of this number are not on this page, but on the page with them" in notice
    follow(main, "dialog .notice a", "service-0001-*.html")
    assert main.text(".number-summary") == before, "the same view"
    assert main.texts("dialog tbody tr")
    assert main.heard()["errors"] == []
    assert {str(request).partition(":")[0] for request in main.heard()["requests"]} == {"file"}


def follow(browser: Browser, link: str, page: str) -> None:
    """Click a link, and wait until the page that it leads to has read its data."""
    browser.call("page.click", link, {"timeout": 60_000})
    browser.call("page.waitForURL", f"**/{page}*", {"timeout": 60_000})
    browser.wait_for_data()


def test_the_page_of_a_service_leads_back_to_all(main: Browser) -> None:
    main.press("Escape")
    cards = "#dora-cards .value"
    before = main.texts(cards)
    follow(main, "#omitted a", "service-0001-*.html")
    assert main.call("page.title") == "service-0001: How we deliver"
    assert main.texts(cards) == before
    assert len(before) == 5
    assert main.texts("#filter-service option") == ["service-0001"]
    assert main.texts("#filter-repository option")[0] == "all 2 of the service"
    follow(main, "#back a", "dash%20board.html")
    assert len(main.texts("#overview-rows tr")) == SERVICES


@pytest.mark.parametrize(
    "damage",
    [
        "delete globalThis.DecompressionStream",
        "globalThis.DecompressionStream = class { constructor() { throw new TypeError(); } }",
    ],
)
def test_a_browser_that_cannot_read_the_page_is_named(chromium: Browser, folder: Path, damage: str) -> None:
    chromium.call("open", {})
    chromium.call("page.addInitScript", damage)
    chromium.call("page.goto", (folder / "dash board.html").as_uri())
    chromium.call("page.waitForSelector", "html[data-ready]", {"state": "attached"})
    assert BROWSERS in chromium.text("#notices")
    assert "telemetry report" in chromium.text("#notices")
    assert chromium.heard()["errors"] == []


def test_a_damaged_file_says_so(chromium: Browser, folder: Path, tmp_path: Path) -> None:
    html = (folder / "dash board.html").read_text("utf-8")
    at = html.index('id="data">') + 10
    for name, damaged in (
        ("cut.html", html[: at + 400] + html[html.index("</script>", at) :]),
        ("odd.html", html[:at] + "*" + html[at:]),
    ):
        (tmp_path / name).write_text(damaged, "utf-8")
        chromium.open(tmp_path / name)
        assert "the file is damaged" in chromium.text("#notices")
