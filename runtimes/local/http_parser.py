"""Parses requests for waitress with stricter limits, and answers unparsable requests with a JSON error.

waitress compares a body's limit only with the bytes on the wire, has no limit for a chunk's size line or for trailers,
ignores a Content-Length beside Transfer-Encoding, and answers in plain text that may repeat a header line.
https://docs.pylonsproject.org/projects/waitress/en/stable/arguments.html
"""

import json
import sys
from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.task import ErrorTask
from waitress.utilities import BadRequest, RequestEntityTooLarge, RequestHeaderFieldsTooLarge

from core.webhook import too_large, wire_limit

HEADER_LIMIT = 32 * 1024
"""Bytes of the request line and all headers: three times API Gateway's limit, so that a tunnel can add headers.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
_CHUNK_LINE, _TRAILERS = 1024, 8 * 1024
NO_LIMIT = sys.maxsize
"""Disables waitress's own body limit, which also counts the framing of chunks."""
_RESPONSES = {
    400: ("Bad Request", "the request is malformed"),
    413: ("Content Too Large", "the body is too large"),
    431: ("Request Header Fields Too Large", f"the headers are over {HEADER_LIMIT} bytes"),
    501: ("Not Implemented", "no transfer coding but chunked is supported"),
}
"""Reason phrase and error message by status. No part of the request is repeated."""


class BodyTooLarge(RequestEntityTooLarge):  # type: ignore[misc]  # waitress ships no types
    """The body is over its limit, which the message names."""


class Chunks(ChunkedReceiver):  # type: ignore[misc]  # waitress ships no types
    """Reads a chunked body and limits its size lines and trailers, of which waitress would buffer and copy megabytes."""

    def received(self, data: bytes) -> int:
        """Consume data and return the number of bytes that belong to this body."""
        consumed: int = super().received(data)
        if len(self.control_line) > _CHUNK_LINE or len(self.trailer) > _TRAILERS:
            self.error = BadRequest("chunk line or trailers too long")
        return consumed


class LimitedParser(HTTPRequestParser):  # type: ignore[misc]  # waitress ships no types
    """Rejects a body over its limit before it is read, and a body without a length as soon as it exceeds the limit."""

    body_rcv: Any
    error: Any

    def received(self, data: bytes) -> int:
        """Consume data and return the number of bytes that belong to this request."""
        consumed: int = super().received(data)
        length = max(self.content_length, len(self.body_rcv) if self.body_rcv is not None else 0)
        limit = wire_limit(self.headers.get("CONTENT_TYPE", ""))
        if length > limit and (self.error is None or isinstance(self.error, RequestEntityTooLarge)):
            self.error = BodyTooLarge(too_large(limit))
            self.completed = True
        if self.error is not None:
            self.expect_continue = False  # 100 Continue would invite the body, and waitress would then wait for it
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the headers; raises ParsingError if the body's length is ambiguous, as gunicorn does.

        https://www.rfc-editor.org/rfc/rfc9112#section-6.1
        """
        super().parse_header(header_plus)
        if self.version == "1.0" and "TRANSFER_ENCODING" in self.headers:
            raise ParsingError("chunked HTTP/1.0")
        if self.chunked:
            if "CONTENT_LENGTH" in self.headers:
                raise ParsingError("both Content-Length and Transfer-Encoding")
            self.body_rcv = Chunks(self.body_rcv.getbuf())


class JsonErrorTask(ErrorTask):  # type: ignore[misc]  # waitress ships no types
    """Answers a request that never reaches the application."""

    def execute(self) -> None:
        """Write the response and close the connection: the start of the next request is unknown."""
        status, reason = rejection(self.request.error)
        body = json.dumps({"status": "error", "reason": reason}, separators=(",", ":")).encode()
        self.status = f"{status} {_RESPONSES[status][0]}" if status in _RESPONSES else f"{status} Internal Server Error"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        path = None if status == 431 else getattr(self.request, "path", None)  # waitress then sets it to /
        self.channel.reject(status, reason, path)
        self.write(body)


def rejection(error: Any) -> tuple[int, str]:
    """Return status and reason for an error of waitress."""
    if isinstance(error, BodyTooLarge):
        return 413, str(error.body)
    status = 431 if isinstance(error, RequestHeaderFieldsTooLarge) else int(error.code)
    return status, _RESPONSES[status][1] if status in _RESPONSES else "the request could not be processed"
