"""Discover the measures: each SQL file of `sql/dora/` and `sql/delivery/` is one, without a registry.

The file begins with its header, one comment line `-- KEY: VALUE` for each key of `HEADER`, which describes the measure
in reports, the dashboard and the documentation. Its rows are the evidence, one row per item, with the columns `COLUMNS`.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources.abc import Traversable

from warehouse.empty_models import Condition
from warehouse.report.model import DIRECTIONS, PER_DAY, STATISTICS, UNITS, Measure
from warehouse.sql_files import DORA, MEASURE_FOLDERS, ROOT, VIEWS, SqlFile, SqlFileError, sql_files
from warehouse.table_names import columns_selected, empty_when, parse

COLUMNS = ("host", "repository_key", "environment", "happened_at", "item", "value", "why", "record_id", "path")
"""Columns of every measure: `happened_at` decides the period, and `value` is null if unknown."""
CERTAINTY = "certainty"
"""The column after these that a measure may have: `known`, `inferred` or `unknown`. Without it, each value is known."""
LINKS = ("author_kind", "assisted", "deployment", "sha", "number", "run", "job", "tag", "code_key", "item_group")
"""The columns after these that a measure may have, in this order: what an item can be filtered by and linked with.

An item of a measure without any has those of the model `item_links`, if it is a change, a deployment or an attempt.
`item_group` is what items are compared by, such as the label of a runner.
"""
HEADER = ("title", "unit", "statistic", "better", "source", "definition")
"""The keys of a header. `better` and `source` may be empty, but a DORA measure needs a source."""
GROUP = "group"
"""The key that a header also has if the rows have the column `item_group`: what that is, in the plural, as "runner labels"."""
_CHOICES = {"unit": UNITS, "statistic": STATISTICS, "better": DIRECTIONS}
_OPTIONAL = ("better", "source")
_WHOLE = ("environment", "happened_at", "item", "value", "why", CERTAINTY)
"""The columns of a whole service's row that are not those of one environment's item."""
_LINE = re.compile(r"-- ([a-z_]+):(.*)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def measures() -> tuple[Measure, ...]:
    """Return the DORA measures in the order of their files, then the others by name. Raises SqlFileError."""
    return tuple(measure for measure, _ in _with_files())


def is_dora(measure: str) -> bool:
    """Return whether a measure is one of DORA's."""
    return any(known.name == measure and known.is_dora for known in measures())


def measure_sql(measure: str) -> str:
    """Return the statement that selects a measure's rows. Raises KeyError for an unknown measure, and SqlFileError.

    A DORA measure also has rows without an environment: one number of each service that has several environments.
    """
    known, file = _files()[measure]
    return f"{file.text}\nUNION ALL\n{_whole_sql(file)}" if known.is_dora else file.text


def _whole_sql(file: SqlFile) -> str:
    """Return the statement of the rows in `whole_items`; what these do not have is of the item that decides."""
    columns = (f"{'w' if name in _WHOLE else 'i'}.{name}" for name in columns_selected(file.text))
    return (
        f"SELECT {', '.join(columns)} FROM whole_items AS w JOIN {file.name} AS i "
        "ON i.host = w.host AND i.repository_key = w.repository_key AND i.environment = w.shown_environment "
        f"AND i.item = w.shown_item WHERE w.measure = '{file.name}'"
    )


def conditions() -> dict[str, Condition]:
    """Return for each measure which tables have to be empty so that it has no rows. Raises SqlFileError.

    The rows without an environment are joined with the others, so that they need no condition of their own.
    """
    parse(file.text for _, file in _with_files())
    return {file.name: empty_when(file.text) for _, file in _with_files()}


def takes_links(measure: str) -> bool:
    """Return whether the links of a measure's items are those of the model `item_links`."""
    return not set(LINKS) & set(columns_selected(_files()[measure][1].text))


def certainty_sql(measure: str) -> str:
    """Return the expression of an item's certainty, for the rows of a measure. Raises as `measure_sql`."""
    if CERTAINTY in columns_selected(_files()[measure][1].text):
        return CERTAINTY
    return "CASE WHEN value IS NULL THEN 'unknown' ELSE 'known' END"


def _files() -> dict[str, tuple[Measure, SqlFile]]:
    return {file.name: (known, file) for known, file in _with_files()}


@cache
def _with_files() -> tuple[tuple[Measure, SqlFile], ...]:
    return tuple(read_measures())


def read_measures(root: Traversable = ROOT) -> Iterator[tuple[Measure, SqlFile]]:
    """Yield the measures below a folder with their files. Raises SqlFileError for an invalid file or a name used twice."""
    paths = {file.name: file.path for file in sql_files(VIEWS, root)}
    for folder in MEASURE_FOLDERS:
        for file in sql_files(folder, root):
            if file.name in paths:
                raise SqlFileError(f"{file.path}: {paths[file.name]} has the same name")
            paths[file.name] = file.path
            yield parse_measure(file, is_dora=folder == DORA), file


def parse_measure(file: SqlFile, *, is_dora: bool) -> Measure:
    """Return the measure that a file's header describes; raises SqlFileError with all problems in one line."""
    lines = list(_header(file.text))
    header = dict(lines)
    problems = list(_problems(file.name, [key for key, _ in lines], header, is_dora=is_dora))
    if problems:
        raise SqlFileError(f"{file.path}: {'; '.join(problems)}")
    return Measure(name=file.name, is_dora=is_dora, **header)


def _header(text: str) -> Iterator[tuple[str, str]]:
    """Yield key and value of the first lines, until one that is not `-- KEY: VALUE`."""
    for line in text.splitlines():
        match = _LINE.fullmatch(line.rstrip())
        if not match:
            return
        yield match[1], match[2].strip()


def _problems(name: str, keys: list[str], header: dict[str, str], *, is_dora: bool) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield "the file name must be snake_case"
    for key in HEADER:
        if key not in header:
            yield f"the header has no line `-- {key}:`"
        elif not header[key] and (key not in _OPTIONAL or (key == "source" and is_dora)):
            yield f"{key} is empty"
        elif key in _CHOICES and header[key] not in _CHOICES[key]:
            choices = ", ".join(choice or "nothing" for choice in _CHOICES[key])
            yield f"{key} is {header[key]!r} (choose from {choices})"
    for key in sorted(set(keys) - {*HEADER, GROUP}):
        yield f"the header has an unknown line `-- {key}:`"
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"the header has the line `-- {key}:` {keys.count(key)} times"
    if header.get("definition") and not header["definition"].endswith("."):
        yield "definition does not end with a full stop"
    if header.get("statistic") == PER_DAY != header.get("unit"):
        yield f"statistic {PER_DAY} needs unit {PER_DAY}"
