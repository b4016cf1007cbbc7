"""Measure the dashboard: how long its pages take to be made, and to open and to filter in Chromium.

The promises apply to any amount of records: `MERGE_RECORDS=1000000 make bench BENCH=dashboard`; by default 100,000. An
empty page of the same browser is opened beside it, for comparison.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.merge import RECORDS
from benchmarks.records import write
from benchmarks.results import Result

_OPENED = "performance.getEntriesByName('rendered')[0]?.startTime ?? performance.timing.domComplete - performance.timing.navigationStart"
_FILTERS = {
    "search": "#overview-search",
    "period": "#filter-kind",
}
_CHANGE = """
(async ([selector, values]) => {
  const times = [];
  for (const value of values) {
    const control = document.querySelector(selector), start = performance.now();
    control.value = value;
    control.dispatchEvent(new Event(control.tagName === "INPUT" ? "input" : "change", { bubbles: true }));
    document.body.offsetHeight;
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return times;
})(%s)
"""
_VALUES = {"search": ["a", "al", "", "x", ""], "period": ["month", "quarter", "week", "month", "week"]}
_TIMES = 5


def run() -> list[Result]:
    """Make the pages of a temporary folder, and open them."""
    with tempfile.TemporaryDirectory(prefix="telemetry-dashboard-") as workspace:
        folder, pages = Path(workspace, "records"), Path(workspace, "pages")
        write(folder, RECORDS)
        made = _made(folder, Path(workspace, "telemetry.duckdb"), pages)
        empty = pages / "empty.html"
        empty.write_text("<!doctype html><title>empty</title>")
        profile = Path(workspace, "profile")
        profile.mkdir()
        browser = import_module("tests.browser").Browser(profile)  # by name: its checks of types are those of the tests
        browser.start()
        try:
            opened = {path.name: _opened(browser, path) for path in (empty, pages / "dashboard.html")}
            filtered = {name: _filtered(browser, selector, _VALUES[name]) for name, selector in _FILTERS.items()}
            largest = max(pages.rglob("*.html"), key=lambda path: path.stat().st_size)
            service = _opened(browser, largest)
        finally:
            browser.stop()
    return [
        Result(f"pages of {RECORDS:,} records", made["pages"], ""),
        Result("the largest page", made["largest"] / 1e6, "MB", 2.0),
        Result("all pages", made["bytes"] / 1e6, "MB"),
        Result("making them from a report, CPU", made["cpu"], "s"),
        Result("memory that this adds to the peak of the report", made["added"] / 1e9, "GB"),
        Result("the main page opens, until everything is rendered", opened["dashboard.html"], "ms", 1_000.0),
        Result("an empty page opens", opened["empty.html"], "ms"),
        Result("the largest page opens", service, "ms", 1_000.0),
        *(Result(f"a change of the {name} is shown", value, "ms", 100.0) for name, value in filtered.items()),
    ]


def _made(folder: Path, database: Path, pages: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.dashboard_once", str(folder), str(database), str(pages)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 (our own)
    made: dict[str, Any] = json.loads(output)
    return made


def _opened(browser: Any, path: Path) -> float:
    """Return the median of the milliseconds until the page is rendered."""
    times = []
    for _ in range(_TIMES):
        browser.open(path)
        times.append(float(browser.run(_OPENED)))
    return statistics.median(times)


def _filtered(browser: Any, selector: str, values: list[str]) -> float:
    times: list[float] = browser.run(_CHANGE % json.dumps([selector, values]))
    return statistics.median(times)
