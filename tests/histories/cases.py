"""Cases from the field: records, what the numbers must be, and the patches that make them records of schema 2."""

import json
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from tests.histories.extend import Record, extended

FOLDER = Path(__file__).parent / "cases"


class Case(NamedTuple):
    """A case: its records and services.toml, and the right values, in hours, by measure and item."""

    name: str
    records: list[Record]
    services: dict[str, Any]
    expected: dict[str, Any]
    extension: dict[str, Any]

    def in_schema_2(self) -> list[Record]:
        """Return the records with the fields that a later collector would have written."""
        return extended(self.records, self.extension)


def load(name: str) -> Case:
    """Return a case by the name of its folder."""
    folder = FOLDER / name
    services, extension = folder / "services.toml", folder / "extended.json"
    return Case(
        name=name,
        records=[json.loads(line) for line in (folder / "records.jsonl").read_text("utf-8").splitlines()],
        services=tomllib.loads(services.read_text("utf-8")) if services.exists() else {},
        expected=json.loads((folder / "expected.json").read_text("utf-8")),
        extension=json.loads(extension.read_text("utf-8")) if extension.exists() else {},
    )


NAMES = sorted(folder.name for folder in FOLDER.iterdir())
