"""The HTTP session with GitHub: no password of a .netrc, no token to another host, and a time limit for response headers.

A read time-out of requests restarts with each byte. So a timer shuts down a connection whose headers are not complete by
then; core/github/bounded_response.py does the same for the body.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from core import deadline

POOL = 16
"""Open connections: more than the events that are collected concurrently."""
LONGEST_RESPONSE = 30.0
"""Seconds for the headers, and again for the body. GitHub gives up after 10.
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#timeouts"""


class RedirectRefused(requests.RequestException):
    """A response redirects a write to another host, or to http://."""


class _Session(requests.Session):
    """Uses proxies and certificates from the environment, but no password of a .netrc instead of our token."""

    def __init__(self) -> None:
        super().__init__()
        self.auth = _as_it_is

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Drop the token when redirected to another host or to http://. Raises RedirectRefused for a write."""
        to, came_from = prepared_request.url or "", response.request.url or ""
        before, after = urlsplit(came_from), urlsplit(to)
        elsewhere = before.hostname != after.hostname or (before.scheme, after.scheme) == ("https", "http")
        if elsewhere and prepared_request.method not in ("GET", "HEAD"):
            raise RedirectRefused("a redirect of what is written", response=response)
        if self.should_strip_auth(came_from, to):  # type: ignore[no-untyped-call]  # of requests
            prepared_request.headers.pop("Authorization", None)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def pooled_session() -> requests.Session:
    """Return a session for the process, whose connections all threads share."""
    session = _Session()
    session.max_redirects = 5
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(pool_connections=2, pool_maxsize=POOL))
    return session


@contextmanager
def _shut_down_late(connection: HTTPConnection) -> Iterator[None]:
    """Raise TimeoutError once the time for the headers is over, even while bytes still arrive."""
    late = threading.Event()
    sock = connection.sock

    def shut_down() -> None:
        late.set()
        with suppress(OSError):  # it is closed already
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not that of SSLSocket, which another thread reads from

    timer = threading.Timer(max(0.0, min(LONGEST_RESPONSE, deadline.seconds_left())), shut_down)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception:
        if late.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()


class _PlainConnection(HTTPConnection):
    def getresponse(self) -> Any:
        """Return the response, as urllib3 does, within the time limit."""
        with _shut_down_late(self):
            return super().getresponse()


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        """Return the response, as urllib3 does, within the time limit."""
        with _shut_down_late(self):
            return super().getresponse()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
        return manager
