"""A socket without a network: it returns scripted bytes, and records what was sent and whether it was closed."""

from collections import deque
from typing import Any


class ScriptedSocket:
    """Implements the part of socket.socket that the HTTP client uses.

    Each item of `received` is the result of one `recv`: bytes, or an error to raise. After the last one the peer has closed
    the connection.
    """

    def __init__(self, *received: bytes | Exception, refuses: Exception | None = None) -> None:
        self.sent = b""
        self.closed = False
        self.timeouts: list[float] = []
        self.options: list[tuple[int, ...]] = []
        self._received = deque(received)
        self._refuses = refuses

    def settimeout(self, seconds: float) -> None:
        """Record a time-out; a real socket with a time-out of 0 does not block, which the client never wants."""
        assert seconds > 0
        self.timeouts.append(seconds)

    def setsockopt(self, *option: int) -> None:
        """Record an option."""
        self.options.append(option)

    def sendall(self, data: bytes) -> None:
        """Record data, or raise the error of a broken connection."""
        if self._refuses is not None:
            raise self._refuses
        self.sent += data

    def recv(self, most: int) -> bytes:
        """Return the next bytes, at most `most`; empty at the end of the connection."""
        assert not self.closed
        data = self._received.popleft() if self._received else b""
        if isinstance(data, Exception):
            raise data
        if len(data) > most:
            self._received.appendleft(data[most:])
        return data[:most]

    def close(self) -> None:
        """Close the socket."""
        self.closed = True


def as_socket(scripted: ScriptedSocket) -> Any:
    """Return the fake with the type that the client expects."""
    return scripted
