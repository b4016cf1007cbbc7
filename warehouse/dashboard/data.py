"""The data of the page as JSON, never larger than there is room: what is left out is counted, and the page says so."""

from collections.abc import Iterable
from typing import Any

from warehouse.dashboard import series
from warehouse.dashboard.evidence_selection import newest_first
from warehouse.dashboard.string_table import Texts, as_json, clipped
from warehouse.report.empty_state import NEXT_STEPS
from warehouse.report.model import Evidence, Measure, Report

RESERVED = 200_000
"""Bytes that are kept for evidence even where the numbers alone would fill the page."""
MOST_MISSING = 200
"""Missing deliveries that are listed, the newest."""
_COMMAS = 300
"""Bytes for what stands between the parts."""


def payload(report: Report, evidence: Iterable[Evidence], room: int) -> str:
    """One JSON object of at most `room` bytes, in which no `<` stands: it cannot end the element that it is in."""
    about = _about(report, room - RESERVED)
    texts = Texts(room - RESERVED - len(as_json({**about, "periods": report.periods}).encode()) - _COMMAS)
    told = series.told(report, texts)
    texts.room += RESERVED
    items, items_cut = _evidence(report, evidence, texts)
    about |= {
        "left_out": {"numbers": told.numbers_cut, "services": told.services_cut, "evidence": items_cut},
        "reach": {"service": told.reach, "repository": told.repository_reach},
        "periods": told.periods,
        "texts": texts.all(),
    }
    return f'{as_json(about)[:-1]},"numbers":[{",".join(told.series)}],"evidence":[{",".join(items)}]}}'


def _about(report: Report, room: int) -> dict[str, Any]:
    """All but numbers and evidence; where it is longer than any that was ever seen, its lists are cut."""
    told: dict[str, Any] = {}
    for most in (10_000, 1_000, 100, 10, 0):
        told = _listed(report, most)
        if len(as_json(told).encode()) <= room:
            break
    return told


def _listed(report: Report, most: int) -> dict[str, Any]:
    """`most` is how long each list can be; `of` says how long it would be."""
    lost = [(day.day, day.webhook, *each) for day in report.ledger for each in day.missing]
    repositories = (
        (clipped(each.name), clipped(each.service), each.team and clipped(each.team), each.deployments)
        for each in report.repositories[:most]
    )
    days = report.ledger[max(0, len(report.ledger) - most) :]
    missing = lost[max(0, len(lost) - min(most, MOST_MISSING)) :]
    return {
        "made": report.generated_at,
        "source": clipped(report.source),
        "records": report.records,
        "newest": report.newest_at,
        "next_steps": NEXT_STEPS,
        "measures": [each._asdict() for each in report.measures],
        "repositories": list(repositories),
        "days": [(day.day, clipped(day.webhook), *day[2:-1], len(day.missing)) for day in days],
        "missing": [[clipped(cell) for cell in row] for row in missing],
        "rejects": [(clipped(each.path), clipped(each.reason)) for each in report.rejects[:most]],
        "of": {
            "repositories": len(report.repositories),
            "days": len(report.ledger),
            "missing": len(lost),
            "rejects": report.rejected,
        },
    }


def _evidence(report: Report, evidence: Iterable[Evidence], texts: Texts) -> tuple[list[str], int]:
    """The rows of the newest items, as many as fit, and how many do not."""
    measures = {measure.name: (place, measure) for place, measure in enumerate(report.measures)}
    chosen, given = newest_first(evidence)
    told: list[str] = []
    for each in chosen:
        added = texts.told([_item(each, measures)])
        if added is None:
            break
        told += added
    return told, given - len(told)


def _item(item: Evidence, measures: dict[str, tuple[int, Measure]]) -> tuple[Any, ...]:
    place, measure = measures[item.measure]
    where = (item.service, item.repository, item.environment)
    found = (*_split(item.record_id), *_split(item.path))
    return (place, *where, item.at, item.item, series.rounded(item.value, measure), item.why, *found)


def _split(path: str | None) -> tuple[str | None, str | None]:
    """The folder, which many share, and the name."""
    if path is None:
        return None, None
    folder, slash, name = path.rpartition("/")
    return folder + slash, name
