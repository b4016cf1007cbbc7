"""Discover the measures: each SQL file of `sql/dora/` and `sql/beyond/` is one, without a registry.

The comments at its top, lines `-- key: value`, describe it for reports and documents. Its rows are the evidence, one for
each item:
`host, repository_key, environment, happened_at, item, value, why, record_id, path`.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from warehouse.report.model import Measure

DORA, BEYOND = "dora", "beyond"
COLUMNS = ("host", "repository_key", "environment", "happened_at", "item", "value", "why", "record_id", "path")
"""Columns of every measure: `happened_at` decides the period, and `value` is null if unknown."""
_HEADER = re.compile(r"^-- (title|unit|statistic|better|source|definition):(.*)$", re.MULTILINE)
_NUMBER = re.compile(r"^\d+_")


def statements(folder: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of the SQL files of a folder, in file order; the name is without its leading number."""
    for file in sorted(_sql(folder), key=lambda file: file.name):
        yield _NUMBER.sub("", file.name.removesuffix(".sql")), file.read_text("utf-8")


def _sql(folder: str) -> Iterator[Traversable]:
    return (file for file in files("warehouse").joinpath("sql", folder).iterdir() if file.name.endswith(".sql"))


@cache
def measures() -> tuple[Measure, ...]:
    """Return the five DORA measures in their order, then the others."""
    return tuple(_measure(folder, name, text) for folder in (DORA, BEYOND) for name, text in statements(folder))


@cache
def measure_sql(measure: str) -> str:
    """Return the statement that selects a measure's rows; raises KeyError for an unknown measure."""
    return {name: text for folder in (DORA, BEYOND) for name, text in statements(folder)}[measure]


def _measure(folder: str, name: str, text: str) -> Measure:
    header = {key: value.strip() for key, value in _HEADER.findall(text)}
    return Measure(name=name, is_dora=folder == DORA, **header)
