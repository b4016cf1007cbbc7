"""Say how often a value is unknown, for which reasons, and what can be done about it."""

from collections import Counter
from collections.abc import Iterator

from warehouse.report.formatting import pluralize
from warehouse.report.model import PER_DAY, Report

_REASONS = 3
"""Maximum number of reasons named for a measure."""


def lines(report: Report) -> Iterator[str]:
    """Yield a line for each DORA measure with unknown items in the report's periods, and what to do about old records."""
    if is_all_unknown(report):
        there = ", ".join(f"{count:,} of {metric}" for metric, count in report.records.items() if count)
        yield f"No number of the DORA measures but the frequency is known, although there are records: {there}."
    for measure in report.measures:
        reasons = _reasons(report, measure.name)
        if measure.is_dora and reasons:
            named = "; ".join(f"{count:,}: {why}" for why, count in reasons.most_common(_REASONS))
            rest = reasons.total() - sum(count for _, count in reasons.most_common(_REASONS))
            more = f"; {rest:,}: other reasons" if rest else ""
            unknown = "is unknown" if reasons.total() == 1 else "are unknown"
            yield f"{measure.title}: {pluralize(reasons.total(), 'item')} {unknown} ({named}{more})."
    old = sum(report.old_records.values())
    if old:
        lack = "lacks" if old == 1 else "lack"
        yield (
            f"{pluralize(old, 'record')} of an older version {lack} fields that the definitions need, so what they decide "
            "is unknown or inferred: `telemetry backfill` fetches the fields that GitHub still has."
        )


def is_all_unknown(report: Report) -> bool:
    """Return whether the DORA measures have items, but no value other than frequencies."""
    judged = {measure.name for measure in report.measures if measure.is_dora and measure.unit != PER_DAY}
    items = [number for number in report.numbers if number.measure in judged and number.items]
    return bool(items) and not any(number.valued for number in items)


def _reasons(report: Report, measure: str) -> Counter[str]:
    reasons: Counter[str] = Counter()
    for found in report.unknown:
        if found.measure == measure:
            reasons[found.why or "no reason is recorded"] += found.items
    return reasons
