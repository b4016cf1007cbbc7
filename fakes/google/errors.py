"""Errors of Google's APIs: https://cloud.google.com/apis/design/errors, https://github.com/googleapis/googleapis (code.proto)."""

import json

HTTP_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
"""HTTP status by gRPC status; REST returns both."""

LOST = "LOST"
"""A fault without a status: the request is carried out, but the connection is cut before the response."""


class Refused(Exception):
    """An error response."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message

    @property
    def http_status(self) -> int:
        """The HTTP status."""
        return HTTP_STATUS[self.status]

    @property
    def body(self) -> bytes:
        """The REST body of the error."""
        error = {"code": self.http_status, "message": self.message, "status": self.status}
        return json.dumps({"error": error}, indent=2).encode()


class AnswerLost(ConnectionError):
    """The request was carried out, but the response is lost."""


class UnknownRequest(AssertionError):
    """The fake does not support this request."""
