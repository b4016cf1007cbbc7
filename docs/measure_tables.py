"""Describe the measures and views for docs/DORA.md, from the comments at the top of their SQL files."""

from collections.abc import Iterator, Sequence

from warehouse.measures import measures
from warehouse.report.model import Measure
from warehouse.sql_files import DELIVERY, DORA, SqlFile, model_names, ordered_files

MEASURE_HEAD = ("measure", "title", "unit", "statistic", "definition")
VIEW_HEAD = ("view", "a row is")
_Table = tuple[str, Sequence[str], list[tuple[str, ...]]]


def tables() -> Iterator[_Table]:
    """Yield block name, head and rows of each table."""
    yield f"measures {DORA}", MEASURE_HEAD, [_measure(measure) for measure in measures() if measure.is_dora]
    yield f"measures {DELIVERY}", MEASURE_HEAD, [_measure(measure) for measure in measures() if not measure.is_dora]
    yield (
        "views",
        VIEW_HEAD,
        [(f"`{file.name}`", description(file)) for file in ordered_files() if file.name in model_names()],
    )


def description(file: SqlFile) -> str:
    """Return the first sentence of the comment `-- NAME: …` at the top of a file; raises ValueError for a file without it."""
    lines = []
    for line in file.text.splitlines():
        if not line.startswith("-- "):
            break
        lines.append(line.removeprefix("-- "))
    name, colon, text = " ".join(lines).partition(": ")
    if name != file.name or not colon:
        raise ValueError(f"{file.path}: the first line must be `-- {file.name}: DESCRIPTION.`")
    return text.partition(". ")[0].removesuffix(".")


def _measure(measure: Measure) -> tuple[str, ...]:
    return f"`{measure.name}`", measure.title, measure.unit, measure.statistic, measure.definition
