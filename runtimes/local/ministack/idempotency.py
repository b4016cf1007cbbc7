"""Lets MiniStack answer a retried creation with the response of its first attempt. Runs in the emulator's own Python.

Two clients retry a creation without a response, although it may have been performed:

- An AWS SDK, if the connection is cut: RetryableConnectionError in
  https://github.com/aws/aws-sdk-go-v2/blob/main/aws/retry/retryable_error.go, up to 25 times for Terraform's AWS provider. All attempts
  of one call, and no others, have the same header amz-sdk-invocation-id: RequestInvocationIDMiddleware in
  https://github.com/aws/aws-sdk-go-v2/blob/main/aws/middleware/middleware.go; botocore and the other SDKs do the same:
  https://docs.rs/aws-runtime/latest/aws_runtime/invocation_id/.
- The provider itself, if there is no response for two minutes: it closes the connection and calls again, with another id:
  https://github.com/hashicorp/terraform-provider-aws/issues/15967 and `retryCreateRole` in
  https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/iam/role.go.

The second attempt of e.g. CreateRole is a conflict, and the deployment fails. AWS remembers a request only where an API has a client
token; there a deployment is continued by an import (terraform_import.py). The emulator remembers every creation, because on a busy
machine responses are late. A request that differs in any way, or whose predecessor was answered, is a conflict, as on AWS.
"""

import asyncio
import contextvars
import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
Response = tuple[int, dict[str, Any], Any]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Awaitable[Response]]

_BUDGET = 32 * 1024 * 1024
"""Maximum bytes of stored responses, with headers estimated; the oldest are evicted."""
_LARGEST = 64 * 1024
"""Maximum bytes of a stored response; responses of creations have a few hundred."""
_HEADERS = 1024
_SAME = 16
"""Stored calls with the same content, such as a role's policy that every deployment puts."""
_PEEK = 0.02
"""Seconds in which the event loop learns that a connection was closed."""
_CREATES = re.compile(r"(Create|Add|Put|Attach|Register|Publish)[A-Z]")
_DATA = re.compile(r"Put(LogEvents|MetricData|Events|Item|Records?|RecordBatch|Object.*)$")
"""Data operations, which are not deduplicated, as on AWS."""

_SIGNER = re.compile(r"Credential=([^/]+)/")

_client: "contextvars.ContextVar[_Client | None]" = contextvars.ContextVar("client", default=None)


class Attempt(NamedTuple):
    """A creation that was performed."""

    response: Response
    answered: bool
    """Whether the client was still connected when the response was ready."""


class _Creation:
    """All attempts of one caller to create one resource by the same request, by amz-sdk-invocation-id."""

    def __init__(self) -> None:
        self.attempts: OrderedDict[str, Attempt] = OrderedDict()
        self.lock = asyncio.Lock()
        """Held during an attempt: a retry that arrives meanwhile waits for its end."""
        self.users = 0
        """Number of requests that are in progress or wait."""

    def take_unanswered(self) -> Response | None:
        """Return and remove a response that no client received; None if there is none."""
        for invocation, attempt in self.attempts.items():
            if not attempt.answered:
                del self.attempts[invocation]
                return attempt.response
        return None


class Idempotency:
    """Stores the successful creations of all services."""

    def __init__(self, caller: Callable[[], tuple[str, ...]]) -> None:
        """Create an empty store; `caller` returns account and region of the current request."""
        self._caller = caller
        self._creations: OrderedDict[tuple[str, ...], _Creation] = OrderedDict()

    def application(self, app: Application) -> Application:
        """Wrap MiniStack to track whether a request's client is still connected when the request has been performed."""

        async def wrapper(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return await app(scope, receive, send)
            client = _Client(receive)
            _client.set(client)
            try:
                await app(scope, client.receive, send)
            finally:
                client.close()

        return wrapper

    def handlers(self, handlers: MutableMapping[str, Handler]) -> None:
        """Wrap the handlers of all services, which MiniStack calls after its check of signature and policies."""
        for service, handler in list(handlers.items()):
            handlers[service] = self._wrapped(service, handler)

    def _wrapped(self, service: str, handler: Handler) -> Handler:
        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
        ) -> Response:
            invocation = headers.get("amz-sdk-invocation-id", "")
            if not invocation or not creates(service, method, path, headers, body):
                return await handler(method, path, headers, body, query)
            digest = hashlib.sha256(body).hexdigest()
            signer = _SIGNER.search(headers.get("authorization", ""))
            caller = (signer[1] if signer else "", *self._caller())
            key = (service, *caller, method, path, repr(sorted(query.items())), digest)
            creation = self._creations.setdefault(key, _Creation())
            self._creations.move_to_end(key)
            creation.users += 1
            try:
                async with creation.lock:
                    if before := creation.attempts.get(invocation):
                        return _copy(before.response)
                    response = await handler(method, path, headers, body, query)
                    if 400 <= response[0] < 500:
                        response = creation.take_unanswered() or response
                    await _remember(creation, invocation, response)
                    return _copy(response)
            finally:
                creation.users -= 1
                self._forget()

        return handle

    def _forget(self) -> None:
        """Remove creations without attempts, and the oldest that exceed the budget."""
        size = 0
        for key, creation in reversed(list(self._creations.items())):
            size += sum(_HEADERS + len(attempt.response[2]) for attempt in creation.attempts.values())
            if not creation.users and (not creation.attempts or size > _BUDGET):
                del self._creations[key]


async def _remember(creation: _Creation, invocation: str, response: Response) -> None:
    status, _, content = response
    if not 200 <= status < 300 or not isinstance(content, bytes | str) or len(content) > _LARGEST:
        return
    client = _client.get()
    answered = client is None or not await client.is_gone()
    creation.attempts[invocation] = Attempt(_copy(response), answered)
    while len(creation.attempts) > _SAME:
        creation.attempts.popitem(last=False)


class _Client:
    """The client of a request, and whether its connection is still open."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._next: asyncio.Task[Message] | None = None

    async def receive(self) -> Message:
        if self._next is None:
            return await self._receive()
        message, self._next = await self._next, None
        return message

    async def is_gone(self) -> bool:
        """Return whether the connection was closed. The body must have been read, so that no other message can arrive."""
        if self._next is None:
            self._next = asyncio.ensure_future(self._receive())
        done, _ = await asyncio.wait({self._next}, timeout=_PEEK)
        return bool(done) and self._next.result()["type"] == "http.disconnect"

    def close(self) -> None:
        if self._next is not None:
            self._next.cancel()


def _copy(response: Response) -> Response:
    """Return a copy with separate headers, because MiniStack adds to them."""
    status, headers, content = response
    return status, dict(headers), content


def creates(service: str, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether a request creates something: by its action, or in the REST protocols by its method and path."""
    action = _action(headers, body)
    if action:
        return bool(_CREATES.match(action)) and not _DATA.match(action)
    if service == "s3":
        return method == "PUT" and "/" not in path.strip("/")  # a bucket, not an object
    return method in ("POST", "PUT") and not path.rstrip("/").endswith(("/invocations", "/invoke-async"))


def _action(headers: Mapping[str, str], body: bytes) -> str:
    target = headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2]
    if not headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return ""
    return parse_qs(body.decode(errors="replace")).get("Action", [""])[0]
