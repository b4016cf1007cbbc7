"""Read the drawn examples of docs/DORA.md: a line for each event, as records of schema 2; then the answers, `→ measure: items`."""

import re
from collections.abc import Iterator
from typing import Any

from tests.histories.build import at, commit, failure, incident, pull, revert, run, status
from tests.histories.extend import Record

_BLOCK = re.compile(r"```timeline\n(.*?)```", re.DOTALL)
_EVENT = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d\d:\d\d)  (.+)")
_ANSWER = "→ "
_DAYS = {name: number for number, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), start=2)}
"""2 November 2026 is a Monday."""
_NAMES = r"\w+(?:, \w+)*"
_FIRST_RUN = 9_000
_EVENTS = {
    r"(\w+) is written(?:: reverts (\w+))?": "_written",
    rf"pull request #(\d+) of ({_NAMES}) is squashed as (\w+)(?:, with the label (\w+))?": "_pull_request",
    rf"deployment (\d+) of (\w+)(, by schedule|, by another run|: goes back)?(?:: brings ({_NAMES}))?": "_deployment",
    r"attempt (\d+) of (\w+) (fails|is cancelled)": "_attempt",
    r"incident (\d+) (opens|closes)": "_incident",
}


class Drawing:
    """A drawn history; `records` are in the order of its lines, `answers` are its last lines by measure."""

    def __init__(self, text: str) -> None:
        """Read the lines of an example; raises ValueError for a line that is neither an event nor an answer."""
        self.answers: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self._commits: dict[str, dict[str, Any]] = {}
        self._records: list[Record] = []
        self._opened: dict[int, int] = {}
        for line in text.strip().splitlines():
            if line.startswith(_ANSWER):
                measure, _, items = line.removeprefix(_ANSWER).partition(": ")
                self.answers[measure] = items
            elif event := _EVENT.fullmatch(line):
                self._read(at(_DAYS[event[1]], event[2]), event[3])
            else:
                raise ValueError(f"neither an event nor an answer: {line}")

    @property
    def records(self) -> list[Record]:
        """Return the records of all events; an incident that never closes is open."""
        return self._records + [entry for id, opened in self._opened.items() for entry in incident(id, opened)]

    def _read(self, when: int, event: str) -> None:
        for pattern, method in _EVENTS.items():
            if match := re.fullmatch(pattern, event):
                getattr(self, method)(when, *match.groups())
                return
        raise ValueError(f"an unknown event: {event}")

    def _written(self, when: int, sha: str, reverted: str | None) -> None:
        self._commits[sha] = revert(sha, when, reverted) if reverted else commit(sha, when)

    def _pull_request(self, when: int, number: str, shas: str, merged: str, label: str | None) -> None:
        own = [{"authored": self._commits[sha]["authored_at"], "sha": sha} for sha in shas.split(", ")]
        labels = {"labels": [label]} if label else {}
        self._records += pull(int(number), when, merged, *own, also=labels)
        self._commits[merged] = commit(merged, when, pr_number=int(number))
        self.names |= {
            f"{1000 + int(number)}-{when}#{place}": sha for place, sha in enumerate(shas.split(", "), start=1)
        }

    def _deployment(self, when: int, id: str, sha: str, how: str | None, brought: str | None) -> None:
        listed = [self._commits[name] for name in (brought or "").split(", ") if name]
        options: dict[str | None, dict[str, Any]] = {
            None: {},
            ", by schedule": {"event": "schedule"},
            ": goes back": {"behind": True},
        }
        also = options.get(how, {"event": "workflow_dispatch"})
        is_first = not any(entry["metric_signature"] == "deployment-status" for entry in self._records)
        self._records.append(status(int(id), when, sha, *listed, first=is_first, run=_FIRST_RUN + int(id), **also))

    def _attempt(self, when: int, id: str, sha: str, how: str) -> None:
        conclusion = {"fails": "failure", "is cancelled": "cancelled"}[how]
        self._records += [
            failure(int(id), when, sha, run=_FIRST_RUN + int(id)),
            run(_FIRST_RUN + int(id), conclusion, when),
        ]

    def _incident(self, when: int, id: str, what: str) -> None:
        if what == "opens":
            self._opened[int(id)] = when
        else:
            self._records += incident(int(id), self._opened.pop(int(id)), when)


def drawings(text: str) -> Iterator[tuple[str, Drawing]]:
    """Yield the heading above each drawn example of a Markdown text, and the example."""
    for block in _BLOCK.finditer(text):
        heading = re.findall(r"^#+ (.+)$", text[: block.start()], re.MULTILINE)[-1]
        yield heading, Drawing(block[1])
