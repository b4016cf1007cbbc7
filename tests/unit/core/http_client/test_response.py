"""The reader of responses: framing, limits in bytes and seconds, and whether a connection can be used again.

The cases follow https://www.rfc-editor.org/rfc/rfc9112 (sections 4 and 6 to 9).
"""

import pytest

from core.http_client.response import (
    IncompleteResponse,
    InvalidResponse,
    Reader,
    Response,
    ResponseTooLarge,
)
from tests.unit.core.http_client.scripted_socket import ScriptedSocket, as_socket

LIMIT = 64 * 1024


def read(*received: bytes | Exception) -> Response:
    return Reader(as_socket(ScriptedSocket(*received)), 10.0).read_response()


def test_a_body_of_a_declared_length_keeps_the_connection() -> None:
    assert read(b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello") == Response(201, b"hello", keep_alive=True)


def test_a_response_may_arrive_byte_by_byte() -> None:
    text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    assert read(*(bytes([byte]) for byte in text)) == Response(200, b"hi", keep_alive=True)


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b"0\r\n\r\n", b""),
        (b"3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", b"abc0123456789"),
        (b"3;name=value\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"3 \r\nabc\r\n0\r\nX-Trailer: x\r\nX-Other: y\r\n\r\n", b"abc"),
    ],
)
def test_chunks_are_joined_without_extensions_and_trailers(body: bytes, content: bytes) -> None:
    assert read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body) == Response(
        200, content, keep_alive=True
    )


def test_transfer_encoding_overrides_content_length() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert read(head + b"2\r\nhi\r\n0\r\n\r\n").body == b"hi"


def test_without_a_length_the_body_ends_with_the_connection() -> None:
    assert read(b"HTTP/1.1 200 OK\r\n\r\nall ", b"of it") == Response(200, b"all of it", keep_alive=False)


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\ncontent-length:2\r\nCONNECTION:  Close \r\n\r\nhi",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more",
    ],
    ids=["close", "close in other case", "HTTP/1.0", "unexpected bytes"],
)
def test_a_connection_is_not_reused_after_such_a_response(text: bytes) -> None:
    assert read(text) == Response(200, b"hi", keep_alive=False)


@pytest.mark.parametrize(
    "text",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 600 No\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nhi\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nhi\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi!\r\n0\r\n\r\n",
    ],
)
def test_a_response_that_is_not_http_1_is_rejected(text: bytes) -> None:
    with pytest.raises(InvalidResponse):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    ],
)
def test_a_connection_that_ends_early_is_an_error(text: bytes) -> None:
    with pytest.raises(IncompleteResponse):
        read(text)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
KILOBYTE = b"400\r\n" + b"x" * 1024 + b"\r\n"


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * LIMIT * 2,
        b"HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * LIMIT * 2,
        CHUNKED + b"FFFFFFFF\r\n",
        CHUNKED + KILOBYTE * 65 + b"0\r\n\r\n",
    ],
    ids=["head", "length", "huge length", "no length", "chunk", "chunks"],
)
def test_a_response_over_the_limit_is_not_read_to_its_end(text: bytes) -> None:
    sock = ScriptedSocket(text, AssertionError("read on"))
    with pytest.raises(ResponseTooLarge):
        Reader(as_socket(sock), 10.0).read_response()


def test_a_body_of_exactly_the_limit_is_read() -> None:
    assert len(read(b"HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n", b"x" * LIMIT).body) == LIMIT
    assert len(read(CHUNKED + KILOBYTE * 64 + b"0\r\n\r\n").body) == LIMIT


class TickingSocket(ScriptedSocket):
    """Each `recv` takes a second."""

    now = 0.0

    def recv(self, most: int) -> bytes:
        self.now += 1
        return super().recv(most)


def test_a_response_that_trickles_in_is_limited_in_total() -> None:
    sock = TickingSocket(*[b"x"] * 100)
    with pytest.raises(TimeoutError):
        Reader(as_socket(sock), 10.0, lambda: sock.now).read_response()
    assert sock.timeouts == [10.0 - second for second in range(10)]


@pytest.mark.parametrize(
    ("received", "begun"), [((), False), ((TimeoutError(),), False), ((b"H", TimeoutError()), True)]
)
def test_a_reader_reports_whether_a_response_began(received: tuple[bytes | Exception, ...], begun: bool) -> None:  # noqa: FBT001 (a parameter)
    reader = Reader(as_socket(ScriptedSocket(*received)), 10.0)
    with pytest.raises((TimeoutError, IncompleteResponse)):
        reader.read_response()
    assert reader.begun is begun
