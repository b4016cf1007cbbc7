"""A connection of the dev server with deadlines, so that half-open and slow ones never keep a delivery waiting.

waitress alone closes a connection only when nothing at all was received for `channel_timeout`: one byte a second keeps it
for ever, and once `connection_limit` is reached nobody else is accepted. Here a request has to arrive within a fixed time,
and when there are too many connections the oldest without a whole request is closed. One that is younger than a second
is not: until then waitress lets new ones wait.
"""

import socket
import time
from collections.abc import Callable
from math import inf
from typing import Any, ClassVar, NamedTuple

from waitress.channel import HTTPChannel

from core.webhook import BODY_LIMIT
from runtimes.local.http_parser import JsonErrorTask, LimitedParser

_IDLE, _TOO_MANY = "idle", "there were too many"


class Limits(NamedTuple):
    """Of connections. Times are in seconds; GitHub waits 10 for its answer, Enterprise Server 30."""

    connections: int = 512
    header: float = 10.0
    """From the connection, or a request's first byte, to the end of the headers."""
    idle: float = 75.0
    """From the end of a request to the first byte of the next: proxies and tunnels keep a connection for about a minute."""
    body: float = 30.0
    """From a request's first byte to its last."""
    response: float = 30.0
    """Without any progress in sending a response."""
    linger: float = 5.0
    """To read on after an early answer: closing at once would reset the connection before the client has read it.
    https://www.rfc-editor.org/rfc/rfc9112#section-9.6"""
    grace: float = 1.0
    """For which nothing is closed to make room: a burst of deliveries may be slow to send."""
    buffered: int = 8 * BODY_LIMIT
    """Bytes of bodies in memory; nothing is written to a temporary file."""


class Reports(NamedTuple):
    """Whom to call about what the application never sees."""

    rejected: Callable[[int, str, str | None], object] = lambda *_: None
    """With status, reason and path (None: unknown) of each request that is refused."""
    dropped: Callable[[str], object] = lambda _: None
    """With the reason for which a connection is closed without an answer."""


class LimitedChannel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    """One connection. The server's loop asks each at least once a second whether it wants to read: that is its clock."""

    parser_class = LimitedParser
    error_task_class = JsonErrorTask
    request: Any
    """waitress's: the request that is being received, or None."""
    limits: ClassVar[Limits] = Limits()
    reports: ClassVar[Reports] = Reports()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._since = self._progress = time.monotonic()
        self._sent = 0.0
        self._refused = self._lingering = self._evicted = self._kept_alive = False
        super().__init__(*arguments, **options)
        others = [channel for channel in self.server.active_channels.values() if channel is not self]
        if len(others) >= self.limits.connections:
            _evict([channel for channel in others if channel.rested >= self.limits.grace])

    def readable(self) -> bool:
        """Whether to wait for more; closes the connection when its time is up."""
        reason = self._overdue()
        if reason is not None:
            if reason != _IDLE:
                self.reports.dropped(reason)
            self.handle_close()
            return False
        return self._lingering or bool(super().readable())

    def writable(self) -> bool:
        """Whether there is something to send."""
        return self.connected and bool(super().writable())

    def received(self, data: bytes) -> bool:
        """Parse what came; after an early answer it is thrown away."""
        if self._lingering:
            return False
        before = self.request
        self._progress = time.monotonic()
        more = bool(super().received(data))
        if self.request is not before:
            self._since = self._progress
        if self.unfinished > self.adj.recv_bytes:
            _make_room(self)
        return more

    def service(self) -> None:
        """Answer one request; the time of the next begins at its end."""
        super().service()
        self._kept_alive = True
        self._since = self._progress = time.monotonic()

    def reject(self, status: int, reason: str, path: str | None) -> None:
        """Note that this request is answered early, so that the rest of it may still be on its way."""
        self._refused = True
        self.reports.rejected(status, reason, path)

    def handle_write(self) -> None:
        """Send; an early answer is followed by a lingering close."""
        if self._refused and not self.requests and not self.will_close:
            self._flush_exception(self._flush_some)
            if self.close_when_flushed and not self.total_outbufs_len and not self.will_close and self._half_closed():
                return
        super().handle_write()

    def handle_error(self) -> None:
        """Close the connection after an unexpected error, with a line instead of a traceback."""
        self.reports.dropped("it failed")
        self.handle_close()

    def handle_close(self) -> None:
        """Close, and release what was received."""
        if self.connected and self.request is not None and not self._lingering and self._overdue() is None:
            self.reports.dropped("the client left in the middle of a request")
        if self.request is not None:
            self.request.close()
            self.request = None
        super().handle_close()

    @property
    def unfinished(self) -> int:
        """Bytes of the body that is still being received."""
        request = self.request
        return 0 if request is None or request.body_rcv is None else len(request.body_rcv)

    @property
    def buffered(self) -> int:
        """Bytes of all bodies in memory."""
        return self.unfinished + sum(
            len(request.body_rcv) for request in [*self.requests] if request.body_rcv is not None
        )

    @property
    def rank(self) -> tuple[bool, float]:
        """Who is closed first: one without whole headers, the oldest; then the body that has not moved for longest."""
        has_headers = self.request is not None and self.request.headers_finished
        return has_headers, self._progress if has_headers else self._since

    @property
    def waits(self) -> bool:
        """Whether no request of this connection is being answered, so that nothing is lost but what never arrived."""
        busy = self.requests or self.total_outbufs_len or self.will_close or self.close_when_flushed
        return not (busy or self._evicted or self._lingering)

    @property
    def rested(self) -> float:
        """Seconds for which this connection has kept its place without headers, or without more of a body."""
        return time.monotonic() - self.rank[1]

    def evict(self) -> None:
        """Have this connection closed with the next look of the server's loop."""
        self._evicted = True

    def _half_closed(self) -> bool:
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        self.close_when_flushed = False
        self._lingering, self._since = True, time.monotonic()
        return True

    def _overdue(self) -> str | None:
        """Why this connection is to be closed; None: it is not."""
        if self.server.in_connection_overflow and self.waits and self.rested >= self.limits.grace:
            return _TOO_MANY
        reason, since, limit = self._deadline()
        return reason if time.monotonic() - since > limit else None

    def _deadline(self) -> tuple[str, float, float]:
        """What this connection waits for: the reason to close it, since when, and for how long it may."""
        limits = self.limits
        if self._evicted:
            return _TOO_MANY, -inf, 0.0
        if self._lingering:
            return "the rest of a refused request did not end", self._since, limits.linger
        if self.total_outbufs_len:
            return "its response was not read", max(self._progress, self._sent), limits.response
        if self.requests or self.close_when_flushed:
            return _IDLE, self._since, inf
        if self.request is None:
            return _IDLE, self._since, limits.idle if self._kept_alive else limits.header
        in_body = self.request.headers_finished
        reason = "a body did not arrive in time" if in_body else "no whole headers arrived in time"
        return reason, self._since, limits.body if in_body else limits.header

    def _flush_some(self, do_close: bool = True) -> bool:  # noqa: FBT001, FBT002 (as waitress's)
        sent = bool(super()._flush_some(do_close=do_close))
        if sent:
            self._sent = time.monotonic()
        return sent


def _evict(channels: list[LimitedChannel]) -> None:
    waiting = [channel for channel in channels if channel.waits]
    if waiting:
        min(waiting, key=lambda channel: channel.rank).evict()


def _make_room(newest: LimitedChannel) -> None:
    """Close the slowest unfinished bodies while all bodies together are over their limit."""
    channels = [*newest.server.active_channels.values()]
    if sum(channel.buffered for channel in channels) > newest.limits.buffered:
        _evict([channel for channel in channels if channel.unfinished])
