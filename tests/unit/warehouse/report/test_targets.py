import pytest

from tests.unit.warehouse.sample_report import MEASURES, report
from warehouse.report.filters import Filter, apply
from warehouse.report.model import Number, Period
from warehouse.report.settings_model import Annotation, Target
from warehouse.report.target_settings import targets_of
from warehouse.report.targets import verdict
from warehouse.services import parsed

LEAD_TIME, FREQUENCY = MEASURES[0], MEASURES[1]
DAY = 86_400_000
TARGET = Target("", "change_lead_time", DAY, "1 d")


def number(value: float | None, known: int, items: int, inferred: int = 0) -> Number:
    return Number("change_lead_time", "checkout", "", "production", "week", "2026-W47", value, known, items, inferred)


def test_a_target_is_met_by_a_lower_time_and_a_higher_frequency() -> None:
    assert verdict(LEAD_TIME, number(DAY, 9, 9), TARGET) == "target 1 d: met"
    assert verdict(LEAD_TIME, number(DAY + 1, 9, 9), TARGET) == "target 1 d: not met"
    weekly = Target("", "deployment_frequency", 1 / 7, "1 a week")
    assert verdict(FREQUENCY, number(1.0, 7, 7), weekly) == "target 1 a week: met"
    assert verdict(FREQUENCY, number(0.0, 0, 0), weekly) == "target 1 a week: not met"


@pytest.mark.parametrize(
    ("kind", "name", "days", "count", "text", "word"),
    [
        ("month", "2026-10", 31, 1, "1 a month", "met"),
        ("month", "2026-10", 31, 59, "60 a month", "not met"),
        ("month", "2026-09", 30, 59, "60 a month", "not met"),
        ("month", "2026-02", 28, 1, "1 a month", "met"),
        ("quarter", "2026-Q3", 92, 3, "1 a month", "met"),
        ("quarter", "2026-Q3", 92, 3, "12 a year", "met"),
        ("quarter", "2026-Q1", 90, 2, "1 a month", "not met"),
        ("month", "2026-02", 28, 28, "1 a day", "met"),
        ("month", "2026-10", 31, 30, "1 a day", "not met"),
    ],
)
def test_a_month_of_a_target_is_as_long_as_the_calendar_says(
    kind: str, name: str, days: int, count: int, text: str, word: str
) -> None:
    [target] = targets_of(parsed({"targets": {"deployment_frequency": text}}))
    period = Period(kind, name, 0, days * DAY)
    assert verdict(FREQUENCY, number(count / days, count, count), target, period) == f"target {text}: {word}"


def test_a_target_of_an_unknown_value_is_unknown() -> None:
    assert verdict(LEAD_TIME, number(None, 0, 3), TARGET) == "target 1 d: unknown"


def test_a_verdict_names_how_much_is_known_unless_it_is_all() -> None:
    assert verdict(LEAD_TIME, number(1, 7, 9), TARGET) == "target 1 d: met by 7 of 9 known"
    assert verdict(LEAD_TIME, number(2 * DAY, 7, 9, 2), TARGET) == "target 1 d: not met by 7 + 2 of 9 known + inferred"


def test_nothing_to_measure_has_no_verdict() -> None:
    assert verdict(LEAD_TIME, number(None, 0, 0), TARGET) == ""
    assert verdict(LEAD_TIME, None, TARGET) == ""
    assert verdict(LEAD_TIME, number(1, 1, 1), None) == ""


def test_a_filter_keeps_what_concerns_its_service() -> None:
    notes = (Annotation("", "2026-11-02", 1, "all"), Annotation("search", "2026-11-02", 1, "other"))
    targets = (TARGET, TARGET._replace(service="search"))
    of_checkout = apply(report()._replace(annotations=notes, targets=targets), Filter(service="checkout"))
    assert of_checkout.annotations == notes[:1]
    assert of_checkout.targets == targets[:1]
