"""Blocks requests to GitHub while a rate limit lasts."""

import threading
from collections.abc import Callable


class RequestGate:
    """A gate that rate limits close. The primary limits of REST and GraphQL have one each, the secondary limits of a token share one.

    At most 100 concurrent requests are allowed, "shared across the REST API and GraphQL API", and CPU time and new content are
    counted together, too. Points a minute are counted apart, 900 and 2,000, but a refusal does not say which limit it is of, and
    GitHub may ban who goes on. Points are not counted here: the processes of a deployment share one token.
    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """Create an open gate; `now` is UNIX seconds."""
        self._now = now
        self._closed_until = 0.0
        self._lock = threading.Lock()

    def close(self, pause: float) -> None:
        """Close the gate for `pause` seconds, unless it is closed for longer."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._now() + pause)

    def remaining(self) -> float:
        """Return the seconds until the gate opens; not positive if it is open."""
        return self._closed_until - self._now()
