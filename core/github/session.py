"""The HTTP session with GitHub: no password of a .netrc, no token to another host, and an end in time for each head of a response.

A read time-out of requests begins again with each byte. So a timer shuts the connection down whose response has no whole head by
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
"""Connections kept open: more than the events that are collected side by side."""
LONGEST_RESPONSE = 30.0
"""Seconds for the head, and again for the body. GitHub itself gives up after 10.
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#timeouts"""


class RedirectRefused(requests.RequestException):
    """GitHub, or somebody in its place, sends a write to another host, or over http://."""


class _Session(requests.Session):
    """Proxies and certificates from the environment, but no password of a .netrc in place of our token."""

    def __init__(self) -> None:
        super().__init__()
        self.auth = _as_it_is

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Drop the token on the way to another host or to http://; raises RedirectRefused for what is written."""
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
    """One session for the whole process: connections are shared by all threads."""
    session = _Session()
    session.max_redirects = 5
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(pool_connections=2, pool_maxsize=POOL))
    return session


@contextmanager
def _shut_down_late(connection: HTTPConnection) -> Iterator[None]:
    """Raise TimeoutError once the time for a head is over, however many bytes of it come."""
    late = threading.Event()
    sock = connection.sock

    def shut_down() -> None:
        late.set()
        with suppress(OSError):  # it is closed already
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not the SSLSocket's own, which another thread reads from

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
        """As urllib3's, in time."""
        with _shut_down_late(self):
            return super().getresponse()


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        """As urllib3's, in time."""
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
