"""Decide whether the newest complete period of a number is outside its usual range: an individuals (XmR) chart.

The baseline is the up to 12 periods before. Its limits are 3 standard deviations from the mean, estimated from the mean
moving range, which is the mean difference of neighbours: 3 / 1.128 = 2.66 of it
(https://www.jmp.com/support/help/en/16.1/jmp/control-limits-for-individual-measurement-and-moving-range-charts.shtml,
2026-11). A period with too few items is a gap: the values before and after it are neighbours. Durations are compared by
their logarithm, because they are skewed.
"""

import math
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

from warehouse.report.model import DURATION, MEAN, MEDIAN, SHARE, Measure, Number, Report

BASELINE, MINIMUM_BASELINE, RUN = 12, 6, 8
"""Periods of the baseline, how many of them need a value, and how many in a row on one side are a shift."""
_LIMIT = 2.66
_MINIMUM_ITEMS = {MEDIAN: 5, MEAN: 5}
_MINIMUM_ITEMS_OF_A_SHARE = 10
_SHORTEST = 1_000.0
"""Milliseconds: GitHub's times are whole seconds, so shorter durations are no different, and zero has no logarithm."""
_NOISE = 1e-9
"""Relative difference that is due to the arithmetic of floating-point numbers."""


class Verdict(StrEnum):
    """What the newest complete period is, compared with those before."""

    TOO_FEW = "too_few"
    """It or the baseline has too few items or periods."""
    USUAL = "usual"
    """It is within the limits, and the last 8 are on both sides of the mean."""
    ABOVE = "above"
    BELOW = "below"
    SHIFTED_UP = "shifted_up"
    """The last 8 values are above the mean."""
    SHIFTED_DOWN = "shifted_down"
    """The last 8 values are below the mean."""


class Trend(NamedTuple):
    """The verdict, and the usual range in the measure's unit; without a range there were too few to compare."""

    verdict: Verdict
    mean: float | None = None
    """The mean of the baseline; of durations the geometric one."""
    lower: float | None = None
    upper: float | None = None
    periods: int = 0
    """Number of periods of the baseline with a value."""


class Series(NamedTuple):
    """What a trend is of, as in `Number`."""

    measure: str
    service: str
    repository: str
    environment: str
    kind: str


def trends(report: Report) -> dict[Series, Trend]:
    """Return the trend of every series of numbers of the report, in the order of its numbers."""
    complete: dict[str, list[str]] = {}
    for period in report.periods:
        if period.ends_at <= report.generated_at:
            complete.setdefault(period.kind, []).append(period.name)
    series: dict[Series, dict[str, Number]] = {}
    for number in report.numbers:
        series.setdefault(Series(*number[:5]), {})[number.period] = number
    measures = {measure.name: measure for measure in report.measures}
    return {
        key: trend(measures[key.measure], [numbers.get(name) for name in complete.get(key.kind, ())])
        for key, numbers in series.items()
        if key.measure in measures
    }


def trend(measure: Measure, numbers: Sequence[Number | None]) -> Trend:
    """Compare the last of the numbers of complete periods, oldest first, with those before; None is a period without."""
    *before, newest = [_value(measure, number) for number in numbers[-BASELINE - 1 :]] or [None]
    baseline = [value for value in before if value is not None]
    if newest is None or len(baseline) < MINIMUM_BASELINE:
        return Trend(Verdict.TOO_FEW, periods=len(baseline))
    mean = fmean(baseline)
    reach = _LIMIT * fmean(abs(later - earlier) for earlier, later in pairwise(baseline))
    lower, upper = (_within_bounds(measure, limit) for limit in (mean - reach, mean + reach))
    verdict = _verdict([*baseline, newest], mean, lower, upper)
    usual = [_as_measured(measure, value) for value in (mean, lower, upper)]
    return Trend(verdict, usual[0], usual[1], usual[2], len(baseline))


def is_enough(measure: Measure, number: Number) -> bool:
    """Return whether a number has enough items to be compared; a count is only comparable if no item of it is unknown."""
    if measure.unit == SHARE:
        return number.valued >= _MINIMUM_ITEMS_OF_A_SHARE
    if measure.statistic in _MINIMUM_ITEMS:
        return number.valued >= _MINIMUM_ITEMS[measure.statistic]
    return number.valued == number.items


def _verdict(values: list[float], mean: float, lower: float, upper: float) -> Verdict:
    newest = values[-1]
    if _is_above(newest, upper):
        return Verdict.ABOVE
    if _is_above(lower, newest):
        return Verdict.BELOW
    last = values[-RUN:]
    if len(last) == RUN and all(_is_above(value, mean) for value in last):
        return Verdict.SHIFTED_UP
    if len(last) == RUN and all(_is_above(mean, value) for value in last):
        return Verdict.SHIFTED_DOWN
    return Verdict.USUAL


def _is_above(value: float, limit: float) -> bool:
    return value > limit and not math.isclose(value, limit, rel_tol=_NOISE, abs_tol=_NOISE)


def _value(measure: Measure, number: Number | None) -> float | None:
    """Return the value to compare; None for a gap."""
    if number is None or number.value is None or not math.isfinite(number.value) or not is_enough(measure, number):
        return None
    return math.log(max(number.value, _SHORTEST)) if measure.unit == DURATION else number.value


def _within_bounds(measure: Measure, limit: float) -> float:
    """Return a limit that the measure can have: shares are from 0 to 1, and nothing is below zero."""
    if measure.unit == DURATION:
        return limit
    return min(max(limit, 0.0), 1.0) if measure.unit == SHARE else max(limit, 0.0)


def _as_measured(measure: Measure, value: float) -> float:
    return math.exp(value) if measure.unit == DURATION else value


def listed(report: Report) -> Iterator[dict[str, object]]:
    """Yield the trends as objects for JSON: the series, then the verdict and the range."""
    return ({**series._asdict(), **found._asdict()} for series, found in trends(report).items())
