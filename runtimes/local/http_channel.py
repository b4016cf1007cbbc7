"""Connections of the dev server with deadlines, so that half-open and slow clients never delay a delivery.

waitress alone closes a connection only if nothing at all was received for `channel_timeout`: one byte a second keeps it
open forever, and at `connection_limit` no further connection is accepted. Here a request must arrive within a fixed time,
and at the limit the oldest connection without a complete request is closed, unless it is younger than a second. Until
then waitress lets new connections wait.
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
    """Limits of connections. Times are in seconds; GitHub waits 10 for a response, Enterprise Server 30."""

    connections: int = 512
    header: float = 10.0
    """From the connection, or a request's first byte, to the end of the headers."""
    idle: float = 75.0
    """From the end of a request to the first byte of the next: proxies and tunnels keep a connection for about a minute."""
    body: float = 30.0
    """From a request's first byte to its last."""
    response: float = 30.0
    """Maximum time without progress in sending a response."""
    linger: float = 5.0
    """Time to keep reading after an early response: closing at once would reset the connection before the client has read it.
    https://www.rfc-editor.org/rfc/rfc9112#section-9.6"""
    grace: float = 1.0
    """Minimum age of a connection to be evicted: a burst of deliveries may be slow to send."""
    buffered: int = 8 * BODY_LIMIT
    """Bytes of bodies in memory, of which a form may have 75 MB; nothing is written to a temporary file."""


class Reports(NamedTuple):
    """Callbacks for requests that the application never receives."""

    rejected: Callable[[int, str, str | None], object] = lambda *_: None
    """Called with status, reason and path (None: unknown) of each rejected request."""
    dropped: Callable[[str], object] = lambda _: None
    """Called with the reason when a connection is closed without a response."""


class LimitedChannel(HTTPChannel):  # type: ignore[misc]  # waitress ships no types
    """One connection. The server's loop calls `readable` at least once a second, which checks the deadlines."""

    parser_class = LimitedParser
    error_task_class = JsonErrorTask
    request: Any
    """The request that is being received, or None; set by waitress."""
    limits: ClassVar[Limits] = Limits()
    reports: ClassVar[Reports] = Reports()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._since = self._progress = time.monotonic()
        self._sent = 0.0
        self._refused = self._lingering = self._evicted = self._kept_alive = False
        super().__init__(*arguments, **options)
        other_channels = [channel for channel in self.server.active_channels.values() if channel is not self]
        if len(other_channels) >= self.limits.connections:
            _evict([channel for channel in other_channels if channel.rested >= self.limits.grace])

    def readable(self) -> bool:
        """Return whether to wait for more data; close the connection when its deadline has passed."""
        reason = self._overdue()
        if reason is not None:
            if reason != _IDLE:
                self.reports.dropped(reason)
            self.handle_close()
            return False
        return self._lingering or bool(super().readable())

    def writable(self) -> bool:
        """Return whether there is data to send."""
        return self.connected and bool(super().writable())

    def received(self, data: bytes) -> bool:
        """Parse received data; after an early response it is discarded."""
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
        """Answer one request; the deadline of the next one starts when it ends."""
        super().service()
        self._kept_alive = True
        self._since = self._progress = time.monotonic()

    def reject(self, status: int, reason: str, path: str | None) -> None:
        """Record that this request is answered early, while the rest of it may still arrive."""
        self._refused = True
        self.reports.rejected(status, reason, path)

    def handle_write(self) -> None:
        """Send data; an early response is followed by a lingering close."""
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
        """Close the connection and release received data."""
        if self.connected and self.request is not None and not self._lingering and self._overdue() is None:
            self.reports.dropped("the client left in the middle of a request")
        if self.request is not None:
            self.request.close()
            self.request = None
        super().handle_close()

    @property
    def unfinished(self) -> int:
        """Bytes of the body that is being received."""
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
        """Eviction order: first the oldest connection without complete headers, then the body that stalled longest."""
        has_headers = self.request is not None and self.request.headers_finished
        return has_headers, self._progress if has_headers else self._since

    @property
    def waits(self) -> bool:
        """Whether no request of this connection is being answered, so that closing loses only what never arrived."""
        busy = self.requests or self.total_outbufs_len or self.will_close or self.close_when_flushed
        return not (busy or self._evicted or self._lingering)

    @property
    def rested(self) -> float:
        """Seconds since this connection made progress with its headers or body."""
        return time.monotonic() - self.rank[1]

    def evict(self) -> None:
        """Close this connection at the next pass of the server's loop."""
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
        """Return why this connection must be closed; None: keep it."""
        if self.server.in_connection_overflow and self.waits and self.rested >= self.limits.grace:
            return _TOO_MANY
        reason, since, limit = self._deadline()
        return reason if time.monotonic() - since > limit else None

    def _deadline(self) -> tuple[str, float, float]:
        """Return the reason to close this connection, the start of its current wait, and the limit in seconds."""
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

    def _flush_some(self, do_close: bool = True) -> bool:  # noqa: FBT001, FBT002 (the signature of waitress)
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
