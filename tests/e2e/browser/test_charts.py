"""The dashboard's line charts and sparklines in headless Chromium, and the files that they save."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from core.sanitize import csv_cell
from tests.browser import Browser
from tests.e2e.browser.chart_scripts import DAY, HOUR, QUEUE_TIME, START, run
from tests.unit.warehouse import sample_report
from warehouse.dashboard import page
from warehouse.report import formatting

pytestmark = pytest.mark.npm


def test_a_sparkline_is_small_hidden_from_readers_and_has_gaps(charts: Browser) -> None:
    found = run(charts, "return lists.map((values) => sparkline(values).outerHTML)", lists=[
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


def test_percentiles_of_the_periods_are_lines_with_names(charts: Browser) -> None:
    shown = chart(
        charts, points([2.0 * HOUR, 3.0 * HOUR, 4.0 * HOUR, HOUR], p75=4.5 * HOUR, p90=5 * HOUR, p95=40 * HOUR)
    )
    assert {"line p75", "line p90"} <= set(shown["paths"])
    assert "p90" in shown["texts"]
    assert "↑ p95 up to 40 h" in shown["texts"]
    assert "with p75, p90 and p95" in shown["label"]
    assert not any("p9" in text for text in chart(charts, points([HOUR, HOUR]))["texts"])


def test_a_target_is_a_line_or_named_above_the_chart(charts: Browser) -> None:
    of = points([2.0 * HOUR, 3.0 * HOUR, 4.0 * HOUR, HOUR])
    near = chart(charts, of, targets=[{"value": 6 * HOUR, "text": "<b>6</b> h"}])
    assert near["targets"] == 1
    assert "target" in near["texts"]
    assert near["titles"] == ["target <b>6</b> h"]
    assert "; target <b>6</b> h." in near["label"]
    far = chart(charts, of, targets=[{"value": 300 * DAY, "text": "300 d"}])
    assert far["targets"] == 0
    assert "↑ target 300 d" in far["texts"]


def test_a_note_is_marked_at_its_time_if_the_chart_has_it(charts: Browser) -> None:
    of = points([2.0 * HOUR, 3.0 * HOUR, HOUR])
    notes = [{"at": START + DAY, "text": "new runners"}, {"at": START - DAY, "text": "before"}]
    shown = chart(charts, of, annotations=notes)
    assert shown["titles"] == ["new runners"]
    assert "; 1 note." in shown["label"]


@pytest.mark.parametrize("values", [[None, None], [0.0, 0.0], [None, 0.0, None, 5.0, None], [5.0]])
def test_a_chart_of_few_values_has_no_broken_shape(charts: Browser, values: list[float | None]) -> None:
    shown = chart(charts, points(values))
    assert "NaN" not in shown["html"]
    assert "Infinity" not in shown["html"]
    assert shown["hollow"] == (0 if values[-1] is None else 1)


def test_the_point_below_the_pointer_is_described(charts: Browser) -> None:
    charts.call("page.hover", "[data-measure=change_lead_time] svg")
    tip = "document.querySelector('[data-measure=change_lead_time] .tip').textContent"
    assert "known" in charts.run(tip)
    charts.call("page.mouse.move", 0, 0)
    assert charts.run(tip) == ""


def test_the_arrow_keys_move_from_point_to_point(charts: Browser) -> None:
    card = "[data-measure=change_lead_time]"
    tip = f"[...document.querySelectorAll('{card} .tip tspan')].map((line) => line.textContent)"
    charts.call("page.focus", f"{card} svg")
    charts.press("ArrowLeft", "ArrowLeft")
    period, value, coverage = charts.run(tip)
    weeks = [
        number
        for number in sample_report.report().numbers
        if number[:5] == ("change_lead_time", "checkout", "", "production", "week")
    ]
    assert period.startswith(weeks[-2].period.removeprefix("2026-"))
    assert coverage == formatting.coverage(weeks[-2])
    announced = "document.querySelector('#announcement').textContent"
    assert charts.run(announced) == f"{period}\n{value}\n{coverage}"
    charts.press("Home", "ArrowLeft")
    assert charts.run(tip)[0].startswith(weeks[0].period.removeprefix("2026-"))
    charts.press("Tab")
    assert charts.run(tip) == []


def test_the_file_of_a_chart_has_its_numbers(charts: Browser) -> None:
    card = "[data-measure=change_lead_time]"
    charts.run(f"document.querySelector('{card} details').open = true")
    name, text = charts.call("download", f"{card} .csv")
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


def test_no_cell_of_a_file_is_a_formula(charts: Browser) -> None:
    cells = run(charts, "return texts.map(csvCell)", texts=FORMULAS)
    read = ["".join(next(csv.reader(io.StringIO(cell, newline="")), [])) for cell in cells]
    assert [cell.startswith("'") for cell in read] == [str(csv_cell(text)).startswith("'") for text in FORMULAS]
    assert run(charts, "return [csvCell(-5), csvCell(null), csvCell(0)]") == ["-5", "", "0"]
    assert run(charts, "return csvCell(text)", text="\rx") == '"\'\rx"'


def test_the_name_of_a_file_is_safe_and_short(charts: Browser) -> None:
    names = run(charts, "return names.map((name) => fileName([name, 'x'], 'csv'))", names=["../../etc", "ünï/cödé", "a" * 600, "...", "CON"])  # fmt: skip
    assert names == ["etc-x.csv", "n-c-d--x.csv", f"{'a' * 60}-x.csv", "x.csv", "CON-x.csv"]


def test_the_percentiles_of_the_report_are_in_the_chart_and_its_file(chromium: Browser, tmp_path: Path) -> None:
    report = sample_report.report()
    numbers = tuple(
        of._replace(p75=of.value * 1.2, p90=of.value * 1.5, p95=of.value * 2)
        if of.measure == "change_lead_time" and of.value
        else of
        for of in report.numbers
    )
    path = tmp_path / "percentiles.html"
    path.write_text(page(report._replace(numbers=numbers), ()), "utf-8")
    chromium.open(path, "#service=checkout&kind=week")
    card = "[data-measure=change_lead_time]"
    texts = chromium.run(f"[...document.querySelectorAll('{card} svg text')].map((text) => text.textContent)")
    assert {"p75", "p90", "p95"} <= set(texts)
    assert chromium.run("document.querySelectorAll('[data-measure=change_fail_rate] .p90').length") == 0
    chromium.run(f"document.querySelector('{card} details').open = true")
    _, text = chromium.call("download", f"{card} .csv")
    assert chromium.texts(f"{card} thead th") == ["week", "value", "p75", "p90", "p95", "coverage", "records"]
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert {round(float(row["p90_ms"]) / float(row["value_ms"]), 4) for row in rows if row["value_ms"]} == {1.5}


def test_labels_of_long_histories_have_their_year_and_stay_apart(charts: Browser) -> None:
    month = 30 * DAY
    points = [
        {"at": index, "period": {"kind": "month", "name": "", "firstDay": START + index * month}} for index in range(14)
    ]
    labels = run(charts, "return ticksOf(points, 220).map(({ label }) => label)", points=points)
    assert len(labels) <= 220 // 64
    assert {label.split()[-1] for label in labels} <= {"2026", "2027"}
    assert len(run(charts, "return ticksOf(points.slice(0, 13), 400)", points=points)) == 5
    quarters = [{"at": 0, "period": {"kind": "quarter", "name": "2026-Q3", "firstDay": START}}]
    assert run(charts, "return ticksOf(quarters, 220)[0].label", quarters=quarters) == "Q3 2026"
