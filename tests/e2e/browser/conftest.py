from collections.abc import Iterator

import pytest

from tests.browser import Browser
from tests.unit.warehouse import sample_report
from warehouse.dashboard import page


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium."""
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    try:
        browser.start()
        yield browser
    finally:
        browser.stop()


@pytest.fixture(scope="module")
def charts(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The browser with the sample's page, for tests of the functions that draw."""
    path = tmp_path_factory.mktemp("charts") / "sample.html"
    path.write_text(page(sample_report.report(), sample_report.evidence()), "utf-8")
    chromium.open(path, "#service=checkout&kind=week")
    yield chromium
    assert chromium.heard()["errors"] == []
