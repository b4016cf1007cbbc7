"""Reads facts.toml, and applies the edits that revert a fix."""

import tomllib
from pathlib import Path
from typing import NamedTuple

FACTS = Path(__file__).with_name("facts.toml")
STAND_INS = ("emulator", "stand-in of the provider", "fake", "static table", "documentation only")


class Edit(NamedTuple):
    """A text that occurs once in a file, and what replaces it."""

    file: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        """Replace the text in a clone. Raises ValueError unless it occurs exactly once."""
        path = root / self.file
        text = path.read_text() if path.is_file() else ""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} times: {self.old!r}")
        path.write_text(text.replace(self.old, self.new))


class Fact(NamedTuple):
    """One row of the table."""

    id: str
    cloud: str
    fact: str
    stand_in: str
    """One of STAND_INS."""
    test: str
    """A test of pytest; empty if there is only documentation."""
    edits: tuple[Edit, ...]
    """What reverts the fix."""

    @property
    def file(self) -> str:
        """The test's file."""
        return self.test.partition("::")[0]

    @property
    def function(self) -> str:
        """The test's function, without its parameters."""
        return self.test.partition("::")[2].partition("[")[0]


def load() -> list[Fact]:
    """Return all facts, in the order of the file."""
    rows = tomllib.loads(FACTS.read_text())["fact"]
    return [
        Fact(**{**row, "test": row.get("test", ""), "edits": tuple(Edit(**edit) for edit in row.get("edits", []))})
        for row in rows
    ]
