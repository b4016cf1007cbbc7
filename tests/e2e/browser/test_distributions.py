"""How the items of a number are spread, in headless Chromium: scatters, and tables by group and by stage."""

import random
import statistics
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser
from tests.e2e.browser.chart_scripts import (
    DAY,
    FAIL_RATE,
    FREQUENCY,
    HOUR,
    MINUTE,
    PERIOD,
    QUEUE_TIME,
    SECOND,
    items,
    run,
)
from tests.unit.warehouse import sample_report
from warehouse.dashboard import page

pytestmark = pytest.mark.npm


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


def test_percentiles_are_those_of_linear_interpolation(charts: Browser) -> None:
    draws = random.Random(7)
    lists = [sorted(draws.lognormvariate(10, 2) for _ in range(count)) for count in (1, 3, 4, 9, 10, 11, 250)]
    found = run(charts, "return lists.map(percentilesOf)", lists=lists)
    for values, percentiles in zip(lists, found, strict=True):
        least = {"p50": 1, "p75": 4, "p90": 10}
        assert [entry["name"] for entry in percentiles] == [name for name in least if len(values) >= least[name]]
        cuts = statistics.quantiles(values, n=100, method="inclusive") if len(values) > 1 else values * 99
        for entry in percentiles:
            assert entry["value"] == pytest.approx(cuts[int(entry["name"][1:]) - 1])


def test_zero_and_negative_values_have_rows_of_their_own(charts: Browser) -> None:
    shown = distribution(charts, QUEUE_TIME, items([0.0, 0.0, -5_000.0, MINUTE, 2 * MINUTE, HOUR]))
    assert shown["dots"] == 6
    assert "2 are zero, drawn in a row of their own: a logarithmic scale has no zero." in shown["notes"]
    assert "1 is below zero, drawn in the lowest row." in shown["notes"]
    assert {"0", "< 0"} <= set(shown["texts"])


def test_what_is_unknown_is_counted_and_not_drawn(charts: Browser) -> None:
    shown = distribution(charts, QUEUE_TIME, items([MINUTE, None, HOUR, None, None]))
    assert (shown["dots"], shown["hollow"], shown["edge"]) == (2, 0, 0)
    assert "3 unknown, not drawn." in shown["notes"]


def test_what_is_inferred_is_hollow(charts: Browser) -> None:
    of = items([MINUTE, HOUR]) + items([2 * HOUR], isInferred=True)
    shown = distribution(charts, QUEUE_TIME, of)
    assert (shown["dots"], shown["hollow"]) == (2, 1)
    assert "1 inferred, drawn hollow." in shown["notes"]


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_outliers_are_at_the_edge_of_a_bound_that_is_named(charts: Browser, scale: str) -> None:
    is_log = scale == "log"
    values = [float(value) for value in range(HOUR, 9 * HOUR, 10 * MINUTE)] + [4_000.0 * DAY, 3.0 * DAY]
    script = "return boundsOf(measure, values, isLog)"
    bound = run(charts, script, measure=QUEUE_TIME, values=sorted(values), isLog=is_log)["high"]
    above = sum(value > bound for value in values)
    assert above == (1 if is_log else 2)
    body = """
      const figure = createDistribution(measure, of, {});
      if (!isLog) figure.querySelector("button").click();
      const text = axisText(measure, bound);
      return [figure.querySelector(".dots.edge").getAttribute("d").match(/M/g).length, text,
        [...figure.querySelectorAll("li")].map((note) => note.textContent)];"""
    edge, text, notes = run(charts, body, measure=QUEUE_TIME, of=items([*values]), isLog=is_log, bound=bound)
    assert edge == above
    assert f"{above} above {text}, drawn at the upper edge." in notes
    number, unit = text.split()
    assert float(number.replace(",", "")) * {"d": DAY, "h": HOUR, "min": MINUTE}[unit] == pytest.approx(bound)


def test_a_negative_outlier_is_at_the_lower_edge_of_a_linear_scale(charts: Browser) -> None:
    body = """
      const figure = createDistribution(measure, of, {});
      figure.querySelector("button").click();
      return [...figure.querySelectorAll("li")].map((note) => note.textContent);"""
    of = items([*(float(value) for value in range(HOUR, 3 * HOUR, MINUTE)), -4_000.0 * DAY])
    notes = run(charts, body, measure=QUEUE_TIME, of=of)
    assert "1 is below zero." in notes
    [note] = [note for note in notes if note.endswith("drawn at the lower edge.")]
    assert note.startswith("1 below -")


def test_equal_values_have_no_outliers(charts: Browser) -> None:
    shown = distribution(charts, QUEUE_TIME, items([2_000.0] * 20 + [3_000.0]))
    assert (shown["dots"], shown["edge"]) == (21, 0)


def test_omitted_items_leave_only_the_percentiles_of_the_number(charts: Browser) -> None:
    of = items([float(value) for value in range(MINUTE, 31 * MINUTE, MINUTE)])
    without = distribution(charts, QUEUE_TIME, of, omitted=12)
    assert without["lines"] == []
    assert "12 older, not on this page; no percentile is computed without them." in without["notes"]
    number = {"value": 5 * HOUR, "p90": 9 * HOUR}
    having = distribution(charts, QUEUE_TIME, of, omitted=12, number=number)
    assert having["lines"] == ["line p50", "line p90"]
    assert "Lines: p50 5 h, p90 9 h, of all items." in having["notes"]
    mean = {**QUEUE_TIME, "statistic": "mean"}
    assert distribution(charts, mean, of, omitted=12, number=number)["lines"] == []


def test_yes_and_no_have_a_row_each_and_no_percentile(charts: Browser) -> None:
    shown = distribution(charts, FAIL_RATE, items([0.0, 1.0, 0.0, None] * 5))
    assert shown["lines"] == []
    assert {"yes", "no"} <= set(shown["texts"])
    assert shown["switch"] is None


def test_items_that_count_one_each_have_no_distribution(charts: Browser) -> None:
    assert distribution(charts, FREQUENCY, items([1.0, 1.0])) is None
    assert distribution(charts, QUEUE_TIME, items([None, None])) is None
    assert distribution(charts, QUEUE_TIME, []) is None


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (2 * SECOND, 30 * SECOND, ["2 s", "5 s", "10 s", "20 s", "30 s"]),
        (5 * MINUTE, 3 * DAY, ["10 min", "1 h", "6 h", "1 d"]),
        (61 * MINUTE, 62 * MINUTE, ["1.02 h", "1.03 h"]),
    ],
)
def test_a_log_scale_has_ticks_of_whole_units(charts: Browser, low: int, high: int, ticks: list[str]) -> None:
    body = "return valueTicks(measure, [low, high], true).map(({ label }) => label)"
    assert run(charts, body, measure=QUEUE_TIME, low=low, high=high) == ticks


def test_the_scale_can_be_switched_and_the_focus_stays(charts: Browser) -> None:
    body = """
      const figure = createDistribution(measure, of, {});
      document.body.append(figure);
      const names = [], press = () => figure.querySelector("button").click();
      for (const _ of [0, 1]) { press(); names.push(document.activeElement.textContent); }
      figure.remove();
      return names;"""
    names = run(charts, body, measure=QUEUE_TIME, of=items([MINUTE, HOUR, DAY]))
    assert names == ["Logarithmic scale: Queue time", "Linear scale: Queue time"]


def test_every_item_is_drawn_inside_the_picture_or_counted(charts: Browser) -> None:
    """Random values of many magnitudes, equal ones, zeros and negative ones, on both scales."""
    draws = random.Random(11)
    palette = [0.0, 1.0, -1.0, -5e9, 1e15, None, 3e-3]
    lists = [
        [
            draws.choice([*palette, draws.lognormvariate(draws.choice([2, 9, 20]), draws.choice([0.1, 3]))])
            for _ in range(draws.choice([1, 2, 4, 5, 30]))
        ]
        for _ in range(150)
    ]
    body = """
      const problems = [];
      for (const [index, of] of lists.entries()) for (const unit of ["duration", "count", "share"]) {
        const figure = createDistribution({ ...measure, unit }, of, { period, width: 500 });
        const known = of.filter((item) => item.value !== null).length;
        if (!figure) { if (known) problems.push([index, unit, "no picture"]); continue; }
        for (const _ of [0, 1]) {
          const html = figure.outerHTML, height = Number(figure.querySelector("svg").getAttribute("height"));
          if (/NaN|Infinity|undefined/.test(html)) problems.push([index, unit, html.match(/.{40}(NaN|Infinity|undefined)/)[0]]);
          const starts = [...figure.querySelectorAll(".dots")].flatMap((dots) => [...dots.getAttribute("d").matchAll(/M(\\S+) (\\S+?)[ha]/g)]);
          if (starts.length !== known) problems.push([index, unit, starts.length, known]);
          if (starts.some(([, x, y]) => x < 0 || x > 500 || y < 0 || y > height)) problems.push([index, unit, "outside"]);
          figure.querySelector("button")?.click();
        }
      }
      return problems;"""
    found = run(charts, body, measure=QUEUE_TIME, lists=[items(of) for of in lists], period=PERIOD)
    assert found == []


def test_five_thousand_items_are_three_paths(charts: Browser) -> None:
    draws = random.Random(3)
    of = items([draws.lognormvariate(12, 2) for _ in range(5_000)])
    count = "return createDistribution(measure, of, {}).querySelectorAll('svg *').length"
    assert run(charts, count, measure=QUEUE_TIME, of=of) < 60


def groups(browser: Browser, of: list[dict[str, Any]], **options: Any) -> list[list[str]] | None:
    """Return the rows of the table, without the pictures; None if there is no table."""
    body = """
      const table = createGroups(measure, of, options);
      return table && [...table.querySelectorAll("tbody tr")].map((row) => [...row.children].slice(0, -1).map((cell) => cell.textContent));"""
    found: list[list[str]] | None = run(browser, body, measure=QUEUE_TIME, of=of, options=options)
    return found


def test_items_are_compared_by_group_and_order_makes_no_group(charts: Browser) -> None:
    hosted = items([float(value * MINUTE) for value in range(1, 12)], group="ubuntu-latest")
    own = items([HOUR, 3.0 * HOUR], group="linux, self-hosted") + items([None], group="self-hosted, linux")
    rest = items([SECOND], group=None) + items([SECOND], group="")
    assert groups(charts, hosted + own + rest) == [
        ["ubuntu-latest", "11", "11 of 11", "6 min", "8.5 min", "10 min"],
        ["linux, self-hosted", "3", "2 of 3", "2 h", "–", "–"],  # noqa: RUF001
        ["none", "1", "1 of 1", "1 s", "–", "–"],  # noqa: RUF001
        ["not known", "1", "1 of 1", "1 s", "–", "–"],  # noqa: RUF001
    ]
    assert groups(charts, items([SECOND])) is None


def test_groups_have_no_percentiles_where_items_are_omitted(charts: Browser) -> None:
    of = items([float(value * MINUTE) for value in range(1, 12)], group="ubuntu-latest")
    assert groups(charts, of, omitted=3) == [["ubuntu-latest", "11", "11 of 11", "–", "–", "–"]]  # noqa: RUF001


def stages(browser: Browser, numbers: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    names = ["coding", "waiting_for_review", "in_review", "waiting_for_merge", "waiting_for_deployment"]
    listed = [{"name": f"pull_request_lead_time_{name}", "title": name} for name in names]
    body = """
      const numberOf = (measure) => numbers[measure.name.replace(/^pull_request_lead_time_?/, "")];
      const period = { kind: "month", name: "2026-11", firstDay: Date.UTC(2026, 10), lastDay: Date.UTC(2026, 10, 30), isComplete: true };
      const table = createStages({}, period);
      return table && {
        bars: [...table.querySelectorAll("svg")].map((svg) => { const bar = svg.querySelector("rect"); return bar ? [Number(bar.getAttribute("x")), Number(bar.getAttribute("width"))] : "?"; }),
        note: table.querySelector("p").textContent,
        texts: [...table.querySelectorAll("tbody tr")].map((row) => row.children[1].textContent),
      };"""
    measures = [*listed, {"name": "pull_request_lead_time", "title": "Pull request lead time"}]
    found: dict[str, Any] | None = run(browser, body, measures=measures, numbers=numbers)
    return found


def stage(value: float | None, known: int = 4, inferred: int = 0) -> dict[str, Any]:
    text = "unknown" if value is None else str(value)
    return {"value": value, "known": known, "inferred": inferred, "items": 4, "text": text, "coverage": ""}


def parts(**changed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    names = ("coding", "waiting_for_review", "in_review", "waiting_for_merge", "waiting_for_deployment")
    return {**{name: stage(HOUR) for name in names}, "": stage(5 * HOUR), **changed}


def test_stages_of_the_same_pull_requests_follow_each_other(charts: Browser) -> None:
    shown = stages(charts, parts(coding=stage(HOUR + 2)))
    assert shown is not None
    assert shown["bars"] == [[0, 40], [40, 40], [80, 40], [120, 40], [160, 40], [0, 200]]
    assert "so the stages add up to the lead time" in shown["note"]


@pytest.mark.parametrize(
    "changed",
    [
        {"in_review": stage(HOUR, known=3)},
        {"in_review": stage(HOUR, known=3, inferred=1)},
        {"in_review": stage(None, known=0)},
        {"in_review": stage(2 * HOUR)},
        {"in_review": stage(HOUR + 1_000)},
    ],
)
def test_stages_that_do_not_add_up_begin_at_zero_and_say_so(charts: Browser, changed: dict[str, Any]) -> None:
    shown = stages(charts, parts(**changed))
    assert shown is not None
    assert {bar[0] for bar in shown["bars"] if bar != "?"} == {0}
    assert "they do not add up to the lead time" in shown["note"]
    assert shown["bars"].count("?") == sum(of["value"] is None for of in changed.values())


def test_stages_of_which_nothing_is_known_are_not_drawn(charts: Browser) -> None:
    nothing = {name: stage(None, known=0) for name in parts()}
    assert stages(charts, nothing) is None


def test_tables_of_groups_and_stages_can_be_saved(charts: Browser) -> None:
    body = """
      const saved = [], click = HTMLAnchorElement.prototype.click, make = URL.createObjectURL;
      URL.createObjectURL = (blob) => { saved.push(blob); return "blob:none"; };
      HTMLAnchorElement.prototype.click = function () { saved.push(this.download); };
      createGroups(measure, of).querySelector(".csv").click();
      HTMLAnchorElement.prototype.click = click;
      URL.createObjectURL = make;
      return Promise.all(saved.map((part) => (typeof part === "string" ? part : part.text())));"""
    of = items([float(value * MINUTE) for value in range(1, 12)], group="=ubuntu") + items([None], group="")
    text, name = run(charts, body, measure=QUEUE_TIME, of=of)
    assert name == "shop-queue_time-runner-labels.csv"
    assert text.removeprefix("\ufeff").split("\r\n") == [
        "runner_labels,items,with_value,p50_ms,p75_ms,p90_ms",
        "'=ubuntu,11,11,360000,510000,600000",
        "none,1,0,,,",
        "",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_distribution_and_its_tables(charts: Browser, scheme: str) -> None:
    charts.call("page.emulateMedia", {"colorScheme": scheme})
    body = """
      const box = document.createElement("section");
      box.id = "tried";
      box.append(...createItemCharts(measure, of, { period, omitted: 0, number: null }));
      document.querySelector("main").prepend(box);"""
    of = items([*(float(value * MINUTE) for value in range(1, 12)), 0.0, None, -1.0], group="linux, self-hosted")
    run(charts, body, measure=QUEUE_TIME, of=of, period=PERIOD)
    violations = charts.axe()["violations"]
    charts.run("document.querySelector('#tried').remove()")
    assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in violations] == []


def test_the_list_of_records_draws_the_items_of_its_period(charts: Browser) -> None:
    charts.run("location.hash = '#service=checkout&kind=week&evidence=change_lead_time&period=2026-W47'")
    charts.call("page.waitForSelector", "dialog[open] .distribution svg")
    items_of_week = sample_report.behind("change_lead_time", sample_report.evidence())
    known = sum(item.value is not None for item in items_of_week)
    count = "[...document.querySelectorAll('dialog .dots')].map((dots) => (dots.getAttribute('d').match(/M/g) ?? []).length)"
    assert sum(charts.run(count)) == known > 0
    assert f"{len(items_of_week) - known} unknown, not drawn." in charts.texts("dialog .notes li")


def test_the_list_of_records_compares_the_groups_of_its_items(chromium: Browser, tmp_path: Path) -> None:
    report = sample_report.report()
    [measure] = [of for of in report.measures if of.name == "ci_duration"]
    measures = tuple(of._replace(group="runner labels") if of is measure else of for of in report.measures)
    found = [item for item in sample_report.evidence() if item.measure == "ci_duration"]
    marked = [item._replace(group="a, b" if place % 2 else "b, a") for place, item in enumerate(found)]
    path = tmp_path / "groups.html"
    path.write_text(page(report._replace(measures=measures), marked), "utf-8")
    chromium.open(path, "#service=checkout&kind=week&evidence=ci_duration&period=2026-W47")
    chromium.call("page.waitForSelector", "dialog[open] .groups")
    assert chromium.texts("dialog .groups tbody th") == ["a, b"]
    assert chromium.heard()["errors"] == []
