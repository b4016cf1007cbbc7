"""Writes what an acceptance run did, without account IDs, tokens, addresses or e-mails."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from core.sanitize import sanitize_terminal
from telemetry_functions.installation import instruction


class Outcome(StrEnum):
    """What became of a step."""

    PASSED = "passed"
    FAILED = "FAILED"
    NOT_RUN = "not run here"
    INTERRUPTED = "interrupted"


class Result(NamedTuple):
    """A finished step."""

    name: str
    command: str
    outcome: Outcome
    evidence: str
    """What showed it, or the reason; may quote a command's output."""
    seconds: float


_PATTERNS = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "EMAIL"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b"), "ACCESS_KEY"),
    (re.compile(r"\b(?:gh[a-z]_|github_pat_|glpat-|xox[a-z]-)[\w-]{10,}"), "TOKEN"),
    (re.compile(r"\bya29\.[\w.-]+|\beyJ[\w-]{10,}(?:\.[\w-]*)*"), "TOKEN"),
    (re.compile(r"https?://[^\s\"'`|]+"), "URL"),
    (re.compile(r"\b[0-9a-fA-F]{32,}\b"), "HEX"),
    (re.compile(r"(?<!\d)\d{12}(?!\d)"), "ACCOUNT"),
)
"""Patterns of what identifies an account or opens something, with their replacements. The order matters: a URL may hold an account."""


class Transcript:
    """A Markdown file that is written again after each step, so that a run that is killed leaves what it did."""

    def __init__(self, folder: Path, *, is_written: bool = True) -> None:
        """Create a transcript in a folder; `describe` names it. One that is not written only redacts."""
        self._is_written = is_written
        self.results: list[Result] = []
        self._folder = folder
        self._name = "transcript"
        self._head = ""
        self._secrets: set[str] = set()

    @property
    def path(self) -> Path:
        """Return the path of the file."""
        return self._folder / f"{self._name}.md"

    def describe(self, target: str, stand_in: str) -> None:
        """Set the title; `stand_in` is what stands in for the cloud, and empty for the cloud itself."""
        self._name = f"{target}-stand-in" if stand_in else target
        where = f"On {stand_in}: **not a real cloud**." if stand_in else "On the real cloud."
        begun = datetime.now(UTC).date().isoformat()
        self._head = f"# Acceptance test: {target}\n\n{where} `{instruction(f'acceptance-{target}')}` wrote this on {begun} (UTC)"

    def hide(self, value: str) -> None:
        """Remove a value from everything that is written from now on."""
        if value:
            self._secrets.add(value)

    def redact(self, text: str) -> str:
        """Return a text on one line without secrets and identifiers."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "REDACTED")
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return " ".join(sanitize_terminal(text).split())

    def add(self, result: Result) -> Result:
        """Redact and record a result, write the file, and return what was recorded."""
        recorded = result._replace(command=self.redact(result.command), evidence=self.redact(result.evidence))
        self.results.append(recorded)
        if self._is_written:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(self.render())
        return recorded

    def render(self) -> str:
        """Return the document."""
        counted = [f"{count} {outcome}" for outcome in Outcome if (count := self._count(outcome))]
        rows = [
            f"| {number} | {_cell(name)} | `{_cell(command)}` | {outcome}{_cell(f': {evidence}') if evidence else ''} | {seconds:.0f} |\n"
            for number, (name, command, outcome, evidence, seconds) in enumerate(self.results, 1)
        ]
        table = f"| step | name | command | outcome | seconds |\n| --- | --- | --- | --- | --- |\n{''.join(rows)}"
        return f"{self._head}: {', '.join(counted)}.\n\n{table}"

    def _count(self, outcome: Outcome) -> int:
        return sum(result.outcome is outcome for result in self.results)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "'")
