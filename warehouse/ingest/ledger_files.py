"""The ledger's files in, rows out: what the job `ledger` wrote of each webhook and day.

A day is written twice, the second time with what came late. The one with more of it stored, then less missing, is the
later one; so it does not matter in which order they are read, nor how often.
"""

import json
import re
from datetime import date
from typing import Any, NamedTuple, get_type_hints

from duckdb import DuckDBPyConnection

from core.jobs.ledger import LEDGER
from core.ledger import Day, Missing

_PATH = re.compile(rf"(?:.*/)?{LEDGER}/(\d{{4}}-\d\d-\d\d)/([^/]+)\.json", re.DOTALL)
_LARGEST = 2**63 - 1


class Written(NamedTuple):
    """A file of the ledger."""

    day: date
    webhook: str
    owner: str
    counts: Day

    @property
    def rank(self) -> tuple[Any, ...]:
        """Of two files of one day and webhook, the greater is the later one."""
        return (self.counts.stored, -len(self.counts.missing), *self.counts, self.owner)


def is_ledger(path: str) -> bool:
    """Whether a path is that of a file of the ledger."""
    return _PATH.fullmatch(path) is not None


def merge_ledgers(connection: DuckDBPyConnection, texts: dict[str, str]) -> dict[str, str]:
    """The files of these paths into the tables, and what is wrong with the others, by path."""
    rejects: dict[str, str] = {}
    for path, text in texts.items():
        try:
            written = _read(path, text)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            rejects[path] = f"no ledger: {error}" if isinstance(error, ValueError) else "no ledger"
        else:
            _keep(connection, written)
    return rejects


def _read(path: str, text: str) -> Written:
    """Raises ValueError and the like for what is no file of the ledger."""
    found = _PATH.fullmatch(path)
    told = json.loads(text)
    day, webhook = (found[1], found[2]) if found else ("", "")
    if told["day"] != day or not isinstance(told["owner"], str):
        raise ValueError("its day or its owner is another")
    missing = {each["guid"]: _typed(Missing, each) for each in told["missing"]}
    counts = _typed(Day, {**told, "missing": tuple(sorted(missing.values()))})
    return Written(date.fromisoformat(day), webhook, told["owner"], counts)


def _typed(kind: Any, told: dict[str, Any]) -> Any:
    """A NamedTuple of these fields; raises ValueError where one is not of its type."""
    for name, hint in get_type_hints(kind).items():
        value = told[name]
        if hint in (int, str) and (type(value) is not hint or (hint is int and not 0 <= value <= _LARGEST)):
            raise ValueError(f"{name}: not as it is written")
    return kind(**{name: told[name] for name in kind._fields})


def _keep(connection: DuckDBPyConnection, written: Written) -> None:
    before = _kept(connection, written.day, written.webhook)
    if before is not None and before.rank >= written.rank:
        return
    key = [written.day, written.webhook]
    *counts, missing = written.counts
    connection.execute("DELETE FROM ledger_missing WHERE day = ? AND webhook = ?", key)
    connection.execute(
        "INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*key, written.owner, *counts]
    )
    for each in missing:
        connection.execute("INSERT INTO ledger_missing VALUES (?, ?, ?, ?, ?, ?, ?)", [*key, *each])


def _kept(connection: DuckDBPyConnection, day: date, webhook: str) -> Written | None:
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
    return Written(day, webhook, owner, Day._make((*counts, tuple(Missing(*each) for each in missing))))
