"""Re-queues dead letters on every cloud."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple, Protocol


class Letter(NamedTuple):
    """A received dead letter, invisible to other consumers until its visibility timeout ends."""

    id: str
    body: str
    reason: str
    """Reason for dead-lettering."""
    handle: str
    """Receipt handle or ack ID."""
    is_event: bool
    """False for an invocation that the scheduler could not deliver."""


class Letters(Protocol):
    """A dead-letter queue. Its methods raise the SDK's errors."""

    def receive(self) -> list[Letter]:
        """Receive visible dead letters; an empty list means that none are left."""

    def requeue(self, letter: Letter) -> None:
        """Send the event to its queue, then delete the dead letter, so that it cannot be lost."""

    def release(self, letter: Letter) -> None:
        """Make a dead letter visible immediately."""


def replay(letters: Letters, *, dry_run: bool) -> Counter[str]:
    """Count the dead letters by reason; unless `dry_run`, re-queue each event.

    Undelivered invocations of the scheduler stay: its next run does the same work. An event that was re-queued and is
    dead-lettered again stays as well: its cause is not fixed.
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
