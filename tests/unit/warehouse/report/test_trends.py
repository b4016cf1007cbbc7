import math

import pytest

from tests.unit.warehouse.sample_report import report
from warehouse.report.model import COUNT, DURATION, MEAN, MEDIAN, PER_DAY, SHARE, SUM, Measure, Number
from warehouse.report.trends import Series, Trend, Verdict, trend, trends

HOUR = 3_600_000.0
LEAD = Measure("lead", "Lead", True, DURATION, MEDIAN, "lower", "", "")
FAIL = Measure("fail", "Fail", True, SHARE, MEAN, "lower", "", "")
FREQUENCY = Measure("frequency", "Frequency", True, PER_DAY, PER_DAY, "higher", "", "")
SIZE = Measure("size", "Size", False, COUNT, MEDIAN, "lower", "", "")
TAGS = Measure("tags", "Tags", False, COUNT, SUM, "", "", "")
GAP = None


def number(value: float | None, known: int = 20, items: int | None = None, inferred: int = 0) -> Number:
    return Number("m", "s", "", "", "week", "w", value, known, known + inferred if items is None else items, inferred)


def of(measure: Measure, *values: float | None) -> Trend:
    """Return the trend of these values, each of 20 items; None is a period without a number."""
    return trend(measure, [None if value is None else number(value) for value in values])


def test_the_limits_are_a_worked_example() -> None:
    # mean 10, moving ranges 2, 2, 2, 2, 2: limits 10 ± 2.66 * 2
    found = of(SIZE, 9, 11, 9, 11, 9, 11, 15.33)
    assert found == Trend(Verdict.ABOVE, 10, pytest.approx(4.68), pytest.approx(15.32), 6)
    assert of(SIZE, 9, 11, 9, 11, 9, 11, 15.31).verdict is Verdict.USUAL
    assert of(SIZE, 9, 11, 9, 11, 9, 11, 4.67).verdict is Verdict.BELOW


def test_durations_are_compared_by_their_logarithm() -> None:
    # 1 h and 4 h: the mean of the logarithms is that of 2 h, each moving range is log 4, so the limits are 2 h * 4 ** ±2.66.
    found = of(LEAD, *[HOUR, 4 * HOUR] * 3, 3 * HOUR)
    assert found.verdict is Verdict.USUAL
    assert [found.mean, found.lower, found.upper] == pytest.approx(
        [2 * HOUR, 2 * HOUR / 4**2.66, 2 * HOUR * 4**2.66], rel=1e-9
    )
    assert of(LEAD, *[HOUR, 4 * HOUR] * 3, 2 * HOUR * 4**2.67).verdict is Verdict.ABOVE
    assert of(LEAD, *[HOUR, 4 * HOUR] * 3, 2 * HOUR * 4**-2.67).verdict is Verdict.BELOW


def test_a_duration_of_zero_is_compared_as_a_second() -> None:
    assert of(LEAD, 0, 0, 0, 0, 0, 0, 0) == Trend(Verdict.USUAL, *[pytest.approx(1000)] * 3, 6)
    assert of(LEAD, 0, 0, 0, 0, 0, 0, 900).verdict is Verdict.USUAL
    assert of(LEAD, 0, 0, 0, 0, 0, 0, HOUR).verdict is Verdict.ABOVE
    assert all(math.isfinite(value or 0) for value in of(LEAD, 0, HOUR, 0, HOUR, 0, HOUR, 0)[1:4])


@pytest.mark.parametrize("measure", [LEAD, FAIL, FREQUENCY, SIZE, TAGS], ids=lambda measure: measure.name)
@pytest.mark.parametrize("value", [0.1, 1 / 3, 0.7])
def test_equal_values_are_within_the_usual_range(measure: Measure, value: float) -> None:
    found = of(measure, *[value * (HOUR if measure is LEAD else 1)] * 13)
    assert (found.verdict, found.periods) == (Verdict.USUAL, 12)
    assert found.lower == pytest.approx(found.upper)


def test_any_difference_from_equal_values_is_outside() -> None:
    assert of(FAIL, *[0.1] * 6, 0.11).verdict is Verdict.ABOVE
    assert of(FREQUENCY, *[1.0] * 6, 0.9).verdict is Verdict.BELOW


def test_the_limits_of_a_share_are_from_0_to_1() -> None:
    found = of(FAIL, 0.1, 0.6, 0.1, 0.6, 0.1, 0.6, 1.0)
    assert (found.verdict, found.lower, found.upper) == (Verdict.USUAL, 0.0, 1.0)


def test_the_lower_limit_of_a_count_is_not_below_zero() -> None:
    assert of(FREQUENCY, 0, 3, 0, 3, 0, 3, 0)[:3] == (Verdict.USUAL, 1.5, 0.0)


@pytest.mark.parametrize(("before", "verdict"), [(5, Verdict.TOO_FEW), (6, Verdict.USUAL)])
def test_the_baseline_has_at_least_six_periods(before: int, verdict: Verdict) -> None:
    found = of(SIZE, *[5.0] * before, 5.0)
    assert (found.verdict, found.periods) == (verdict, before)
    assert (found.mean is None) == (verdict is Verdict.TOO_FEW)


def test_the_baseline_has_at_most_twelve_periods() -> None:
    assert of(SIZE, *[1000.0] * 5, *[5.0, 6.0] * 6, 5.0) == of(SIZE, *[5.0, 6.0] * 6, 5.0)


def test_nothing_is_too_few_to_compare() -> None:
    assert trend(LEAD, []) == Trend(Verdict.TOO_FEW)
    assert of(LEAD, HOUR).verdict is Verdict.TOO_FEW


@pytest.mark.parametrize("newest", [GAP, number(None, 0, 9), number(float("nan")), number(5.0, 4)])
def test_a_newest_period_without_a_comparable_value_is_not_compared(newest: Number | None) -> None:
    assert trend(SIZE, [*map(number, [5.0] * 12), newest]).verdict is Verdict.TOO_FEW


@pytest.mark.parametrize(
    ("measure", "enough"), [(LEAD, 5), (SIZE, 5), (FAIL, 10)], ids=lambda item: getattr(item, "name", None)
)
def test_a_median_needs_5_items_and_a_share_10(measure: Measure, enough: int) -> None:
    before = [number(0.5)] * 12
    assert trend(measure, [*before, number(0.5, enough)]).verdict is Verdict.USUAL
    assert trend(measure, [*before, number(0.5, enough - 1, items=99)]).verdict is Verdict.TOO_FEW
    assert trend(measure, [*before, number(0.5, enough - 2, inferred=2)]).verdict is Verdict.USUAL


def test_a_count_needs_no_items_but_none_may_be_unknown() -> None:
    before = [number(1.0, 7)] * 6
    assert trend(FREQUENCY, [*before, number(0.0, 0)]).verdict is Verdict.BELOW
    assert trend(FREQUENCY, [*before, number(0.5, 3, items=7)]).verdict is Verdict.TOO_FEW


def test_a_period_with_too_few_items_is_a_gap_in_the_baseline() -> None:
    few = number(99.0, 4)
    values = [9, GAP, 11, 9, GAP, 11, 9, 11]
    with_gaps = [few if value is GAP else number(value) for value in values]
    assert trend(SIZE, [*with_gaps, number(15.0)]) == of(SIZE, 9, 11, 9, 11, 9, 11, 15.0)


def test_a_gap_does_not_move_the_baseline_further_back() -> None:
    # of the 12 periods before, 7 are gaps: what was earlier does not count in their place
    values = [*[5.0] * 9, *[GAP] * 7, *[5.0] * 5, 5.0]
    assert of(SIZE, *values)[::4] == (Verdict.TOO_FEW, 5)


def test_eight_on_one_side_of_the_mean_are_a_shift() -> None:
    low, high = [8.0, 12.0, 8.0, 9.0, 8.0], [13.0, 12.0, 13.0, 12.0, 13.0, 12.0, 13.0]
    found = of(SIZE, *low, *high, 12.0)
    assert (found.verdict, found.mean) == (Verdict.SHIFTED_UP, pytest.approx(133 / 12))
    assert of(SIZE, *low, *high[1:], 10.0, 12.0).verdict is Verdict.USUAL, "one of the 8 is on the other side"
    mirrored = [25 - value for value in (*low, *high, 12.0)]
    assert of(SIZE, *mirrored).verdict is Verdict.SHIFTED_DOWN


def test_a_value_on_the_mean_is_on_neither_side() -> None:
    values = [0.0, 10.0, 0.0, 0.0, *[6.0] * 7]
    mean = sum(values) / len(values)
    assert of(SIZE, *values, mean).verdict is Verdict.USUAL
    assert of(SIZE, *values, mean + 0.1).verdict is Verdict.SHIFTED_UP


def test_trends_are_of_complete_periods_only() -> None:
    full = report()
    found = trends(full)
    assert {key.kind for key in found} == {"week", "month", "quarter"}
    current = [period.name for period in full.periods if period.ends_at > full.generated_at]
    changed = (entry._replace(value=10**9) if entry.period in current else entry for entry in full.numbers)
    assert trends(full._replace(numbers=tuple(changed))) == found


def test_a_period_without_a_number_is_a_gap_of_its_series() -> None:
    full = report()
    key = Series("review_latency", "checkout", "", "", "week")
    weeks = [period.name for period in full.periods if period.kind == "week"][-14:-1]
    some = [entry for entry in full.numbers if entry[:5] == key and entry.period in weeks[::2]]
    found = trends(full._replace(numbers=tuple(some)))[key]
    assert found.periods == sum(entry.valued >= 5 for entry in some[:-1])
