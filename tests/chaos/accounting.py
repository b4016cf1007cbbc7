"""What a run comes to: what was sent, expected and stored, and how what is missing is explained."""

from collections import Counter
from typing import Any, NamedTuple

from tests.chaos import naive, neighbours
from tests.chaos.oracle import of_delivery
from tests.chaos.story import Story


class Result(NamedTuple):
    """What a run came to."""

    seed: int
    sent: int
    accepted: int
    recovered: int
    backfilled: int
    expected: int
    stored: int
    doubles: int
    wrong: list[str]
    """Facts whose content is another than expected."""
    explained: Counter[str]
    """Facts that nobody can get any more, by what the ledger says of their delivery."""
    unexplained: list[str]
    unrecovered: list[str]
    """Facts of deliveries that GitHub still listed when recovery looked last, and that were not stored after it."""
    commits: int
    killed: int
    replayed: Counter[str]
    """Dead letters that were replayed, by their reason."""
    faults: dict[str, Counter[str]]
    naive: naive.Naive
    neighbours: list[neighbours.Outcome]
    """Two servers on one machine."""

    @property
    def good(self) -> bool:
        """Whether nothing was lost that is not explained, and nothing is there twice or wrong."""
        alone = all(neighbour.good for neighbour in self.neighbours)
        may_replay = all(": 404" in reason for reason in self.replayed)
        return alone and may_replay and not (self.unexplained or self.unrecovered or self.doubles or self.wrong)


def explained_by(missing: set[str], ledger: list[dict[str, Any]], story: Story) -> dict[str, str]:
    """Which of the missing facts the ledger accounts for, by the delivery that would have told of them."""
    named = {gone["guid"]: gone["reason"] for entry in ledger for gone in entry["missing"]}
    explained: dict[str, str] = {}
    for delivery in story.deliveries:
        if delivery.guid in named:
            explained |= {path: named[delivery.guid] for path in of_delivery(delivery, story) if path in missing}
    return explained
