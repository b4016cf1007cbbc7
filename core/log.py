"""Writes one JSON line per step, with delivery id, signature, outcome and milliseconds; never a secret.

Not `logging`: its import alone costs the cold webhook 8 to 12 ms, and a line of JSON is all we write. Cloud
Logging reads `severity` by its own name: https://cloud.google.com/logging/docs/structured-logging
"""

import json
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Literal, get_args

from core.url_security import without_userinfo

Level = Literal["debug", "info", "warning", "error"]
LEVELS: tuple[Level, ...] = get_args(Level)


def milliseconds_since(start: float) -> float:
    """Return the milliseconds since `start`, a value of time.perf_counter(), to the microsecond."""
    return round((time.perf_counter() - start) * 1000, 3)


def to_stderr(line: str) -> None:
    """Write to standard error, which both clouds collect, and which keeps standard output free for results."""
    sys.stderr.write(line + "\n")


class Log:
    """Writes lines of at least `level`. `write` takes one line without its newline."""

    def __init__(self, level: str = "info", write: Callable[[str], object] = to_stderr) -> None:
        self._least = LEVELS.index(level)
        self._write = write

    def __call__(self, level: Level, step: str, outcome: StrEnum, **fields: str | float | None) -> None:
        """Write a line: `step` of the pipeline, `outcome` of the step as its own enum; fields that are None are omitted."""
        if LEVELS.index(level) >= self._least:
            self.always(level, step, outcome, **fields)

    def always(self, level: Level, step: str, outcome: StrEnum, **fields: str | float | None) -> None:
        """Write a line that an alarm counts, at any LOG_LEVEL; `level` is only its severity."""
        present = {name: value for name, value in fields.items() if value is not None}
        line = {"severity": level.upper(), "step": step, "outcome": outcome, **present}
        self._write(without_userinfo(json.dumps(line, separators=(",", ":"))))
