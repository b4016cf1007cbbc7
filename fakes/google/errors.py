"""How Google refuses: https://cloud.google.com/apis/design/errors, https://github.com/googleapis/googleapis (code.proto)."""

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
"""By gRPC's status, which REST tells too."""

LOST = "LOST"
"""A fault that is no status: the request is carried out, but its answer never comes; the connection is cut."""


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message

    @property
    def http_status(self) -> int:
        """What HTTP calls it."""
        return HTTP_STATUS[self.status]

    @property
    def body(self) -> bytes:
        """As REST words it."""
        error = {"code": self.http_status, "message": self.message, "status": self.status}
        return json.dumps({"error": error}, indent=2).encode()


class AnswerLost(ConnectionError):
    """It was carried out; nobody hears of it."""


class UnknownRequest(AssertionError):
    """Nobody taught the fake to answer this."""
