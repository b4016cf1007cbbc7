"""Read the targets of services.toml: a value with the unit of its measure."""

import difflib
import re
from functools import cache

from warehouse.measures import measures
from warehouse.report.model import COUNT, DURATION, PER_DAY, SHARE, Measure
from warehouse.units import DAY, HOUR, MINUTE, SECOND, SPANS

_NUMBER = r"(\d{1,9}(?:\.\d{1,6})?)"
_MILLISECONDS = {"s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY}
_DURATION = re.compile(rf"{_NUMBER} ?(s|min|h|d)")
_FREQUENCY = re.compile(rf"{_NUMBER} an? (day|week|month|year)|{_NUMBER} per (day|week|month|year)")
_SHARE, _COUNT = re.compile(rf"{_NUMBER} ?%"), re.compile(_NUMBER)
_EXAMPLES = {DURATION: '"1 d" or "4 h 30 min"', SHARE: '"15 %"', PER_DAY: '"2 a week"', COUNT: '"400"'}


def target_value(measure: str, text: str) -> float:
    """Return a target in the measure's unit; raises ValueError with what to write instead."""
    known = _measures()
    if measure not in known:
        close = difflib.get_close_matches(measure, known, n=1, cutoff=0.5)
        raise ValueError(f"there is no measure {measure}{f'; did you mean `{close[0]}`?' if close else ''}")
    if not known[measure].better:
        raise ValueError("has no target: neither a lower nor a higher value is better")
    value = _parsed(known[measure].unit, text.strip())
    if value is None:
        raise ValueError(f'"{text}" is no value of this measure; write for example {_EXAMPLES[known[measure].unit]}')
    return value


def is_by_month(text: str) -> bool:
    """Return whether a target counts by the month or the year, which have different numbers of days."""
    frequency = _FREQUENCY.fullmatch(text.strip())
    return frequency is not None and (frequency[2] or frequency[4]) in ("month", "year")


@cache
def _measures() -> dict[str, Measure]:
    return {measure.name: measure for measure in measures()}


def _parsed(unit: str, text: str) -> float | None:
    if unit == DURATION:
        return _duration(text)
    if unit == PER_DAY:
        frequency = _FREQUENCY.fullmatch(text)
        return float(frequency[1] or frequency[3]) / SPANS[frequency[2] or frequency[4]] if frequency else None
    match = (_SHARE if unit == SHARE else _COUNT).fullmatch(text)
    if match is None or (unit == SHARE and float(match[1]) > 100):
        return None
    return float(match[1]) / 100 if unit == SHARE else float(match[1])


def _duration(text: str) -> float | None:
    """Return the milliseconds of `1 d` or `4 h 30 min`, each unit once."""
    parts = [(float(match[1]), match[2]) for match in _DURATION.finditer(text)]
    units = [unit for _, unit in parts]
    is_whole = not _DURATION.sub("", text).strip() and len(set(units)) == len(units)
    return sum(number * _MILLISECONDS[unit] for number, unit in parts) if parts and is_whole else None
