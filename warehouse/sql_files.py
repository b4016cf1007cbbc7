"""Read the SQL files of the package, in the order in which they build on one another.

`views/` holds the models, `dora/` and `delivery/` the measures, `marts/` what a report is made of. The order of the models is derived from what they read.
A leading number orders the measures of a report and is not part of the name.
"""

import math
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from core.errors import TelemetryError
from warehouse.empty_models import Condition
from warehouse.model_order import ModelOrderError, in_order
from warehouse.schema.metric_tables import tables
from warehouse.schema.system_tables import SYSTEM_TABLES
from warehouse.table_names import empty_when, parse, tables_read

ROOT = files("warehouse").joinpath("sql")
VIEWS, DORA, DELIVERY, MARTS = "views", "dora", "delivery", "marts"
MEASURE_FOLDERS = (DORA, DELIVERY)
FOLDERS = (VIEWS, *MEASURE_FOLDERS)
"""The folders whose files are tables or views of the database."""
_NUMBERED = re.compile(r"(?:(\d+)_)?(.+)\.sql")


class SqlFileError(TelemetryError):
    """A SQL file cannot be used; the message names the file and all its problems in one line."""


class SqlFile(NamedTuple):
    """A SQL file with one SELECT statement."""

    path: str
    """For messages: `sql/dora/1_change_lead_time.sql`."""
    name: str
    """The name of its view: the file name without number and suffix."""
    text: str


def sql_files(folder: str, root: Traversable = ROOT) -> Iterator[SqlFile]:
    """Yield the SQL files of a folder by their number, then by name; raises SqlFileError for a file not in UTF-8."""
    numbered = [
        (int(match[1]) if match[1] else math.inf, match[2], file)
        for file in root.joinpath(folder).iterdir()
        if (match := _NUMBERED.fullmatch(file.name))
    ]
    for _, name, file in sorted(numbered, key=lambda entry: entry[:2]):
        path = f"sql/{folder}/{file.name}".replace("/./", "/")
        try:
            yield SqlFile(path, name, file.read_text("utf-8"))
        except UnicodeDecodeError:
            raise SqlFileError(f"{path}: not UTF-8") from None


def statements(folder: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of the SQL files of a folder, in order."""
    return ((file.name, file.text) for file in sql_files(folder))


@cache
def model_names() -> frozenset[str]:
    """Return the names of the models, which are tables; the other SQL files are measures."""
    return frozenset(file.name for file in sql_files(VIEWS))


def view_statements() -> Iterator[tuple[str, str]]:
    """Yield name and text of all models and measures, in order of dependency; raises SqlFileError."""
    return ((file.name, file.text) for file in ordered_files())


def ordered_files(root: Traversable = ROOT) -> tuple[SqlFile, ...]:
    """Return the models and measures below a folder, each after those that it reads.

    Raises SqlFileError for an invalid statement, an unknown table, a name used twice, and files that read one another.
    """
    files_by_name: dict[str, SqlFile] = {}
    reads: dict[str, frozenset[str]] = {}
    found = [file for folder in FOLDERS for file in sql_files(folder, root)]
    parse(file.text for file in found)
    for file in found:
        if other := files_by_name.get(file.name):
            raise SqlFileError(f"{file.path}: {other.path} has the same name")
        files_by_name[file.name] = file
        try:
            reads[file.name] = tables_read(file.text)
        except ValueError as error:
            raise SqlFileError(f"{file.path}: {error}") from None
    try:
        return tuple(files_by_name[name] for name in in_order(reads, _known_tables()))
    except ModelOrderError as error:
        problems = (f"{files_by_name[name].path}: {problem}" for name, problem in error.problems.items())
        raise SqlFileError("; ".join(problems)) from None


def named_files(names: Iterable[str]) -> tuple[SqlFile, ...]:
    """Return the files of these models and measures in the given order, which costs no parsing of any statement."""
    by_name = {file.name: file for folder in FOLDERS for file in sql_files(folder)}
    return tuple(by_name[name] for name in names)


def files_for(names: Iterable[str]) -> tuple[SqlFile, ...]:
    """Return the files of these models and measures and all files that they build on, in order of dependency."""
    wanted = set(names)
    found: list[SqlFile] = []
    for file in reversed(ordered_files()):
        if file.name in wanted:
            wanted |= tables_read(file.text)
            found.insert(0, file)
    return tuple(found)


def conditions(files: Iterable[SqlFile]) -> dict[str, Condition]:
    """Return for each file which tables have to be empty so that its statement has no rows."""
    return {file.name: empty_when(file.text) for file in files}


def _known_tables() -> frozenset[str]:
    """Return the tables that no SQL file creates."""
    from warehouse import catalog  # noqa: PLC0415 (it reads services.toml, whose targets name measures, which are SQL files)

    system = (*catalog.TABLES, *SYSTEM_TABLES)
    return frozenset({*(table.name for table in system), *(table.name for table in tables().values())})
