"""Dead letters, put back into the queue that they came from: the same on every cloud."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, Protocol


class Letter(NamedTuple):
    """One that is in hand, hidden from others for a while."""

    id: str
    body: str
    reason: str
    """Why it is dead."""
    handle: str
    """What the cloud wants to hear to delete it, or to show it again."""
    is_event: bool
    """What the scheduler could not deliver is none."""


class Letters(Protocol):
    """The queue of dead letters."""

    def receive(self) -> list[Letter]:
        """Some that nobody has in hand; none when there are no more."""

    def requeue(self, letter: Letter) -> None:
        """Into its queue, and only then away from here: so it is never nowhere."""

    def release(self, letter: Letter) -> None:
        """Whoever looks next sees it at once."""


def replay(letters: Letters, *, dry_run: bool) -> Counter[str]:
    """How many letters there are of each reason; unless `dry_run`, each event goes back.

    What the scheduler could not deliver stays: its next run does the same work. So does a letter that went back and is
    here again: what killed it is not mended.
    """
    reasons: Counter[str] = Counter()
    retained: dict[str, Letter] = {}
    replayed: set[str] = set()
    for letter in _distinct(letters):
        if letter.body in replayed:
            retained[letter.id] = letter
            continue
        reasons[letter.reason] += 1
        if dry_run or not letter.is_event:
            retained[letter.id] = letter
            continue
        replayed.add(letter.body)
        letters.requeue(letter)
    for letter in retained.values():
        letters.release(letter)
    return reasons


def _distinct(letters: Letters) -> Iterator[Letter]:
    seen_ids: set[str] = set()
    while True:
        unseen = [letter for letter in letters.receive() if letter.id not in seen_ids]
        if not unseen:
            return
        seen_ids.update(letter.id for letter in unseen)
        yield from unseen
