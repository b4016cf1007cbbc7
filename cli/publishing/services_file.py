"""Finds the services.toml of a source.

The one beside the records applies, then the one in the working folder, so that a folder of records means the same wherever
the command is started. A database has the file of the folder that it was merged from.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

NAME = "services.toml"


class ServicesFile(NamedTuple):
    """The file that applies, and what to say about that."""

    path: Path | None
    """None: there is no file."""
    remark: str = ""
    is_expected: bool = True
    """Whether it is the file of the working folder, and the only one."""


def find(folders: Iterable[str], here: Path = Path()) -> ServicesFile:
    """Return the file that applies to the records of these folders; of several folders only one may have a file."""
    own = here / NAME
    beside = [path for folder in folders if (path := Path(folder, NAME)).is_file()]
    if len(beside) > 1:
        names = " and ".join(map(str, beside))
        used = f"{own} is used" if own.is_file() else "none is used"
        return ServicesFile(
            own if own.is_file() else None, f"services: {names} contradict each other, so {used}; see --services", False
        )
    if not beside or (own.is_file() and own.samefile(beside[0])):
        return ServicesFile(own, f"services: {own}") if own.is_file() else ServicesFile(None)
    ignored = f", beside the records; ./{own} is not used (see --services)" if own.is_file() else ""
    return ServicesFile(beside[0], f"services: {beside[0]}{ignored}", is_expected=False)
