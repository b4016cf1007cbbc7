import pytest

from tests.unit.warehouse.sample_report import MEASURES, NOW, empty, ms, numbers, report
from warehouse.report.comparison import Comparison, compare, complete, kind
from warehouse.report.model import Number


def test_only_periods_that_are_over_are_compared() -> None:
    comparison = compare(report(), is_dora=True)
    assert comparison.latest is not None
    assert comparison.previous is not None
    assert (comparison.kind, comparison.latest.name, comparison.previous.name) == ("month", "2026-10", "2026-09")
    assert all(period.ends_at <= ms(NOW) for period in complete(report(), "month"))


def test_weeks_are_compared_until_two_months_are_complete() -> None:
    young = report()._replace(
        periods=tuple(period for period in report().periods if period.name >= "2026-10" or period.kind != "month")
    )
    assert kind(young) == "week"


@pytest.mark.parametrize("only", ["week", "month", "quarter"])
def test_the_only_kind_of_period_is_compared(only: str) -> None:
    assert kind(report()._replace(periods=tuple(period for period in report().periods if period.kind == only))) == only


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
    of = [number for number in numbers() if number[:5] == ("change_lead_time", "checkout", "", "production", "month")][
        :-1
    ]
    assert (line.measure, line.latest, line.previous) == (MEASURES[0], of[-1], of[-2])
    assert line.history == tuple(item.value for item in of)


def test_a_course_begins_with_the_first_value_that_is_known() -> None:
    lines = [line for group in compare(report(), is_dora=True).groups for line in group.lines]
    assert {line.history[0] is None for line in lines} == {False}
    late = next(
        line for line in lines if line.measure.name == "failed_deployment_recovery_time" and len(line.history) < 5
    )
    assert late.history[-1] == (late.latest.value if late.latest else None)


def test_where_no_period_is_over_nothing_is_compared() -> None:
    of = Number("change_lead_time", "checkout", "", "production", "week", "2026-W48", 1.0, 1, 1)
    young = report()._replace(periods=(report().periods[25],), numbers=(of,))
    line = compare(young, is_dora=True).groups[0].lines[0]
    assert (line.latest, line.previous, line.history) == (None, None, ())
    assert compare(young, is_dora=True).latest is None


def test_an_empty_report_has_no_groups() -> None:
    comparison = compare(empty(), is_dora=False)
    assert comparison == Comparison("month", comparison.latest, comparison.previous, ())
