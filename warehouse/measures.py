"""What is measured: a SQL file of `sql/dora/` or `sql/beyond/` is a measure, found and never listed.

Its head tells what report and documents say of it, in lines `-- key: value`; its rows are the evidence, one for each item:
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
"""Of every measure's rows: `happened_at` says in which period it is, and `value` is null where it is not known."""
_TOLD = re.compile(r"^-- (title|unit|statistic|better|source|definition):(.*)$", re.MULTILINE)
_NUMBER = re.compile(r"^\d+_")


def statements(folder: str) -> Iterator[tuple[str, str]]:
    """Name and text of the SQL files of a folder, in the order of their names; a number before one is no part of it."""
    for file in sorted(_sql(folder), key=lambda file: file.name):
        yield _NUMBER.sub("", file.name.removesuffix(".sql")), file.read_text("utf-8")


def _sql(folder: str) -> Iterator[Traversable]:
    return (file for file in files("warehouse").joinpath("sql", folder).iterdir() if file.name.endswith(".sql"))


@cache
def measures() -> tuple[Measure, ...]:
    """DORA's five, in its order, and then the others."""
    return tuple(_measure(folder, name, text) for folder in (DORA, BEYOND) for name, text in statements(folder))


@cache
def rows_of(measure: str) -> str:
    """The statement that gives a measure's rows; raises KeyError for one that there is not."""
    return {name: text for folder in (DORA, BEYOND) for name, text in statements(folder)}[measure]


def _measure(folder: str, name: str, text: str) -> Measure:
    head = {key: value.strip() for key, value in _TOLD.findall(text)}
    return Measure(name=name, is_dora=folder == DORA, **head)
