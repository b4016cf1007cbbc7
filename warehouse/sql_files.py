"""Read the SQL files of the package, in the order in which they build on one another.

`views/` holds the models, `dora/` and `delivery/` the measures. A leading number orders files and is not part of the
name.
"""

import math
import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from core.errors import TelemetryError

ROOT = files("warehouse").joinpath("sql")
VIEWS, DORA, DELIVERY = "views", "dora", "delivery"
MEASURE_FOLDERS = (DORA, DELIVERY)
FOLDERS = (VIEWS, *MEASURE_FOLDERS)
"""The folders whose files are views of the database, in order of dependency."""
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


def view_statements() -> Iterator[tuple[str, str]]:
    """Yield name and text of all views, measures included, in order of dependency."""
    for folder in FOLDERS:
        yield from statements(folder)
