"""Apply the worked examples of docs/CONTRIBUTING.md to a clone: `python -m docs.examples FOLDER`.

The line before a code block says what to do with it: "Create `PATH`:", "Add at the end of `PATH`:", "Add to `PATH`, above `LINE`:",
"Add to `PATH`, below `LINE`:" or "Replace in `PATH` the line `LINE`:". All other code blocks are only shown.
"""

import re
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parent / "CONTRIBUTING.md"
_STEP = re.compile(
    r"^(?P<action>Create|Add at the end of|Add to|Replace in) `(?P<path>[^`\n]+)`"
    r"(?:,? (?P<side>above|below|the line) `(?P<line>[^`\n]+)`)?:\n\n"
    r"(?P<block> *```\w+\n.*?\n *```)$",
    re.MULTILINE | re.DOTALL,
)


class Step(NamedTuple):
    """One change to one file."""

    path: str
    """Relative to the root of the repository."""
    text: str
    side: str = ""
    """`above`, `below` or instead of `the line`, at the `end` of the file, or empty for a new file."""
    line: str = ""


def main(arguments: Sequence[str]) -> int:
    """Apply the examples to a folder and print the files that it changes; return 1 with the reason if one does not fit."""
    [folder] = arguments
    try:
        for path in apply(steps(PAGE.read_text()), Path(folder)):
            sys.stdout.write(f"{path}\n")
    except ValueError as error:
        sys.stderr.write(f"docs/CONTRIBUTING.md: {error}\n")
        return 1
    return 0


def steps(page: str) -> list[Step]:
    """Return the changes that the page describes, in its order."""
    return [_step(match) for match in _STEP.finditer(page)]


def _step(match: re.Match[str]) -> Step:
    lines = textwrap.dedent(match["block"]).splitlines()[1:-1]
    text = "".join(f"{line}\n" for line in lines)
    side = {"Create": "", "Add at the end of": "end"}.get(match["action"], match["side"] or "")
    if match["action"] in ("Add to", "Replace in") and not side:
        raise ValueError(f"{match['path']}: where to? Write `above`, `below` or `the line` and a line of the file")
    return Step(match["path"], text, side, match["line"] or "")


def apply(changes: Iterable[Step], root: Path) -> list[str]:
    """Make the changes below `root` and return the paths, sorted. Raises ValueError for a change that does not fit."""
    paths = set()
    for change in changes:
        path = root / change.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_changed(change, path))
        paths.add(change.path)
    return sorted(paths)


def _changed(change: Step, path: Path) -> str:
    """Return the new text of a file."""
    if not change.side:
        if path.exists():
            raise ValueError(f"{change.path} exists already")
        return change.text
    if not path.exists():
        raise ValueError(f"{change.path} does not exist")
    before = path.read_text()
    if change.side == "end":
        separator = "\n\n" if path.suffix == ".py" else "\n"
        return f"{before}{separator}{change.text}"
    lines = before.splitlines(keepends=True)
    numbers = [number for number, line in enumerate(lines) if line.strip() == change.line.strip()]
    if len(numbers) != 1:
        raise ValueError(f"{change.path} has {len(numbers)} lines {change.line!r}, not one")
    start, end = numbers[0] + (change.side == "below"), numbers[0] + (change.side != "above")
    return "".join([*lines[:start], change.text, *lines[end:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
