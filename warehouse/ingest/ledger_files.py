"""Merge the files of the job `ledger`, one for each webhook and day.

The job writes a day twice, the second time with late deliveries. The file with more deliveries stored, then with fewer
missing, is the later one, so files can be read in any order and repeatedly.
"""

import json
import re
from datetime import date
from typing import Any, NamedTuple, get_type_hints

from duckdb import DuckDBPyConnection

from core.ledger import Day, Missing
from core.record_file import LEDGER

_PATH = re.compile(rf"(?:.*/)?{LEDGER}/(\d{{4}}-\d\d-\d\d)/([^/]+)\.json", re.DOTALL)
_LARGEST = 2**63 - 1


class LedgerFile(NamedTuple):
    """The content of a ledger file."""

    day: date
    webhook: str
    owner: str
    counts: Day

    @property
    def rank(self) -> tuple[Any, ...]:
        """Return the sort key of files of one day and webhook; the greatest belongs to the latest file."""
        return (self.counts.stored, -len(self.counts.missing), *self.counts, self.owner)


def is_ledger(path: str) -> bool:
    """Return whether a path is that of a ledger file."""
    return _PATH.fullmatch(path) is not None


def merge_ledgers(connection: DuckDBPyConnection, texts: dict[str, str]) -> dict[str, str]:
    """Merge the ledger files and return the reject reasons of invalid ones by path."""
    rejects: dict[str, str] = {}
    for path, text in texts.items():
        try:
            ledger = _parse(path, text)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            rejects[path] = f"no ledger: {error}" if isinstance(error, ValueError) else "no ledger"
        else:
            _store_if_later(connection, ledger)
    return rejects


def _parse(path: str, text: str) -> LedgerFile:
    """Parse a ledger file; raises ValueError, TypeError, KeyError, AttributeError or RecursionError for an invalid one."""
    match = _PATH.fullmatch(path)
    document = json.loads(text)
    day, webhook = (match[1], match[2]) if match else ("", "")
    if document["day"] != day or not isinstance(document["owner"], str):
        raise ValueError("its day or its owner is another")
    missing = {delivery["guid"]: _typed(Missing, delivery) for delivery in document["missing"]}
    counts = _typed(Day, {**document, "missing": tuple(sorted(missing.values()))})
    return LedgerFile(date.fromisoformat(day), webhook, document["owner"], counts)


def _typed(kind: Any, fields: dict[str, Any]) -> Any:
    """Return a NamedTuple of these fields; raises ValueError if one has the wrong type."""
    for name, hint in get_type_hints(kind).items():
        value = fields[name]
        if hint in (int, str) and (type(value) is not hint or (hint is int and not 0 <= value <= _LARGEST)):
            raise ValueError(f"{name}: not as it is written")
    return kind(**{name: fields[name] for name in kind._fields})


def _store_if_later(connection: DuckDBPyConnection, ledger: LedgerFile) -> None:
    stored = _stored(connection, ledger.day, ledger.webhook)
    if stored is not None and stored.rank >= ledger.rank:
        return
    key = [ledger.day, ledger.webhook]
    *counts, missing = ledger.counts
    connection.execute("DELETE FROM ledger_missing WHERE day = ? AND webhook = ?", key)
    connection.execute(
        "INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*key, ledger.owner, *counts]
    )
    for delivery in missing:
        connection.execute("INSERT INTO ledger_missing VALUES (?, ?, ?, ?, ?, ?, ?)", [*key, *delivery])


def _stored(connection: DuckDBPyConnection, day: date, webhook: str) -> LedgerFile | None:
    key = [day, webhook]
    row = connection.execute(
        "SELECT * EXCLUDE (day, webhook) FROM ledger WHERE day = ? AND webhook = ?", key
    ).fetchone()
    if row is None:
        return None
    missing = connection.execute(
        "SELECT * EXCLUDE (day, webhook) FROM ledger_missing WHERE day = ? AND webhook = ? ORDER BY ALL", key
    ).fetchall()
    owner, *counts = row
    return LedgerFile(day, webhook, owner, Day._make((*counts, tuple(Missing(*delivery) for delivery in missing))))
