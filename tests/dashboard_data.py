"""Read the data of a dashboard's page in Python, as its scripts read it in the browser."""

import base64
import json
import re
import zlib
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, NamedTuple

Key = tuple[str, str, str, str, str, str]
"""Measure, service, repository, environment, kind and period."""


class PageNumber(NamedTuple):
    """A number on a page."""

    value: float | None
    text: str | None
    """None: the page writes a dash or `unknown`."""
    known: int
    inferred: int
    items: int
    coverage: str
    p75: float | None
    p90: float | None
    p95: float | None


class PageData(NamedTuple):
    """The data of a page."""

    head: dict[str, Any]
    numbers: dict[Key, PageNumber]
    trends: dict[tuple[str, ...], str]
    """By measure, service, repository, environment and kind."""
    targets: dict[tuple[str, ...], str]
    """By the same."""
    evidence: list[dict[str, Any]]
    text: str
    """All of it, before it was compressed."""


def page_data(html: str) -> PageData:
    """Return the data of a page."""
    [encoded] = re.findall(r'<script type="text/plain" id="data">([A-Za-z0-9+/=]*)</script', html)
    return stream_data(base64.b64decode(encoded))


def stream_data(stream: bytes) -> PageData:
    """Return the data of a compressed stream."""
    text = zlib.decompress(stream, -15).decode()
    head, *lines = [line.split("\t") for line in text.removesuffix("\n").split("\n")]
    fields = json.loads(head[3])
    data = PageData(fields, {}, {}, {}, [], text)
    for kind, service, _, content in lines:
        if kind == "numbers":
            _add_numbers(data, json.loads(service), json.loads(content))
        else:
            data.evidence.extend(_items(fields, json.loads(service), json.loads(content)))
    return data


def _tables(encoded: dict[str, Any]) -> dict[str, tuple[list[float | None], list[str | None]]]:
    tables = {}
    for unit, (differences, runs) in encoded.items():
        scale = 1 if unit == "duration" else 1_000_000
        texts = [text for text, count in zip(runs[::2], runs[1::2], strict=True) for _ in range(count)]
        tables[unit] = ([None, *(total / scale for total in accumulate(differences))], [None, *texts])
    return tables


def _add_numbers(data: PageData, service: str, content: dict[str, Any]) -> None:
    tables, strings = _tables(content["values"]), content["strings"]
    for index, repository, environment, kind, trend, target, start, values, coverages, percentiles in content["rows"]:
        measure = data.head["measures"][index]
        of_kind = [name for of, name, *_ in data.head["periods"] if of == strings[kind]][::-1]
        scope = (measure["name"], service, strings[repository], strings[environment], strings[kind])
        data.trends[scope] = strings[trend]
        data.targets[scope] = strings[target]
        table, texts = tables.get(measure["unit"], ([None], [None]))
        for at, (value, coverage) in enumerate(zip(values, coverages, strict=True)):
            if coverage:
                known, inferred, items, text = content["coverages"][coverage - 1]
                p75, p90, p95 = (table[column[at]] if column else None for column in percentiles)
                number = PageNumber(table[value], texts[value], known, inferred, items, text, p75, p90, p95)
                key = (*scope, of_kind[start + at])
                assert key not in data.numbers
                data.numbers[key] = number


def _items(head: dict[str, Any], service: str, content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    tables, strings = _tables(content["values"]), content["strings"]
    for index, columns in content["measures"]:
        measure = head["measures"][index]
        table, texts = tables.get(measure["unit"], ([None], [None]))
        before = 0
        for at in range(columns["count"]):
            row = {name: _cell(column, at) for name, column in columns.items()}
            before -= row["at"] or 0
            place = row["value"]
            id_folder, id_name, folder, name = (_cell(column, row["record"]) for column in content["records"])
            path_name = f"{id_name}.json" if name == 0 else name
            yield {
                **{
                    key: strings[cell] if isinstance(cell, int) else cell
                    for key, cell in row.items()
                    if key not in _NUMBERS
                },
                "measure": measure["name"],
                "service": service,
                "at": None if row["at"] is None else before,
                "value": table[place],
                "text": texts[place],
                "is_inferred": row["marks"] % 2 == 1,
                "record_id": None if id_name is None else strings[id_folder] + id_name,
                "path": None if name is None else strings[folder] + path_name,
            }


_NUMBERS = ("count", "at", "value", "record", "marks")
"""The columns whose cells are no indexes of texts."""


def _cell(column: Any, at: int) -> Any:
    return column[at] if isinstance(column, list) else column
