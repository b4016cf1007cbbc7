from zoneinfo import ZoneInfo

import pytest

from tests.unit.warehouse.sample_report import MEASURES, periods
from warehouse.periods import named
from warehouse.report import formatting
from warehouse.report.model import IncidentCount, Measure, Number
from warehouse.report.trends import Trend, Verdict

LEAD, FREQUENCY, _, FAIL, *_ = MEASURES
SIZE = MEASURES[6]
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("ms", "expected"),
    [
        (0, "0 s"),
        (400, "0.4 s"),
        (9_949, "9.9 s"),
        (45 * SECOND, "45 s"),
        (59_499, "59 s"),
        (59_500, "1 min"),
        (12 * MINUTE, "12 min"),
        (59.6 * MINUTE, "1 h"),
        (3 * HOUR + 12 * MINUTE, "3 h 12 min"),
        (47 * HOUR + 59.4 * MINUTE, "47 h 59 min"),
        (48 * HOUR, "2 d"),
        (2.4 * DAY, "2.4 d"),
        (1234.6 * DAY, "1,235 d"),
        (-90 * SECOND, "-2 min"),
    ],
)
def test_a_duration_uses_the_unit_that_fits_its_size(ms: float, expected: str) -> None:
    assert formatting.duration(ms) == expected


@pytest.mark.parametrize(
    ("part", "expected"), [(0, "0 %"), (0.0423, "4.2 %"), (0.0996, "10 %"), (0.425, "43 %"), (1, "100 %")]
)
def test_a_share_is_a_percentage(part: float, expected: str) -> None:
    assert formatting.share(part) == expected


@pytest.mark.parametrize(
    ("per_day", "expected"),
    [
        (0, "none"),
        (2.3, "2.3 a day"),
        (0.97, "1 a day"),
        (1 / 7, "1 a week"),
        (1 / 30.4375, "1 a month"),
        (3 / 365.25, "3 a year"),
    ],
)
def test_a_frequency_uses_the_shortest_span_with_at_least_one(per_day: float, expected: str) -> None:
    assert formatting.frequency(per_day) == expected


@pytest.mark.parametrize(
    ("number", "expected", "coverage"),
    [
        (Number("change_lead_time", "s", "", "", "week", "w", 4 * HOUR, 12, 15), "4 h", "12 of 15 known"),
        (Number("change_lead_time", "s", "", "", "week", "w", 1.0, 12, 20, 3), "0 s", "12 + 3 of 20 known + inferred"),
        (Number("change_lead_time", "s", "", "", "week", "w", 1.0, 0, 2, 2), "0 s", "0 + 2 of 2 known + inferred"),
        (Number("change_lead_time", "s", "", "", "week", "w", None, 0, 3), "unknown", "0 of 3 known"),
        (Number("change_lead_time", "s", "", "", "week", "w", 0.0, 0, 0), "0 s", "none happened"),
        (Number("change_lead_time", "s", "", "", "week", "w", None, 0, 0), "–", "nothing to measure"),  # noqa: RUF001
        (None, "–", "nothing to measure"),  # noqa: RUF001
    ],
)
def test_unknown_differs_from_nothing_to_measure(number: Number | None, expected: str, coverage: str) -> None:
    assert (formatting.format_number(LEAD, number), formatting.coverage(number)) == (expected, coverage)


@pytest.mark.parametrize(
    ("measure", "found", "expected"),
    [
        (LEAD, Trend(Verdict.ABOVE, 2.0 * HOUR, HOUR, 3.0 * HOUR), "worse: above the usual range (1 h to 3 h)"),
        (LEAD, Trend(Verdict.BELOW, 2.0 * HOUR, HOUR, 3.0 * HOUR), "better: below the usual range (1 h to 3 h)"),
        (LEAD, Trend(Verdict.SHIFTED_UP, 2.0 * HOUR, HOUR, 3.0 * HOUR), "worse: the last 8 are above the mean (2 h)"),
        (FREQUENCY, Trend(Verdict.ABOVE, 1.0, 0.5, 2.0), "better: above the usual range (3.5 a week to 2 a day)"),
        (FREQUENCY, Trend(Verdict.SHIFTED_DOWN, 1.0, 0.5, 2.0), "worse: the last 8 are below the mean (1 a day)"),
        (FAIL, Trend(Verdict.ABOVE, 0.1, 0.1, 0.1), "worse: above the usual range (10 %)"),
        (MEASURES[10], Trend(Verdict.BELOW, 0.2, 0.1, 0.3), "below the usual range (10 % to 30 %)"),
        (LEAD, Trend(Verdict.USUAL, 2.0, 1.0, 3.0), "within the usual range"),
        (LEAD, Trend(Verdict.TOO_FEW), "too few to compare"),
    ],
)
def test_a_trend_has_a_word_only_outside_the_usual_range(measure: Measure, found: Trend, expected: str) -> None:
    assert formatting.trend(measure, found) == expected


def test_the_value_of_an_item_behind_a_share_is_yes_or_no() -> None:
    assert [formatting.format_item(FAIL, item) for item in (0.0, 1.0, None)] == ["no", "yes", "unknown"]
    assert [formatting.format_item(item, 1.0) for item in (FREQUENCY, SIZE, LEAD)] == ["1", "1", "0 s"]


def test_an_inferred_item_says_so() -> None:
    items = [(FAIL, 1.0), (LEAD, 3_600_000.0)]
    assert [formatting.format_item(*item, is_inferred=True) for item in items] == ["yes, inferred", "1 h, inferred"]


def test_a_time_outside_the_calendar_stays_a_number() -> None:
    assert formatting.format_timestamp(1_795_705_200_000) == "2026-11-26 15:00 UTC"
    assert formatting.format_timestamp(10**18) == "1000000000000000000 ms"
    assert formatting.format_timestamp(None) == "unknown"


def test_a_time_is_that_of_the_zone_with_its_name() -> None:
    assert formatting.format_timestamp(1_795_705_200_000, "Asia/Kathmandu") == "2026-11-26 20:45 Asia/Kathmandu"


def test_the_days_of_a_period_are_those_of_the_zone() -> None:
    week = named("2026-W47", ZoneInfo("Asia/Kathmandu"))
    assert formatting.span(week, "Asia/Kathmandu") == "2026-11-16 to 2026-11-22"


def test_a_period_ends_on_its_last_day() -> None:
    week = next(period for period in periods() if period.name == "2026-W47")
    assert formatting.span(week) == "2026-11-16 to 2026-11-22"


def test_things_are_counted() -> None:
    assert [formatting.pluralize(item, "delivery") for item in (0, 1, 1234)] == [
        "0 deliveries",
        "1 delivery",
        "1,234 deliveries",
    ]
    assert formatting.pluralize(2, "file") == "2 files"


@pytest.mark.parametrize(
    ("without_service", "exempt", "expected"),
    [
        (1, 0, "+ 1 incident that names no service"),
        (2, 0, "+ 2 incidents that name no service"),
        (0, 3, "3 incidents taken out by a label"),
        (2, 1, "+ 2 incidents that name no service; 1 incident taken out by a label"),
    ],
)
def test_incidents_that_are_not_in_a_rate_are_counted(without_service: int, exempt: int, expected: str) -> None:
    count = IncidentCount("checkout", "week", "2026-W47", without_service, exempt)
    assert (formatting.left_out(count), formatting.left_out(None)) == (expected, "")


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        ({"authored"}, "Change lead time"),
        ((), "Change lead time"),
        ({"opened"}, "Change lead time (from opened)"),
        ({"merged", "authored"}, "Change lead time (from authored or merged)"),
    ],
)
def test_a_lead_time_says_where_it_starts(starts: set[str], expected: str) -> None:
    assert formatting.title(LEAD, starts) == expected
    assert formatting.title(FAIL, starts) == FAIL.title
