"""The data of the page as JSON: small, because texts stand in it once, and never larger than there is room.

What has no room is left out from the old end, and counted: the page says so, and where to find it.
"""

import json
import math
from collections.abc import Iterable
from typing import Any

from warehouse.dashboard.newest import newest_first
from warehouse.report.model import DURATION, Evidence, Measure, Number, Period, Report
from warehouse.report.wording import printable

RESERVED = 200_000
"""Bytes that are kept for evidence even where the numbers alone would fill the page."""
MOST_MISSING = 200
"""Missing deliveries that are listed, the newest."""
_COMMAS = 300
"""Bytes for what stands between the parts."""
_LONGEST = 400
"""Characters of a text; paths of records are shorter."""


class Rows:
    """Rows of JSON within a number of bytes; each text in them is a place in `texts`, which all rows share."""

    def __init__(self, room: int) -> None:
        """`room` is for the rows and the texts together."""
        self.room = room
        self.texts: dict[str, int] = {}

    def add(self, rows: Iterable[tuple[Any, ...]]) -> list[str] | None:
        """The JSON of these rows; None, and nothing is kept, if they do not all fit."""
        new: dict[str, int] = {}
        told = [_json([self._place(cell, new) for cell in row]) for row in rows]
        cost = sum(len(each.encode()) + 1 for each in (*told, *(_json(text) for text in new)))
        if cost > self.room:
            return None
        self.room -= cost
        self.texts |= new
        return told

    def _place(self, cell: Any, new: dict[str, int]) -> Any:
        if not isinstance(cell, str):
            return cell
        text = _clipped(cell)
        if text in self.texts:
            return self.texts[text]
        return new.setdefault(text, len(self.texts) + len(new))


def payload(report: Report, evidence: Iterable[Evidence], room: int) -> str:
    """One JSON object of at most `room` bytes, in which no `<` stands: it cannot end the element that it is in."""
    about = _about(report, room - RESERVED)
    rows = Rows(room - RESERVED - len(_json({**about, "periods": report.periods}).encode()) - _COMMAS)
    numbers, periods, cut = _numbers(report, rows)
    rows.room += RESERVED
    items, items_cut = _evidence(report, evidence, rows)
    left_out = {"numbers": cut, "periods": len(report.periods) - len(periods), "evidence": items_cut}
    told = {**about, "left_out": left_out, "periods": periods, "texts": list(rows.texts)}
    return f'{_json(told)[:-1]},"numbers":[{",".join(numbers)}],"evidence":[{",".join(items)}]}}'


def _about(report: Report, room: int) -> dict[str, Any]:
    """All but numbers and evidence; where it is longer than any that was ever seen, its lists are cut."""
    told: dict[str, Any] = {}
    for most in (10_000, 1_000, 100, 10, 0):
        told = _listed(report, most)
        if len(_json(told).encode()) <= room:
            break
    return told


def _listed(report: Report, most: int) -> dict[str, Any]:
    """`most` is how long each list can be."""
    lost = [(day.day, day.webhook, *each) for day in report.ledger for each in day.missing]
    repositories = (
        (_clipped(each.name), _clipped(each.service), each.team and _clipped(each.team), each.deployments)
        for each in report.repositories[:most]
    )
    days = report.ledger[max(0, len(report.ledger) - most) :]
    missing = lost[max(0, len(lost) - min(most, MOST_MISSING)) :]
    return {
        "made": report.generated_at,
        "source": _clipped(report.source),
        "records": report.records,
        "newest": report.newest_at,
        "measures": [each._asdict() for each in report.measures],
        "repositories": list(repositories),
        "days": [(day.day, _clipped(day.webhook), *day[2:-1], len(day.missing)) for day in days],
        "missing": [[_clipped(cell) for cell in row] for row in missing],
        "rejects": [(_clipped(each.path), _clipped(each.reason)) for each in report.rejects[:most]],
        "of": {
            "repositories": len(report.repositories),
            "days": len(report.ledger),
            "missing": len(lost),
            "rejects": report.rejected,
        },
    }


def _numbers(report: Report, rows: Rows) -> tuple[list[str], list[Period], int]:
    """The rows of the newest periods of each kind, as many as fit; those periods; and how many numbers do not fit."""
    ages = _ages(report.periods)
    by_age: dict[int, list[Number]] = {}
    for each in report.numbers:
        by_age.setdefault(ages[each.kind, each.period], []).append(each)
    measures = {measure.name: (place, measure) for place, measure in enumerate(report.measures)}
    told: list[str] = []
    kept, oldest = 0, max(ages.values(), default=0)
    for age in range(oldest + 1):
        group = [_number(each, measures) for each in by_age.get(age, ())]
        added = rows.add(group)
        if added is None:
            added = _some(group, rows) if age == 0 else []
            oldest = age if age == 0 else age - 1
        told += added
        kept += len(added)
        if oldest <= age:
            break
    periods = [period for period in report.periods if ages[period.kind, period.name] <= oldest]
    return told, periods, len(report.numbers) - kept


def _some(group: list[tuple[Any, ...]], rows: Rows) -> list[str]:
    """Not even the newest period fits: those of whole services first, then as many as there is room for."""
    told: list[str] = []
    for row in sorted(group, key=lambda row: row[2] != ""):
        added = rows.add([row])
        if added is None:
            break
        told += added
    return told


def _ages(periods: tuple[Period, ...]) -> dict[tuple[str, str], int]:
    """How many periods of its kind are newer than each."""
    newer: dict[str, int] = {}
    ages = {}
    for period in sorted(periods, key=lambda period: -period.starts_at):
        ages[period.kind, period.name] = newer.get(period.kind, 0)
        newer[period.kind] = ages[period.kind, period.name] + 1
    return ages


def _number(number: Number, measures: dict[str, tuple[int, Measure]]) -> tuple[Any, ...]:
    place, measure = measures[number.measure]
    value = _value(number.value, measure)
    where = (number.service, number.repository, number.environment, number.kind, number.period)
    return (place, *where, value, number.known, number.items)


def _evidence(report: Report, evidence: Iterable[Evidence], rows: Rows) -> tuple[list[str], int]:
    """The rows of the newest items, as many as fit, and how many do not."""
    measures = {measure.name: (place, measure) for place, measure in enumerate(report.measures)}
    chosen, given = newest_first(evidence)
    told: list[str] = []
    for each in chosen:
        added = rows.add([_item(each, measures)])
        if added is None:
            break
        told += added
    return told, given - len(told)


def _item(item: Evidence, measures: dict[str, tuple[int, Measure]]) -> tuple[Any, ...]:
    place, measure = measures[item.measure]
    where = (item.service, item.repository, item.environment)
    found = (*_split(item.record_id), *_split(item.path))
    return (place, *where, item.at, item.item, _value(item.value, measure), item.why, *found)


def _split(path: str | None) -> tuple[str | None, str | None]:
    """The folder, which many share, and the name."""
    if path is None:
        return None, None
    folder, slash, name = path.rpartition("/")
    return folder + slash, name


def _value(value: float | None, measure: Measure) -> float | int | None:
    """Without the digits that nobody sees: whole ms, six decimals; what is no number is unknown."""
    if value is None or not math.isfinite(value):
        return None
    rounded = round(value) if measure.unit == DURATION else round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def _clipped(text: str) -> str:
    told = printable(text)
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"


def _json(value: Any) -> str:
    """As small as it goes; `<` is escaped, as HTML would see `</script` and `<!--` even in a string."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
