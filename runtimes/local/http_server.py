"""Creates waitress servers with the limits of http_channel.py and http_parser.py."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import waitress
from waitress.server import BaseWSGIServer

from core.log import Log
from runtimes.local.http_channel import LimitedChannel, Limits, Reports
from runtimes.local.http_parser import HEADER_LIMIT, NO_LIMIT
from runtimes.local.server_outcome import ServerOutcome

_THREADS = 32
_BUSY = 64
"""Connections in addition to Limits.connections at which waitress itself stops accepting."""
_RECEIVE = 64 * 1024
"""Bytes of one read: 25 MB in 400 passes of the server's loop."""
_OTHER_FILES = 128
_REPORT_SECONDS = 60.0


class Drops:
    """Logs connections that were closed without a response, at most one line a minute. Thread-safe."""

    def __init__(self, log: Log, now: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._now = now
        self._count = 0
        self._next: float | None = None
        self._lock = threading.Lock()

    def __call__(self, reason: str) -> None:
        """Count one closed connection; the log line has the reason of the newest."""
        with self._lock:
            self._count += 1
            now = self._now()
            if self._next is not None and now < self._next:
                return
            count, self._count, self._next = self._count, 0, now + _REPORT_SECONDS
        self._log("warning", "connection", ServerOutcome.CLOSED, count=count, reason=reason)


def create(
    application: Any,
    address: tuple[str, int],
    log: Log,
    rejected: Callable[[int, str, str | None], object],
    limits: Limits | None = None,
) -> BaseWSGIServer:
    """Return a server that listens but does not answer yet; raises OSError if the port is in use.

    `rejected` is called with status, reason and path of a request that the server rejects before the application is called.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # no warning for a burst of requests
    applied = limits or Limits(connections=_connections())
    channel = type("Channel", (LimitedChannel,), {"limits": applied, "reports": Reports(rejected, Drops(log))})
    server = waitress.create_server(
        application,
        host=address[0],
        port=address[1],
        threads=_THREADS,
        ident=None,
        clear_untrusted_proxy_headers=False,  # the status page must see that a tunnel forwarded a request
        max_request_header_size=HEADER_LIMIT,
        max_request_body_size=NO_LIMIT,  # LimitedParser limits the body
        inbuf_overflow=NO_LIMIT,  # bodies stay in memory, within Limits.buffered, never in a temporary file
        recv_bytes=_RECEIVE,
        connection_limit=applied.connections + _BUSY,
        asyncore_use_poll=True,  # select() ends at descriptor 1,024
        log_socket_errors=False,  # no traceback for a client that disconnects
    )
    for listening in getattr(server, "map", {0: server}).values():
        listening.channel_class = channel
    if not hasattr(server, "effective_port"):  # a name of several addresses, such as localhost
        server.effective_port = server.effective_listen[0][1]
    return server


def start_in_thread(server: Any) -> Callable[[], None]:
    """Run a server in its own thread and return a function that stops it."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()

    def stop() -> None:
        for channel in [*server.active_channels.values()]:
            channel.handle_close()
        server.task_dispatcher.shutdown()
        server.close()

    def stop_and_join() -> None:
        if thread.is_alive():
            server.trigger.pull_trigger(stop)
            thread.join(30)

    return stop_and_join


def _connections() -> int:
    """Return the maximum number of waiting connections, which leaves file descriptors for everything else."""
    try:
        import resource  # noqa: PLC0415 (not on Windows)
    except ImportError:
        return 128
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return Limits().connections if files < 0 else max(16, min(Limits().connections, files - _OTHER_FILES - _BUSY))
