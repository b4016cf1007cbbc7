"""The dashboard's charts in headless Chromium: lines, distributions, sparklines, and the files that they save."""

import csv
import io
import json
import random
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.sanitize import csv_cell
from tests.browser import Browser
from tests.unit.warehouse import sample_report
from warehouse.dashboard import page

pytestmark = pytest.mark.npm

SCRIPTS = Path(__file__).parents[3] / "warehouse" / "dashboard" / "scripts"
MODULES = (
    "dom", "formatting", "charts_svg", "charts", "charts_sparkline", "charts_distribution", "charts_scatter", "charts_csv",
)  # fmt: skip
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
START, END = 1_790_640_000_000, 1_791_244_800_000
PERIOD = {"startsAt": START, "endsAt": END}
QUEUE_TIME = {"name": "queue_time", "title": "Queue time", "unit": "duration", "statistic": "median"}
FAIL_RATE = {"name": "change_fail_rate", "title": "Change fail rate", "unit": "share", "statistic": "mean"}
FREQUENCY = {"name": "deployment_frequency", "title": "Deployments", "unit": "per_day", "statistic": "per_day"}


@pytest.fixture(scope="module")
def sample(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = tmp_path_factory.mktemp("charts") / "sample.html"
    path.write_text(page(sample_report.report(), sample_report.evidence()), "utf-8")
    chromium.open(path, "#kind=week")
    yield chromium
    assert chromium.heard()["errors"] == []


def run(browser: Browser, body: str, **constants: Any) -> Any:
    """Run statements with the functions of the charts; the page keeps its own in a private scope."""
    code = "\n".join((SCRIPTS / f"{name}.js").read_text() for name in MODULES)
    given = "".join(f"const {name} = {json.dumps(value)};" for name, value in constants.items())
    return browser.run(f"(() => {{ const data = {{ time_zone: 'UTC' }}; {code}; {given} {body} }})()")


def items(values: list[float | None], **fields: Any) -> list[dict[str, Any]]:
    step = (END - START) / (len(values) + 1)
    return [
        {"item": f"job {index}", "at": START + step * (index + 1), "value": value, "isInferred": False, "text": "", **fields}
        for index, value in enumerate(values)
    ]  # fmt: skip


def distribution(browser: Browser, measure: dict[str, Any], of: list[dict[str, Any]], **options: Any) -> Any:
    """Return the notes, the number of shapes of each class and the names of the ticks; None if there is no picture."""
    body = """
      const figure = createDistribution(measure, of, { period, ...options });
      if (!figure) return null;
      const shapes = (name) => (figure.querySelector(name).getAttribute("d").match(/M/g) ?? []).length;
      return {
        notes: [...figure.querySelectorAll("li")].map((note) => note.textContent),
        dots: shapes(".dots"), hollow: shapes(".dots.inferred"), edge: shapes(".dots.edge"),
        label: figure.querySelector("svg").getAttribute("aria-label"),
        lines: [...figure.querySelectorAll(".line")].map((line) => line.getAttribute("class")),
        texts: [...figure.querySelectorAll("svg text")].map((text) => text.textContent),
        switch: figure.querySelector("button")?.textContent ?? null,
      };"""
    return run(browser, body, measure=measure, of=of, period=PERIOD, options=options)


def test_percentiles_are_those_of_linear_interpolation(sample: Browser) -> None:
    draws = random.Random(7)
    lists = [sorted(draws.lognormvariate(10, 2) for _ in range(count)) for count in (1, 3, 4, 9, 10, 11, 250)]
    found = run(sample, "return lists.map(percentilesOf)", lists=lists)
    for values, percentiles in zip(lists, found, strict=True):
        least = {"p50": 1, "p75": 4, "p90": 10}
        assert [entry["name"] for entry in percentiles] == [name for name in least if len(values) >= least[name]]
        cuts = statistics.quantiles(values, n=100, method="inclusive") if len(values) > 1 else values * 99
        for entry in percentiles:
            assert entry["value"] == pytest.approx(cuts[int(entry["name"][1:]) - 1])


def test_zero_and_negative_values_have_rows_of_their_own(sample: Browser) -> None:
    shown = distribution(sample, QUEUE_TIME, items([0.0, 0.0, -5_000.0, MINUTE, 2 * MINUTE, HOUR]))
    assert shown["dots"] == 6
    assert "2 are zero, drawn in a row of their own: a logarithmic scale has no zero." in shown["notes"]
    assert "1 is below zero, drawn in the lowest row." in shown["notes"]
    assert {"0", "< 0"} <= set(shown["texts"])


def test_what_is_unknown_is_counted_and_not_drawn(sample: Browser) -> None:
    shown = distribution(sample, QUEUE_TIME, items([MINUTE, None, HOUR, None, None]))
    assert (shown["dots"], shown["hollow"], shown["edge"]) == (2, 0, 0)
    assert "3 unknown, not drawn." in shown["notes"]


def test_what_is_inferred_is_hollow(sample: Browser) -> None:
    of = items([MINUTE, HOUR]) + items([2 * HOUR], isInferred=True)
    shown = distribution(sample, QUEUE_TIME, of)
    assert (shown["dots"], shown["hollow"]) == (2, 1)
    assert "1 inferred, drawn hollow." in shown["notes"]


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_outliers_are_at_the_edge_of_a_bound_that_is_named(sample: Browser, scale: str) -> None:
    is_log = scale == "log"
    values = [float(value) for value in range(HOUR, 9 * HOUR, 10 * MINUTE)] + [4_000.0 * DAY, 3.0 * DAY]
    script = "return boundsOf(measure, values, isLog)"
    bound = run(sample, script, measure=QUEUE_TIME, values=sorted(values), isLog=is_log)["high"]
    above = sum(value > bound for value in values)
    assert above == (1 if is_log else 2)
    body = """
      const figure = createDistribution(measure, of, {});
      if (!isLog) figure.querySelector("button").click();
      const text = axisText(measure, bound);
      return [figure.querySelector(".dots.edge").getAttribute("d").match(/M/g).length, text,
        [...figure.querySelectorAll("li")].map((note) => note.textContent)];"""
    edge, text, notes = run(sample, body, measure=QUEUE_TIME, of=items([*values]), isLog=is_log, bound=bound)
    assert edge == above
    assert f"{above} above {text}, drawn at the upper edge." in notes
    number, unit = text.split()
    assert float(number.replace(",", "")) * {"d": DAY, "h": HOUR, "min": MINUTE}[unit] == pytest.approx(bound)


def test_equal_values_have_no_outliers(sample: Browser) -> None:
    shown = distribution(sample, QUEUE_TIME, items([2_000.0] * 20 + [3_000.0]))
    assert (shown["dots"], shown["edge"]) == (21, 0)


def test_omitted_items_leave_only_the_percentiles_of_the_number(sample: Browser) -> None:
    of = items([float(value) for value in range(MINUTE, 31 * MINUTE, MINUTE)])
    without = distribution(sample, QUEUE_TIME, of, omitted=12)
    assert without["lines"] == []
    assert "12 older, not on this page; no percentile is computed without them." in without["notes"]
    number = {"value": 5 * HOUR, "p90": 9 * HOUR}
    having = distribution(sample, QUEUE_TIME, of, omitted=12, number=number)
    assert having["lines"] == ["line p50", "line p90"]
    assert "Lines: p50 5 h, p90 9 h, of all items." in having["notes"]
    mean = {**QUEUE_TIME, "statistic": "mean"}
    assert distribution(sample, mean, of, omitted=12, number=number)["lines"] == []


def test_yes_and_no_have_a_row_each_and_no_percentile(sample: Browser) -> None:
    shown = distribution(sample, FAIL_RATE, items([0.0, 1.0, 0.0, None] * 5))
    assert shown["lines"] == []
    assert {"yes", "no"} <= set(shown["texts"])
    assert shown["switch"] is None


def test_items_that_count_one_each_have_no_distribution(sample: Browser) -> None:
    assert distribution(sample, FREQUENCY, items([1.0, 1.0])) is None
    assert distribution(sample, QUEUE_TIME, items([None, None])) is None
    assert distribution(sample, QUEUE_TIME, []) is None


def test_the_scale_can_be_switched_and_the_focus_stays(sample: Browser) -> None:
    body = """
      const figure = createDistribution(measure, of, {});
      document.body.append(figure);
      const names = [], press = () => figure.querySelector("button").click();
      for (const _ of [0, 1]) { press(); names.push(document.activeElement.textContent); }
      figure.remove();
      return names;"""
    names = run(sample, body, measure=QUEUE_TIME, of=items([MINUTE, HOUR, DAY]))
    assert names == ["Logarithmic scale: Queue time", "Linear scale: Queue time"]


def test_five_thousand_items_are_three_paths(sample: Browser) -> None:
    draws = random.Random(3)
    of = items([draws.lognormvariate(12, 2) for _ in range(5_000)])
    count = "return createDistribution(measure, of, {}).querySelectorAll('svg *').length"
    assert run(sample, count, measure=QUEUE_TIME, of=of) < 60


def test_a_sparkline_is_small_hidden_from_readers_and_has_gaps(sample: Browser) -> None:
    found = run(sample, "return lists.map((values) => sparkline(values).outerHTML)", lists=[
        [3.0, 5.0, None, 4.0, 8.0, *range(21)], [None, None], [0.0, 0.0], [],
    ])  # fmt: skip
    assert all('aria-hidden="true"' in html for html in found)
    assert max(map(len, found)) < 450
    assert found[0].split(' d="')[1].split('"')[0].count("M") == 2
    assert "<path" not in found[1] + found[3]
    assert "NaN" not in "".join(found)


def points(values: list[float | None], **fields: Any) -> list[dict[str, Any]]:
    """Return a point a week; the last week is not over."""
    week = 7 * DAY
    return [
        {
            "value": value, "known": 20, "inferred": 0, "items": 20, "text": str(value), "coverage": "", **fields,
            "at": START + week * (index + 0.5),
            "period": {
                "kind": "week", "name": f"2026-W{index + 10}", "isComplete": index < len(values) - 1,
                "startsAt": START + week * index, "endsAt": START + week * (index + 1),
                "firstDay": START + week * index, "lastDay": START + week * (index + 1) - DAY,
            },
        }
        for index, value in enumerate(values)
    ]  # fmt: skip


def chart(browser: Browser, of: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    body = """
      const svg = createChart(measure, of, { width: 400, height: 150, axes: true, ...options });
      const all = (name) => [...svg.querySelectorAll(name)];
      return {
        label: svg.getAttribute("aria-label"), texts: all("text").map((text) => text.textContent), paths: all(".line").map((line) => line.getAttribute("class")),
        titles: all("title").map((title) => title.textContent), targets: all(".target").length, hollow: all(".dot.current").length, html: svg.outerHTML,
      };"""
    found: dict[str, Any] = run(browser, body, measure=QUEUE_TIME, of=of, options=options)
    return found


def test_percentiles_of_the_periods_are_lines_with_names(sample: Browser) -> None:
    shown = chart(sample, points([2.0 * HOUR, 3.0 * HOUR, 4.0 * HOUR, HOUR], p90=5 * HOUR, p95=40 * HOUR))
    assert "line p90" in shown["paths"]
    assert "p90" in shown["texts"]
    assert "↑ p95 up to 40 h" in shown["texts"]
    assert "with p90 and p95" in shown["label"]
    assert not any("p9" in text for text in chart(sample, points([HOUR, HOUR]))["texts"])


def test_a_target_is_a_line_or_named_above_the_chart(sample: Browser) -> None:
    of = points([2.0 * HOUR, 3.0 * HOUR, 4.0 * HOUR, HOUR])
    near = chart(sample, of, targets=[{"value": 6 * HOUR, "text": "agreed <b>in</b> May"}])
    assert near["targets"] == 1
    assert "target" in near["texts"]
    assert near["titles"] == ["agreed <b>in</b> May"]
    assert "target 6 h (agreed <b>in</b> May)" in near["label"]
    far = chart(sample, of, targets=[{"value": 300 * DAY, "text": ""}])
    assert far["targets"] == 0
    assert "↑ target 300 d" in far["texts"]


def test_a_note_is_marked_at_its_time_if_the_chart_has_it(sample: Browser) -> None:
    of = points([2.0 * HOUR, 3.0 * HOUR, HOUR])
    notes = [{"at": START + DAY, "text": "new runners"}, {"at": START - DAY, "text": "before"}]
    shown = chart(sample, of, annotations=notes)
    assert shown["titles"] == ["new runners"]
    assert "; 1 note." in shown["label"]


@pytest.mark.parametrize("values", [[None, None], [0.0, 0.0], [None, 0.0, None, 5.0, None], [5.0]])
def test_a_chart_of_few_values_has_no_broken_shape(sample: Browser, values: list[float | None]) -> None:
    shown = chart(sample, points(values))
    assert "NaN" not in shown["html"]
    assert "Infinity" not in shown["html"]
    assert shown["hollow"] == (0 if values[-1] is None else 1)


def test_the_point_below_the_pointer_is_described(sample: Browser) -> None:
    sample.call("page.hover", "[data-measure=change_lead_time] svg")
    tip = "document.querySelector('[data-measure=change_lead_time] .tip').textContent"
    assert "known" in sample.run(tip)
    sample.call("page.mouse.move", 0, 0)
    assert sample.run(tip) == ""


def test_the_file_of_a_chart_has_its_numbers(sample: Browser) -> None:
    card = "[data-measure=change_lead_time]"
    sample.run(f"document.querySelector('{card} details').open = true")
    name, text = sample.call("download", f"{card} .csv")
    assert name == "checkout-production-change_lead_time-week.csv"
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    numbers = {
        number.period: number
        for number in sample_report.report().numbers
        if number[:5] == ("change_lead_time", "checkout", "", "production", "week")
    }
    assert text.count("\r\n") == len(rows) + 1
    assert [row["period"] for row in rows] == list(numbers)
    assert [(row["known"], row["inferred"], row["items"]) for row in rows] == [
        (str(number.known), str(number.inferred), str(number.items)) for number in numbers.values()
    ]
    assert [float(row["value_ms"]) if row["value_ms"] else None for row in rows] == [
        number.value if number.value is None else round(number.value) for number in numbers.values()
    ]
    assert (rows[-2]["first_day"], rows[-2]["last_day"], rows[-2]["is_complete"]) == (
        "2026-11-16",
        "2026-11-22",
        "true",
    )
    assert rows[0]["time_zone"] == "UTC"


FORMULAS = [
    "=1+1", "+1", "-1", "@x", "\t=1", " =1", "'=1", '"=1', "\uff1d1", "\ufe62x", "\u22121", "plain", "a=b", "a,b", 'a"b', "",
    "\u201c@x\u201d", "\u00b4=1", "-", "\U0001f600", "\ufffd=1",
]  # fmt: skip


def test_no_cell_of_a_file_is_a_formula(sample: Browser) -> None:
    cells = run(sample, "return texts.map(csvCell)", texts=FORMULAS)
    read = ["".join(next(csv.reader(io.StringIO(cell, newline="")), [])) for cell in cells]
    assert [cell.startswith("'") for cell in read] == [str(csv_cell(text)).startswith("'") for text in FORMULAS]
    assert run(sample, "return [csvCell(-5), csvCell(null), csvCell(0)]") == ["-5", "", "0"]
    assert run(sample, "return csvCell(text)", text="\rx") == '"\'\rx"'


def test_the_name_of_a_file_is_safe_and_short(sample: Browser) -> None:
    names = run(sample, "return names.map((name) => fileName([name, 'x'], 'csv'))", names=["../../etc", "ünï/cödé", "a" * 600, "...", "CON"])  # fmt: skip
    assert names == ["etc-x.csv", "n-c-d--x.csv", f"{'a' * 60}-x.csv", "x.csv", "CON-x.csv"]
