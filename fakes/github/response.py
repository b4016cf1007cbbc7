"""An HTTP answer in GitHub's words."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

_JSON = "application/json; charset=utf-8"


class Response(NamedTuple):
    """An HTTP answer; also a fault that can be ordered."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""


def error(status: int, message: str, headers: Mapping[str, str] | None = None, **more: str) -> Response:
    """An error as GitHub words it."""
    body = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status), **more}
    return json_answer(body, status, headers=headers)


def json_answer(value: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """A body of JSON."""
    return Response(status, {"Content-Type": _JSON, **(headers or {})}, json.dumps(value).encode())


class UnknownRequest(AssertionError):
    """Nobody taught the fake to answer this."""


class HttpError(Exception):
    """An answer that ends the work on a request."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def abort(status: int, message: str, headers: Mapping[str, str] | None = None) -> HttpError:
    """An error, to be raised."""
    return HttpError(error(status, message, headers))
