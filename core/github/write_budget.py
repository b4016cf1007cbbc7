"""Limits the rate of one process's writes to GitHub's secondary rate limits, and paces them before they run out.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from core import deadline
from core.errors import Unavailable

PER_MINUTE, PER_HOUR = 80, 500
"""Maximum number of requests that create content."""
COMMIT = 3
"""Write requests of a usual commit: the tree, the commit, the branch."""
LONGEST_NAP = 60.0
"""Seconds that a write waits here; for a longer wait the messages return to the queue."""
_MINUTE, _HOUR = 60.0, 3600.0


class WriteBudget:
    """Allows the first half of an hour's requests at once, and spreads the second half over the hour. Thread-safe."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._spent: deque[float] = deque()
        self._lock = threading.Lock()

    def acquire(self) -> None:
        """Wait until a write request is allowed and count it. Raises Unavailable if the wait is too long."""
        self._rest(
            lambda now: max(
                0.0, self._until_room(_MINUTE, PER_MINUTE, now, 1), self._until_room(_HOUR, PER_HOUR, now, 1)
            )
        )
        with self._lock:
            self._spent.append(self._monotonic())

    def spent(self) -> int:
        """Return the number of write requests of the last hour."""
        with self._lock:
            return self._last_hour()

    def wait(self) -> None:
        """Wait until a commit is allowed. Raises Unavailable if the wait is too long."""
        self._rest(self._until_commit)

    def pause(self) -> float:
        """Return the seconds until the next commit may begin."""
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
        """Return the seconds until the window allows `wanted` further requests."""
        full = len(self._spent) + wanted - most
        return self._spent[full - 1] + window - now if full > 0 else 0.0
