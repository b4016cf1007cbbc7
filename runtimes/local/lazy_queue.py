"""Connects to the queue lazily: most jobs that are run manually never use it."""

from collections.abc import Callable
from functools import cached_property

from core.errors import TelemetryError, Unavailable
from core.ports import Queue, QueuedMessage


class LazyQueue:
    """Implements core.ports.Queue. Methods raise Unavailable if the queue cannot be reached."""

    def __init__(self, find: Callable[[], Queue], limit: int) -> None:
        self.limit = limit
        self._find = find

    def send(self, body: str, delay: int = 0) -> str:
        """Send a message and return its id."""
        return self._queue.send(body, delay)

    def hide(self, message: QueuedMessage, delay: int) -> None:
        """Hide a message for `delay` seconds."""
        self._queue.hide(message, delay)

    def dead_letter(self, message: QueuedMessage, reason: str) -> None:
        """Dead-letter a message with the reason."""
        self._queue.dead_letter(message, reason)

    @cached_property
    def _queue(self) -> Queue:
        try:
            return self._find()
        except TelemetryError as error:
            raise Unavailable(f"there is no queue ({error}): does this folder's server run?") from None
        except Exception as error:  # noqa: BLE001 (any failure means that there is no usable queue)
            raise Unavailable(f"there is no queue ({type(error).__name__}): does this folder's server run?") from None
