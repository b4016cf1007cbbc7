import pytest

from tests.unit.warehouse.sample_report import NOW, empty, ms, report
from warehouse.periods import named, recent
from warehouse.report.default_period import complete, default_periods, periods_by_kind, periods_of
from warehouse.report.model import Number, Report


def with_items(*names: str, measure: str = "deployment_frequency", items: int = 1) -> Report:
    """Return a report with items in these periods only; the other periods have a known zero."""
    periods = recent(ms(NOW))
    numbers = (
        Number(measure, "checkout", "", "production", period.kind, period.name, 0.0, 0, items * (period.name in names))
        for period in periods
    )
    return report()._replace(periods=periods, numbers=tuple(numbers))


def shown(result: Report) -> tuple[str, str | None, str | None, bool]:
    kind, latest, previous, is_over = default_periods(result)
    return kind, latest and latest.name, previous and previous.name, is_over


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("2026-Q2", "2026-Q3", "2026-10", "2026-W47"), ("quarter", "2026-Q3", "2026-Q2", True)),
        (("2026-Q3", "2026-09", "2026-10"), ("month", "2026-10", "2026-09", True)),
        (("2026-Q1", "2026-Q3", "2026-08", "2026-10", "2026-W47", "2026-W46"), ("week", "2026-W47", "2026-W46", True)),
        (("2026-W47",), ("week", "2026-W47", "2026-W46", True)),
        (("2026-W45", "2026-W48"), ("week", "2026-W47", "2026-W46", True)),
        (("2026-W48",), ("week", "2026-W48", "2026-W47", False)),
        ((), ("week", "2026-W47", "2026-W46", True)),
    ],
)
def test_the_longest_kind_whose_last_two_periods_have_items_is_shown(
    names: tuple[str, ...], expected: tuple[str, str, str, bool]
) -> None:
    assert shown(with_items(*names)) == expected


def test_the_current_quarter_and_month_do_not_count() -> None:
    assert shown(with_items("2026-Q4", "2026-Q3", "2026-11", "2026-10", "2026-W47", "2026-W46"))[0] == "week"


def test_items_of_dora_measures_decide_if_there_are_any() -> None:
    others = with_items("2026-Q2", "2026-Q3", measure="review_latency")
    assert shown(others)[0] == "quarter"
    dora = with_items("2026-W46", "2026-W47")
    assert shown(dora._replace(numbers=(*others.numbers, *dora.numbers)))[0] == "week"


@pytest.mark.parametrize("kind", ["week", "month", "quarter"])
def test_the_only_kind_of_a_report_is_shown(kind: str) -> None:
    only = report()._replace(periods=tuple(period for period in report().periods if period.kind == kind))
    assert shown(only)[0] == kind


def test_a_requested_kind_without_a_complete_period_is_the_current_one() -> None:
    kind, latest, previous, is_over = periods_of(with_items("2026-11", "2026-W47"), "month")
    assert (kind, latest and latest.name, previous and previous.name, is_over) == ("month", "2026-11", "2026-10", False)


def test_an_empty_report_shows_the_last_complete_week() -> None:
    assert shown(empty()) == ("week", "2026-W47", "2026-W46", True)
    assert shown(empty()._replace(periods=())) == ("week", None, None, True)


def test_a_report_of_the_current_period_alone_shows_it() -> None:
    only = report()._replace(periods=(named("2026-W48"),))
    assert shown(only) == ("week", "2026-W48", None, False)


def test_only_periods_that_are_over_are_complete() -> None:
    assert all(period.ends_at <= ms(NOW) for period in complete(report(), "month"))


@pytest.mark.parametrize("periods", [("2026-11", "2026-W47"), ("2026-Q4",), ()])
def test_the_periods_of_all_kinds_are_those_of_each(periods: tuple[str, ...]) -> None:
    result = with_items(*periods)
    kinds = ("week", "month", "quarter")
    assert periods_by_kind(result) == {kind: periods_of(result, kind) for kind in kinds}
