"""`make check-facts`: reverts the fix for each fact in a clone, runs its one test, and prints whether the test is red then.

A test that is red without the edit, too, shows nothing: each is run before as well.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence

from tests.cloud_facts.clone import ROOT, Clone, cloned
from tests.cloud_facts.table import Fact, load


def main(arguments: Sequence[str]) -> int:
    """Check the facts whose id begins with one of the arguments, by default all; return 1 if a test does not show its fact."""
    parser = argparse.ArgumentParser(prog="make check-facts", description=__doc__)
    parser.add_argument("ids", nargs="*", help="ids of facts, or their beginnings; by default all")
    wanted = tuple(parser.parse_args(arguments).ids)
    facts = [fact for fact in load() if not wanted or fact.id.startswith(wanted)]
    if not facts:
        parser.error(f"no fact begins with {' or '.join(wanted)}")
    if subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, check=False).stdout:
        _print("note: there are uncommitted changes; the last commit is checked")
    _print("| fact | stands in | test | with the fix reverted |\n| --- | --- | --- | --- |")
    shown = 0
    with cloned() as clone:
        for fact in facts:
            is_shown, text = check(fact, clone)
            shown += is_shown
            test = f"`{fact.test.rpartition('/')[2]}`" if fact.test else ""
            _print(f"| {fact.cloud}: {fact.fact} | {fact.stand_in} | {test} | {text} |")
    _print(f"{shown} of {len(facts)} facts are shown by a red test, or have none to run")
    return 0 if shown == len(facts) else 1


def check(fact: Fact, clone: Clone) -> tuple[bool, str]:
    """Return whether the fact's test is green, and red with the fix reverted; and the text of the table."""
    if not fact.test:
        return True, "no test: nothing here behaves like the cloud"
    before = clone.run(fact.test)
    if before.kind != "green":
        return False, f"NOT SHOWN: {before.kind} even with the fix: {_cell(before.text)}"
    try:
        after = clone.run(fact.test, fact.edits)
    except ValueError as error:
        return False, f"NOT SHOWN: the edit does not apply: {_cell(str(error))}"
    if after.kind != "red":
        return False, f"NOT RED: {after.kind}: {_cell(after.text)}"
    return True, f"red as expected: {_cell(after.text)}"


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()  # the next line may take minutes


def _cell(text: str) -> str:
    """Return a text for a cell of a Markdown table."""
    return f"`{text[:120].replace('|', '/').replace('`', '')}`"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
