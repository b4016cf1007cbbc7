"""Keeps one persistent connection per thread to an endpoint, for any HTTP client on the cold path.

A frozen function's connections are closed silently, so one that was idle for more than 10 s is not reused, and a request that
fails on a reused connection before any byte of the response is sent once more on a new one. Requests must therefore be
idempotent: they may be delivered twice.
"""

import ssl
import threading
import time
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

_LONGEST_IDLE = 10.0
"""Seconds. A new connection costs some milliseconds; waiting on one that a gateway has dropped costs a time-out."""


class Timeouts(NamedTuple):
    """Time-outs in seconds."""

    connect: float
    """For each address, and again for each step of the TLS handshake. Looking up the name has the system's limit."""
    answer: float
    """From the first byte of the request to the last of the response."""

    def within(self, seconds: float) -> "Timeouts":
        """Return time-outs in the same proportion that together last at most `seconds`."""
        share = min(1.0, seconds / sum(self))
        return Timeouts(self.connect * share, self.answer * share)


class Connection:
    """One connection; it is closed with its thread."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        """UNIX s."""
        self.answering = False
        """Whether the response to the latest request had begun."""
        self.is_open = True
        """Whether another request can be sent."""

    def close(self) -> None:
        """Close the connection."""
        raise NotImplementedError

    def __del__(self) -> None:
        self.close()


C = TypeVar("C", bound=Connection)
R = TypeVar("R")


class PersistentConnections(Generic[C]):
    """The connections to one endpoint. Thread-safe.

    `clock` is in UNIX seconds: the monotonic clock may stand still while a function is frozen.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._threads = threading.local()

    def exchange(self, open_connection: Callable[[], C], send: Callable[[C], R]) -> R:
        """Send a request on this thread's connection, or on a new one, and return the response. Raises as both do."""
        connection = self._reusable()
        if connection is not None:
            try:
                return self._exchange(connection, send)
            except (ConnectionError, ssl.SSLError):
                if connection.answering:
                    raise
        return self._exchange(open_connection(), send)

    def close(self) -> None:
        """Close this thread's connection; the next request opens another."""
        connection = self._reusable()
        if connection is not None:
            connection.close()

    def _reusable(self) -> C | None:
        """Take this thread's connection; None if there is none, or if it was idle for too long."""
        connection: C | None = self._threads.__dict__.pop("connection", None)
        if connection is not None and not 0 <= self._clock() - connection.idle_since <= _LONGEST_IDLE:
            connection.close()
            return None
        return connection

    def _exchange(self, connection: C, send: Callable[[C], R]) -> R:
        """Send the request; keep the connection only after a complete response."""
        try:
            response = send(connection)
        except BaseException:
            connection.close()
            raise
        if connection.is_open:
            connection.idle_since = self._clock()
            self._threads.connection = connection
        else:
            connection.close()
        return response
