"""What GitHub lets one process write: counted, paced before it runs out, and never overdrawn.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from core import deadline
from core.errors import Unavailable

PER_MINUTE, PER_HOUR = 80, 500
"""Requests that create content, at most."""
COMMIT = 3
"""Write requests of a usual commit: a tree, the commit, the branch."""
LONGEST_NAP = 60.0
"""Seconds that a write waits its turn by itself; a longer wait is the queue's."""
_MINUTE, _HOUR = 60.0, 3600.0


class WriteBudget:
    """The first half of an hour's requests may be spent at will; the second is spread over the hour. Thread-safe."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._spent: deque[float] = deque()
        self._lock = threading.Lock()

    def acquire(self) -> None:
        """Count one write request, once there is room for it; raises Unavailable where that is too long to wait here."""
        self._rest(
            lambda now: max(
                0.0, self._until_room(_MINUTE, PER_MINUTE, now, 1), self._until_room(_HOUR, PER_HOUR, now, 1)
            )
        )
        with self._lock:
            self._spent.append(self._monotonic())

    def spent(self) -> int:
        """Write requests of the last hour."""
        with self._lock:
            return self._last_hour()

    def wait(self) -> None:
        """Until it is time for a commit; raises Unavailable where that is too long to wait here."""
        self._rest(self._until_commit)

    def pause(self) -> float:
        """Seconds until the next commit may begin."""
        with self._lock:
            self._last_hour()
            return self._until_commit(self._monotonic())

    def _rest(self, until: Callable[[float], float]) -> None:
        with self._lock:
            self._last_hour()
            pause = until(self._monotonic())
        if pause > LONGEST_NAP:
            raise Unavailable(f"GitHub takes {PER_HOUR} writes an hour: they are used up", retry_after=pause)
        if pause > 0:
            deadline.nap(pause, self._sleep, "the data repository")

    def _until_commit(self, now: float) -> float:
        spent = len(self._spent)
        pauses = [self._until_room(_MINUTE, PER_MINUTE, now, COMMIT), self._until_room(_HOUR, PER_HOUR, now, COMMIT)]
        if spent > PER_HOUR // 2:
            commits_left = max(1, (PER_HOUR - spent) // COMMIT)
            pauses.append(self._spent[-1] - now + (self._spent[0] + _HOUR - now) / commits_left)
        return max(0.0, *pauses)

    def _last_hour(self) -> int:
        ends = self._monotonic() - _HOUR
        while self._spent and self._spent[0] <= ends:
            self._spent.popleft()
        return len(self._spent)

    def _until_room(self, window: float, most: int, now: float, wanted: int) -> float:
        """Until the oldest of those that leave no room for so many falls out of the window."""
        full = len(self._spent) + wanted - most
        return self._spent[full - 1] + window - now if full > 0 else 0.0
