"""Guards MiniStack against web pages: an ASGI wrapper that runs in the emulator's own Python, without our packages.

MiniStack answers every origin with `Access-Control-Allow-Origin: *` and does not check Host, so any page in a local browser could
read its queues and secrets and run code in its Lambda. Three headers distinguish a page's request from a client's:

- browsers send `Origin` with every cross-origin request but plain GET and HEAD: https://fetch.spec.whatwg.org/#origin-header
- current browsers send `Sec-Fetch-*` with every request, and no script can remove it:
  https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
- after DNS rebinding the request is same-origin, but `Host` names the page's own domain:
  https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Host

With a list of services, only the operations that the dev server needs are allowed. Each of them is a POST with `X-Amz-Target`, which no page can send without a preflight: https://fetch.spec.whatwg.org/#cors-safelisted-request-header
"""

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HEALTH = "/_ministack/health"
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_RESERVED = ("/_ministack", "/_localstack")
"""Administration paths: reset, configuration, all messages and the code of all functions."""

_SQS = """CreateQueue GetQueueUrl ListQueues GetQueueAttributes TagQueue ListQueueTags SendMessage SendMessageBatch ReceiveMessage
DeleteMessage DeleteMessageBatch ChangeMessageVisibility ChangeMessageVisibilityBatch"""
_SSM = "PutParameter GetParameter DeleteParameter DeleteParameters"  # not SendCommand, which runs a shell
OPERATIONS = {
    "sqs": [f"AmazonSQS.{name}" for name in _SQS.split()],
    "ssm": [f"AmazonSSM.{name}" for name in _SSM.split()],
}
"""The operations that the dev server and its commands call, by service."""


class Guard:
    """An ASGI application that wraps another: https://asgi.readthedocs.io/en/latest/specs/www.html."""

    def __init__(self, app: Application, port: int, services: Iterable[str] = ()) -> None:
        """Wrap `app`, which listens on `port`; without `services` all services are open."""
        self._app = app
        self._hosts = {f"{name}:{port}" for name in _LOOPBACK} | (set(_LOOPBACK) if port == 80 else set())
        self._services = tuple(services)
        self._targets = {target for service in self._services for target in OPERATIONS.get(service, ())}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or forward it and remove every CORS header from the response."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            reason = self.refusal(scope)
            if reason:
                await _refuse(send, reason)
            else:
                await self._app(scope, receive, _without_cors(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    def refusal(self, scope: Scope) -> str:
        """Return why an HTTP request is refused; empty if it is allowed."""
        headers: list[tuple[str, str]] = [
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
        ]
        names = {name for name, _ in headers}
        method, path = scope["method"], scope["path"]
        if [value.lower() for name, value in headers if name == "host"] not in [[host] for host in self._hosts]:
            return "Host is not this emulator's own address"
        if "origin" in names or any(name.startswith("sec-fetch-") for name in names):
            return "requests of web pages are not answered"
        if (
            method in ("OPTIONS", "CONNECT", "TRACE")
            or "upgrade" in names
            or not scope["http_version"].startswith("1.")
        ):
            return f"{method}, upgrades and HTTP/{scope['http_version']} are not answered"
        is_health = (method, path) == ("GET", HEALTH)
        if not is_health and (not path.startswith("/") or path.lower().startswith(_RESERVED)):
            return "administration is closed"
        if self._services and not is_health and not self._is_needed(method, path, headers):
            return f"only what the dev server needs of {', '.join(self._services)} is open"
        return ""

    def _is_needed(self, method: str, path: str, headers: Iterable[tuple[str, str]]) -> bool:
        targets = [value for name, value in headers if name == "x-amz-target"]
        return (method, path) == ("POST", "/") and len(targets) == 1 and targets[0] in self._targets


def _without_cors(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [
                (name, value)
                for name, value in message.get("headers", [])
                if not name.lower().startswith(b"access-control-")
            ]
            message = {**message, "headers": [*headers, (b"cross-origin-resource-policy", b"same-origin")]}
        await send(message)

    return sent


async def _refuse(send: Send, reason: str) -> None:
    """Answer without reading the body."""
    body = json.dumps({"__type": "AccessDeniedException", "message": reason}).encode()
    headers = [
        (b"content-type", b"application/x-amz-json-1.0"),
        (b"content-length", str(len(body)).encode()),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
