"""A queue that is looked for only when it is needed: most jobs that are run by hand need none."""

from collections.abc import Callable
from functools import cached_property

from core.errors import TelemetryError, Unavailable
from core.ports import Queue, QueuedMessage


class LazyQueue:
    """Implements core.ports.Queue."""

    def __init__(self, find: Callable[[], Queue], limit: int) -> None:
        self.limit = limit
        self._find = find

    def send(self, body: str, delay: int = 0) -> str:
        """Into the queue that is found."""
        return self._queue.send(body, delay)

    def hide(self, message: QueuedMessage, delay: int) -> None:
        """Likewise."""
        self._queue.hide(message, delay)

    def dead_letter(self, message: QueuedMessage, reason: str) -> None:
        """Likewise."""
        self._queue.dead_letter(message, reason)

    @cached_property
    def _queue(self) -> Queue:
        try:
            return self._find()
        except TelemetryError as error:
            raise Unavailable(f"there is no queue ({error}): is `make run` running?") from None
        except Exception as error:  # noqa: BLE001 (whatever it is that answers, or does not, there is no queue)
            raise Unavailable(f"there is no queue ({type(error).__name__}): is `make run` running?") from None
