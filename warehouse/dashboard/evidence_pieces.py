"""Encode the evidence in columns, a piece for each service and quarter: neighbours in a column are alike."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from warehouse.dashboard.evidence_row import FIELDS, encode
from warehouse.dashboard.evidence_spool import EvidenceSpool
from warehouse.dashboard.pieces import Piece, compress, split
from warehouse.dashboard.string_table import StringTable, clipped
from warehouse.dashboard.value_table import ValueTable
from warehouse.report import formatting
from warehouse.report.model import Evidence, Measure, Report

RECENT, OLDER = 10, 11
"""The ranks of evidence: the last two quarters, and the rest."""
_RECENT_QUARTERS = 2
"""The current quarter and the last complete one."""
_ITEMS = 20_000
"""Maximum items of a piece: a busy quarter is several pieces, the newest first."""


def evidence_pieces(report: Report, evidence: Iterable[Evidence], limit: int) -> Iterator[Piece]:
    """Yield the evidence of each service, newest quarter first, in pieces of at most `limit` bytes."""
    quarters = [period for period in report.periods if period.kind == "quarter"]
    spool = EvidenceSpool(evidence, quarters)
    measures = {measure.name: (at, measure) for at, measure in enumerate(report.measures)}
    for service, quarter in list(spool.quarters()):
        items = sorted(spool.take(service, quarter), key=lambda item: -(item.at or 0))
        rank = RECENT if quarter >= len(quarters) - _RECENT_QUARTERS else OLDER
        for at in range(0, len(items), _ITEMS):
            part = items[at : at + _ITEMS]
            yield from split(part, lambda items: _piece(service, rank, items, measures), limit)  # noqa: B023 (used at once)


def _piece(service: str, rank: int, items: list[Evidence], measures: dict[str, tuple[int, Measure]]) -> Piece:
    """Return one piece: a line of JSON as data.js reads it."""
    strings, records = StringTable(), _Records()
    by_measure = sorted(items, key=lambda item: measures[item.measure][0])
    values = ValueTable(((measures[item.measure][1], item.value) for item in items), formatting.format_item)
    groups = [
        (index, _columns(list(group), measures, values, strings, records))
        for index, group in groupby(by_measure, key=lambda item: measures[item.measure][0])
    ]
    fields = {
        "values": values.encoded(),
        "measures": groups,
        "records": records.encoded(strings),
        "strings": strings.all(),
    }
    times = [item.at for item in items if item.at is not None]
    span = (min(times), max(times)) if times else None
    return Piece(service, rank, compress("evidence", clipped(service), fields, span), items=len(items), span=span)


def _columns(
    items: list[Evidence],
    measures: dict[str, tuple[int, Measure]],
    values: ValueTable,
    strings: StringTable,
    records: "_Records",
) -> dict[str, Any]:
    """Return the columns of the items of one measure, without those that are empty."""
    columns: dict[str, Sequence[Any]] = {
        "at": _ages([item.at for item in items]),
        "value": [values.index(measures[item.measure][1], item.value) for item in items],
        "record": [records.index(item) for item in items],
    }
    for name, cells in zip(FIELDS, zip(*map(encode, items), strict=True), strict=True):
        columns[name] = [strings.index(cell) if isinstance(cell, str) else cell for cell in cells]
    return {"count": len(items), **{name: _shortest(column) for name, column in columns.items()}}


def _shortest(column: Sequence[Any]) -> Any:
    """Return a column whose cells are all equal as that cell, and any other one as it is."""
    return column[0] if len(set(column)) == 1 else column


def _ages(times: list[int | None]) -> list[int | None]:
    """Return each time as its difference to the one before, which is later; None stays None."""
    ages: list[int | None] = []
    before = 0
    for time in times:
        ages.append(None if time is None else before - time)
        before = before if time is None else time
    return ages


class _Records:
    """The records of a piece: a record of a deployment is behind items of several measures."""

    def __init__(self) -> None:
        self._indexes: dict[tuple[str | None, str | None], int] = {}

    def index(self, item: Evidence) -> int:
        """Return the index of an item's record, which is added if it is new."""
        return self._indexes.setdefault((item.record_id, item.path), len(self._indexes))

    def encoded(self, strings: StringTable) -> list[Any]:
        """Return folders and names of ids and paths, in four columns; a name of 0 is that of the id with `.json`."""
        rows = []
        for record_id, path in self._indexes:
            id_folder, id_name = _split(record_id)
            folder, name = _split(path)
            is_same = name is not None and id_name is not None and name == f"{id_name}.json"
            rows.append((strings.index(id_folder), id_name, strings.index(folder), 0 if is_same else name))
        return [_shortest(column) for column in zip(*rows, strict=True)]


def _split(path: str | None) -> tuple[str | None, str | None]:
    """Split a path into its folder, which many items share, and its name."""
    if path is None:
        return None, None
    folder, slash, name = clipped(path).rpartition("/")
    return folder + slash, name
