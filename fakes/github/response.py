"""HTTP responses in GitHub's format."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

_JSON = "application/json; charset=utf-8"


class Response(NamedTuple):
    """An HTTP response; also a fault that can be injected."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


def error(status: int, message: str, headers: Mapping[str, str] | None = None, **more: str) -> Response:
    """Return an error in GitHub's format."""
    body = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status), **more}
    return json_answer(body, status, headers=headers)


def json_answer(value: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response."""
    return Response(status, {"Content-Type": _JSON, **(headers or {})}, json.dumps(value).encode())


class UnknownRequest(AssertionError):
    """The fake does not support this request."""


class HttpError(Exception):
    """An error response that ends the processing of a request."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def abort(status: int, message: str, headers: Mapping[str, str] | None = None) -> HttpError:
    """Return an error to be raised."""
    return HttpError(error(status, message, headers))
