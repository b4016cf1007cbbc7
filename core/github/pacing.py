"""Paces the requests of one process that reads much at once, so that GitHub's limit of points a minute is not reached.

GitHub allows 900 points a minute for the REST API; a GET has one point, and so has a GraphQL query without a mutation. GraphQL has a limit
of its own, 2,000, but a refusal does not say which limit it is of, so all requests count together. After a refusal that may pass
within minutes the request is sent again, which no reader notices: reads change nothing.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import BaseAdapter

from core.github.bounded_response import USUAL, read_body
from core.github.responses import rate_limit_pause, seconds

POINTS_A_MINUTE = 840
"""Some less than 900: the clocks differ, and others may use the token."""
_MINUTE = 60.0
LONGEST_WAIT = 180.0
"""Seconds that a request waits for a limit to pass; a longer one is the caller's: the hourly limit may last an hour."""
_LATER = 1.0
"""Seconds after the time that GitHub names: the clocks differ."""
_REFUSALS_AT_MOST = 5
"""Refusals of one request after which the caller decides."""


class Stopped(requests.RequestException):
    """The process is to end: no further request is sent."""


class RequestPace:
    """Counts the requests of the last minute, and lets them wait. Thread-safe."""

    def __init__(
        self,
        points: int = POINTS_A_MINUTE,
        *,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
        wall: Callable[[], float] = time.time,
        on_pause: Callable[[float], object] = lambda _: None,
    ) -> None:
        """Allow this number of points in any minute; `now` is in seconds, `wall` in UNIX seconds, `wait` sleeps.

        `on_pause` is called with the seconds for which GitHub refuses all requests, once for each such time.
        """
        self._points = points
        self._now = now
        self._wall = wall
        self._on_pause = on_pause
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self._lock = threading.Lock()
        self._sent: deque[float] = deque()
        self._closed_until = 0.0
        self.requests = 0
        """Requests that were sent."""
        self.refused_until = 0.0
        """UNIX seconds until which GitHub refuses all requests, longer than a request waits for it; 0 if it does not."""
        self.remaining: float | None = None
        """Requests of the REST API that the latest response said are left of this hour; None if none said so."""
        self.resets_at: float | None = None
        """When that hour ends, in UNIX seconds."""

    def stop(self) -> None:
        """Send no further request; those that wait raise Stopped."""
        self._stopped.set()

    def take(self) -> None:
        """Return when a request may be sent. Raises Stopped."""
        while True:
            with self._lock:
                pause = self._pause()
                if self._stopped.is_set():
                    raise Stopped("the process ends")
                if pause <= 0:
                    self._sent.append(self._now())
                    self.requests += 1
                    return
            self._wait(pause)

    def note(self, response: requests.Response) -> None:
        """Take note of what is left of this hour's requests; GraphQL has a limit of its own."""
        names = ("Remaining", "Reset")
        remaining, reset = (seconds(response.headers.get(f"X-RateLimit-{name}")) for name in names)
        if remaining is not None and response.headers.get("X-RateLimit-Resource", "core") == "core":
            self.remaining, self.resets_at = remaining, reset

    def refuse(self, response: requests.Response) -> bool:
        """Return whether the response is a rate limit that passes soon: then all requests wait, and this one is to be sent again."""
        pause = self._limit(response)
        if pause is None:
            return False
        if pause > LONGEST_WAIT:
            self.refused_until = self._wall() + pause
            return False
        with self._lock:
            is_new = self._closed_until <= self._now()
            self._closed_until = max(self._closed_until, self._now() + pause)
        if is_new:
            self._on_pause(pause)
        return True

    def _pause(self) -> float:
        now = self._now()
        while self._sent and self._sent[0] <= now - _MINUTE:
            self._sent.popleft()
        full = self._sent[0] + _MINUTE - now if len(self._sent) >= self._points else 0.0
        return max(full, self._closed_until - now)

    def _limit(self, response: requests.Response) -> float | None:
        """Return the seconds of a rate limit; None if the response is none, as a 403 for a permission that the token lacks."""
        if response.status_code not in (403, 429):
            return None
        read_body(response, USUAL)
        return rate_limit_pause(response, self._wall() - _LATER)


class PacedAdapter(BaseAdapter):
    """A transport adapter for `requests` that lets each request of another adapter wait for the pace."""

    def __init__(self, adapter: BaseAdapter, pace: RequestPace) -> None:
        super().__init__()
        self._adapter = adapter
        self._pace = pace

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send the request, again after a rate limit that passes soon, and return the response."""
        for _ in range(_REFUSALS_AT_MOST):
            self._pace.take()
            response = self._adapter.send(request, *args, **options)
            self._pace.note(response)
            if not self._pace.refuse(response):
                return response
            response.close()
        self._pace.take()
        return self._adapter.send(request, *args, **options)

    def close(self) -> None:
        """Close the other adapter."""
        self._adapter.close()


def paced(session: requests.Session, pace: RequestPace) -> requests.Session:
    """Return the session, whose adapters all wait for the pace."""
    for prefix, adapter in list(session.adapters.items()):
        session.mount(prefix, PacedAdapter(adapter, pace))
    return session
