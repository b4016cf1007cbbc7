"""Measure the dashboard: how long its pages take to be made, and to open and to filter in Chromium.

The promises apply to any amount of records (`benchmarks/prepared.py`). On a machine that others use too, a promised time is the median
of the quietest stretch. Beside it stand the median of all runs, the CPU time of the page's main thread, and an empty page of the same browser.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.prepared import SIZES, Prepared, prepared
from benchmarks.results import Result
from benchmarks.timing import quietest

_OPENED = "performance.getEntriesByName('rendered')[0]?.startTime ?? performance.timing.domComplete - performance.timing.navigationStart"
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
_SEARCH = ("#overview-search", ["a", "al", "", "x", ""])
_PERIOD = ("#filter-kind", ["month", "quarter", "week"])
_ROUNDS = 4
_OPENINGS = 9  # stretches of three: `quietest`
_OPENS, _FILTERS = 1_000.0, 100.0
"""The promises in ms."""


class _Measured(NamedTuple):
    """What several runs took."""

    times: list[float]
    """The milliseconds of each run."""
    work: float
    """The CPU time of the page's main thread for one run, in ms."""


def run() -> list[Result]:
    """Make the pages of each size, and open them."""
    with tempfile.TemporaryDirectory(prefix="telemetry-dashboard-") as profile:
        empty = Path(profile, "empty.html")
        empty.write_text("<!doctype html><title>empty</title>")
        browser = import_module("tests.browser").Browser(Path(profile))  # by name: its types are checked with the tests
        browser.start()
        try:
            results = [*_times("an empty page opens", _openings(browser, empty), None)]
            for size in SIZES:
                with prepared(size) as inputs:
                    results += _of_size(browser, f"{size:,} records", inputs)
        finally:
            browser.stop()
    return results


def _of_size(browser: Any, size: str, inputs: Prepared) -> Iterator[Result]:
    """Yield what is measured of the pages of one size."""
    pages = inputs.workspace / "pages"
    made = _made(inputs, pages)
    main = pages / "dashboard.html"
    service = max((pages / "dashboard").glob("*.html"), key=lambda page: page.stat().st_size, default=main)
    yield Result(f"{size}: pages", made["pages"], "")
    yield Result(f"{size}: the largest page", made["largest"] / 1e6, "MB", 2.0)
    yield Result(f"{size}: all pages", made["bytes"] / 1e6, "MB")
    yield Result(f"{size}: making them from a report, CPU", made["cpu"], "s")
    yield Result(f"{size}: memory that this adds to the peak of the report", made["added"] / 1e9, "GB")
    yield from _times(f"{size}: the main page opens", _openings(browser, main), _OPENS)
    yield from _times(f"{size}: a search in it", _changes(browser, *_SEARCH), _FILTERS)
    yield from _times(f"{size}: a change of its period", _changes(browser, *_PERIOD), _FILTERS)
    yield from _times(f"{size}: the largest page of a service opens", _openings(browser, service), _OPENS)
    yield from _times(f"{size}: a change of the period there", _changes(browser, *_PERIOD), _FILTERS)


def _made(inputs: Prepared, pages: Path) -> dict[str, Any]:
    paths = (str(inputs.records), str(inputs.database), str(pages))
    command = [sys.executable, "-m", "benchmarks.dashboard_once", *paths]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 (our own)
    made: dict[str, Any] = json.loads(output)
    return made


def _openings(browser: Any, page: Path) -> _Measured:
    """Return the milliseconds until the page is rendered, of several openings."""
    times, works = [], []
    for _ in range(_OPENINGS):
        browser.open(page)
        works.append(_work(browser))
        times.append(float(browser.run(_OPENED)))
    return _Measured(times, statistics.median(works))


def _changes(browser: Any, selector: str, values: list[str]) -> _Measured:
    """Return the milliseconds until each change of a control is laid out in the open page; its work goes on after that."""
    before = _work(browser)
    times: list[float] = browser.run(_CHANGE % json.dumps([selector, values * _ROUNDS]))
    return _Measured(times, (_work(browser) - before) / len(times))


def _work(browser: Any) -> float:
    """Return the CPU time of the page's main thread since it was opened, in ms."""
    return float(browser.call("work")) * 1_000


def _times(name: str, measured: _Measured, promise: float | None) -> Iterator[Result]:
    yield Result(name, quietest(measured.times), "ms", promise)
    yield Result(f"{name}: median of all", statistics.median(measured.times), "ms")
    yield Result(f"{name}: CPU of the main thread", measured.work, "ms")
