from tests.unit.warehouse.sample_report import MEASURES, empty, numbers, report
from warehouse.report import formatting
from warehouse.report.comparison import Comparison, compare
from warehouse.report.default_period import default_periods
from warehouse.report.model import Number
from warehouse.report.trends import Series, trends


def test_the_periods_of_the_report_s_rule_are_compared() -> None:
    comparison = compare(report(), is_dora=True)
    assert comparison[:4] == default_periods(report())
    assert comparison.heading("UTC") == "the last whole quarter, 2026-Q3 (2026-07-01 to 2026-09-30)"


def test_each_service_and_environment_is_a_group_with_its_team() -> None:
    comparison = compare(report(), is_dora=True)
    assert [(group.service, group.team, group.environment) for group in comparison.groups] == [
        ("checkout", "Payments", "production"),
        ("checkout", "Payments", "production-eu"),
        ("platform", None, "production"),
        ("search", "Discovery", "production"),
    ]


def test_a_line_has_the_numbers_of_the_whole_service_and_their_course() -> None:
    line = compare(report(), is_dora=True).groups[0].lines[0]
    of = [
        number for number in numbers() if number[:5] == ("change_lead_time", "checkout", "", "production", "quarter")
    ][:-1]
    assert (line.measure, line.latest, line.previous) == (MEASURES[0], of[-1], of[-2])
    assert line.history == tuple(item.value for item in of)


def test_a_course_begins_with_the_first_value_that_is_known() -> None:
    lines = [line for group in compare(report(), is_dora=True).groups for line in group.lines]
    assert {line.history[0] is None for line in lines} == {False}
    late = next(
        line for line in lines if line.measure.name == "failed_deployment_recovery_time" and len(line.history) < 5
    )
    assert late.history[-1] == (late.latest.value if late.latest else None)


def test_a_line_says_whether_it_is_within_the_usual_range() -> None:
    weeks = report()._replace(periods=tuple(period for period in report().periods if period.kind == "week"))
    comparison = compare(weeks, is_dora=False)
    key = Series("pull_request_size", "checkout", "", "", "week")
    line = next(line for line in comparison.groups[0].lines if line.measure.name == key.measure)
    assert line.trend == formatting.trend(line.measure, trends(weeks)[key])


def test_a_period_that_is_not_over_is_shown_as_such_and_has_no_trend() -> None:
    of = Number("change_lead_time", "checkout", "", "production", "week", "2026-W48", 1.0, 1, 1)
    young = report()._replace(periods=report().periods[:26], numbers=(of,))
    comparison = compare(young, is_dora=True)
    assert comparison.heading("UTC") == "the current week, 2026-W48 (2026-11-23 to 2026-11-29), not over yet"
    [line] = comparison.groups[0].lines
    assert (line.latest, line.previous, line.trend, line.history) == (of, None, "not over yet", ())


def test_an_empty_report_has_no_groups() -> None:
    comparison = compare(empty(), is_dora=False)
    assert comparison == Comparison(*default_periods(empty()), ())
    without = compare(empty()._replace(periods=()), is_dora=False)
    assert without.heading("UTC") == "no week is over yet"
