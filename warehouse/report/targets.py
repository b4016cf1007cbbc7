"""Compare numbers with the targets of services.toml, and list its annotations. No SQL.

A target is met or not met by what is known. If items are unknown, the verdict says how many are known; if the value is
unknown, so is the verdict.
"""

from collections.abc import Iterator

from warehouse.report import formatting
from warehouse.report.model import PER_DAY, Measure, Number, Period, Report
from warehouse.report.settings_model import Target
from warehouse.units import DAY, SPANS

_MEAN_DAYS = {"month": SPANS["month"], "quarter": 3 * SPANS["month"]}
_ROUNDING = 1e-9


def targets_by_key(report: Report) -> dict[tuple[str, str], Target]:
    """Return the targets by service, which is empty for all services, and measure."""
    return {(target.service, target.measure): target for target in report.targets}


def target_for(targets: dict[tuple[str, str], Target], service: str, measure: str) -> Target | None:
    """Return the target of a service: its own, or that of all."""
    return targets.get((service, measure)) or targets.get(("", measure))


def is_met(measure: Measure, value: float, target: Target, period: Period | None = None) -> bool:
    """Return whether a value reaches a target; with a `period`, a whole one, a month is as long as that says.

    One deployment in a month of 31 days is one a month, although a mean month is shorter.
    """
    if measure.unit == PER_DAY and target.is_by_month and period and period.kind in _MEAN_DAYS:
        value *= (period.ends_at - period.starts_at) / DAY / _MEAN_DAYS[period.kind] + _ROUNDING
    return value <= target.value if measure.better == "lower" else value >= target.value


def verdict(measure: Measure, number: Number | None, target: Target | None, period: Period | None = None) -> str:
    """Return `target 1 d: met`, `not met` or `unknown`; empty without a target, or if there was nothing to measure."""
    if target is None or number is None or (number.value is None and not number.items):
        return ""
    if number.value is None:
        return f"target {target.text}: {formatting.UNKNOWN}"
    word = "met" if is_met(measure, number.value, target, period) else "not met"
    partly = f" by {formatting.coverage(number)}" if number.known < number.items else ""
    return f"target {target.text}: {word}{partly}"


def annotation_lines(report: Report) -> Iterator[str]:
    """Yield a line for each annotation, newest first."""
    for note in reversed(report.annotations):
        yield f"{note.day}: {note.text}{f' ({note.service})' if note.service else ''}"
