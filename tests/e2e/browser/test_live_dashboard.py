"""`GET /` of the local server in headless Chromium: with its headers, the page works as it does from disk."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from cli.publishing import session
from core.log import Log
from runtimes.local import server, status_page
from runtimes.local.health import Health
from runtimes.local.live_dashboard import LiveDashboard
from tests import demo_records
from tests.browser import Browser
from tests.builders import settings
from tests.contract.runtime.harnesses import stop
from tests.e2e.server import wait_for
from tests.environment import PATIENCE

pytestmark = pytest.mark.npm


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A server whose folder is empty."""
    config = settings(store_directory=str(tmp_path / "sample"), host="127.0.0.1", port=0)
    dashboard = LiveDashboard(session.dashboard_builder(config, tmp_path / "live.duckdb"), Log("error"))
    listening = server.listen(server.App(Health(), dashboard.look), config)
    thread = threading.Thread(target=listening.run)
    thread.start()
    yield f"http://127.0.0.1:{listening.effective_port}/"
    listening.trigger.pull_trigger(partial(stop, listening))
    thread.join(PATIENCE)
    dashboard.close()


def test_the_page_becomes_the_dashboard_without_policy_violations(chromium: Browser, url: str, tmp_path: Path) -> None:
    chromium.call("open", {})
    chromium.call("page.goto", url)
    assert "There are no records yet." in chromium.text("main")

    demo_records.store(tmp_path / "sample", weeks=2, end=demo_records.recently())

    wait_for(lambda: chromium.call("page.title") == "How we deliver", "the page to be the dashboard")
    chromium.call("page.reload")
    chromium.wait_for_data()
    assert len(chromium.texts("#overview-rows tr")) > 1
    heard = chromium.heard()
    assert (heard["console"], heard["errors"], set(heard["requests"])) == ([], [], {url})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_before_the_dashboard_is_accessible(chromium: Browser, tmp_path: Path, scheme: str) -> None:
    page = tmp_path / "status.html"
    page.write_bytes(status_page.status(status_page.NOTHING, Health().counts())[1])
    chromium.open(page, colorScheme=scheme)
    assert "There are no records yet." in chromium.text("main")
    assert chromium.axe()["violations"] == []
