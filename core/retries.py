"""Repeats a request to a cloud's API while GitHub waits for the webhook: within a time limit, with exponential backoff and full jitter.

A request that failed for another transient reason is repeated once. A throttled one is answered at once, and the quota is shared by
everything in the account, so it is repeated until the time is over: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import os
import time
from collections.abc import Callable
from typing import TypeVar

from core.persistent_connections import Timeouts

FIRST_PAUSE = 0.1
"""Seconds: the longest pause before the first retry; doubled before each further one."""
LONGEST_PAUSE = 0.8
"""Seconds."""
SHORTEST_ATTEMPT = 0.4
"""Seconds that must be left for another attempt."""

T = TypeVar("T")


class CloudError(Exception):
    """A request that a cloud or the network refused. Holds the error code only."""

    def __init__(self, code: str, *, retryable: bool = False, throttled: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable or throttled
        """Whether the same request may succeed if it is repeated immediately."""
        self.throttled = throttled
        """Whether the request was refused because of a quota."""


def time_limit(timeouts: Timeouts) -> float:
    """Return the seconds that `call` takes at most: enough for two attempts that time out."""
    return 2 * sum(timeouts) + FIRST_PAUSE


def call(
    attempt: Callable[[Timeouts], T],
    timeouts: Timeouts,
    pause: Callable[[float], object] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> T:
    """Return the result of an attempt, which gets the time-outs that it may use; raises CloudError of the last attempt."""
    ends = monotonic() + time_limit(timeouts)
    attempts = failures = 0
    while True:
        try:
            return attempt(timeouts.within(ends - monotonic()))
        except CloudError as error:
            attempts += 1
            failures += not error.throttled
            seconds = jitter(attempts)
            if not error.retryable or failures > 1 or ends - monotonic() - seconds < SHORTEST_ATTEMPT:
                raise
        pause(seconds)


def jitter(attempts: int) -> float:
    """Return the seconds to wait after so many attempts: random, so that those who were refused together do not return together."""
    share = int.from_bytes(os.urandom(4), "big") / 2**32  # `random` costs a cold start some milliseconds
    return share * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempts - 1))
