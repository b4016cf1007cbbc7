"""Serves Google's services over REST: JSON as protobuf maps it, and paths as google.api.http defines them.

https://protobuf.dev/programming-guides/json, https://cloud.google.com/apis/docs/system-parameters
"""

import json
from collections.abc import Callable
from typing import Any

from google.protobuf import json_format  # type: ignore[import-untyped]

from fakes.google.errors import Refused, UnknownRequest
from fakes.google.http_transport import JSON, Answer, Request
from fakes.google.route import Route
from fakes.google.service import Service

_SYSTEM = {"alt", "$alt", "prettyPrint"}
_INTEGERS = "json;enum-encoding=int"
_UNAUTHENTICATED = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


class Rest:
    """Answers HTTP requests of a service; `accepts` returns whether a token is valid."""

    def __init__(self, service: Service, accepts: Callable[[str], bool]) -> None:
        self._service = service
        self._accepts = accepts

    def __call__(self, request: Request) -> Answer:
        """Answer a request; raises UnknownRequest without a route, and AnswerLost for a fault."""
        route, fields = _match_route(self._service.routes, request)
        try:
            self._check_token(request)
            answer = self._service.call(route.name, _message(route, fields, request))
        except Refused as refused:
            challenge = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'}
            headers = {**JSON, **challenge} if refused.http_status == 401 else JSON
            return Answer(refused.http_status, headers, refused.body)
        integers = request.query.get("$alt") == _INTEGERS
        body = json_format.MessageToDict(answer, use_integers_for_enums=integers)
        return Answer(200, JSON, json.dumps(body).encode())

    def _check_token(self, request: Request) -> None:
        authorization = request.headers.get("Authorization")
        if authorization is None and not self._service.authenticated:
            return
        scheme, _, token = (authorization or "").partition(" ")
        if scheme != "Bearer" or not self._accepts(token):
            raise Refused("UNAUTHENTICATED", _UNAUTHENTICATED)


def _match_route(routes: tuple[Route, ...], request: Request) -> tuple[Route, dict[str, str]]:
    for route in routes:
        match = route.path.fullmatch(request.path)
        if match and route.method == request.method:
            return route, match.groupdict()
    raise UnknownRequest(f"{request.method} {request.path}")


def _message(route: Route, fields: dict[str, str], request: Request) -> Any:
    """Return the protobuf request; raises Refused for unknown fields."""
    parameters: dict[str, Any] = {key: value for key, value in request.query.items() if key not in _SYSTEM}
    if route.body:
        body = _read(request.body)
        parameters |= body if route.body == "*" else {route.body: body}
    try:
        return json_format.ParseDict({**parameters, **fields}, route.request())
    except json_format.ParseError as error:
        raise Refused("INVALID_ARGUMENT", f"Invalid JSON payload received. {error}") from None


def _read(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body or b"{}")
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise Refused("INVALID_ARGUMENT", "Invalid JSON payload received.")
    return fields
