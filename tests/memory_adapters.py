"""In-memory queue and secret source, which pass the same contract tests as the cloud adapters."""

import itertools
from collections.abc import Callable
from typing import NamedTuple

from core.errors import Unavailable
from core.ports import QueuedMessage
from core.secrets_cache import require_secret_value


class _Entry(NamedTuple):
    message: QueuedMessage
    visible_at: float


class DeadLetter(NamedTuple):
    """A dead-lettered message with the reason."""

    body: str
    reason: str


class MemoryQueue:
    """Implements core.ports.Queue. `clock` is in seconds; a received message is hidden for `visibility` seconds."""

    def __init__(self, clock: Callable[[], float], *, limit: int = 256 * 1024, visibility: float = 20) -> None:
        self.limit = limit
        self.dead: list[DeadLetter] = []
        self.out = False
        """Whether the queue is unavailable: every call then raises Unavailable."""
        self._clock = clock
        self._visibility = visibility
        self._entries: dict[str, _Entry] = {}
        self._numbers = itertools.count(1)

    def send(self, body: str, delay: int = 0) -> str:
        """Queue a message."""
        self._check()
        id = f"message-{next(self._numbers)}"
        self._entries[id] = _Entry(QueuedMessage(id, body, 0, ""), self._clock() + delay)
        return id

    def receive(self, most: int = 1000) -> list[QueuedMessage]:
        """Return up to `most` visible messages and hide them."""
        self._check()
        now = self._clock()
        ready = [id for id, entry in self._entries.items() if entry.visible_at <= now][:most]
        return [self._received(id, now) for id in ready]

    def delete(self, message: QueuedMessage) -> None:
        """Delete a received message."""
        self._check()
        del self._entries[message.id]

    def hide(self, message: QueuedMessage, delay: int) -> None:
        """Hide a received message for `delay` seconds."""
        self._check()
        self._entries[message.id] = _Entry(self._entries[message.id].message, self._clock() + delay)

    def dead_letter(self, message: QueuedMessage, reason: str) -> None:
        """Copy a message to `dead` with the reason."""
        self._check()
        self.dead.append(DeadLetter(message.body, reason))

    def __len__(self) -> int:
        return len(self._entries)

    def _received(self, id: str, now: float) -> QueuedMessage:
        before = self._entries[id].message
        message = before._replace(receive_count=before.receive_count + 1, handle=f"{id}-{before.receive_count + 1}")
        self._entries[id] = _Entry(message, now + self._visibility)
        return message

    def _check(self) -> None:
        if self.out:
            raise Unavailable("the queue is out")


class MemorySecrets:
    """Implements core.ports.SecretSource on a dict; counts its calls in `asked`."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values
        self.out = False
        """Whether the source is unavailable: every call then raises Unavailable."""
        self.asked = 0

    def get(self, name: str) -> str:
        """Return a secret and count the call; raises SecretMissing or Unavailable."""
        self.asked += 1
        if self.out:
            raise Unavailable("the secrets are out")
        return require_secret_value(name, self.values.get(name))
