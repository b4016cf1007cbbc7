"""Controls the process: `accept` handles one request of the webhook, `process` the events of the worker."""

import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from core import message
from core.add_signature import CANARY, add_signature
from core.errors import BadRequest, MalformedPayload, TelemetryError, TooLarge, Unauthorized, Unavailable
from core.event_shapes import check_shape
from core.events import SignedTriggerEvent, repository_of
from core.log import Level, milliseconds_since
from core.metric import Metric, applies_to, skip_reason
from core.metrics import listening_to
from core.payload import Json
from core.secrets_cache import WEBHOOK_SECRET, required_secrets
from core.services import WebhookServices, WorkerServices
from core.webhook import ENCODED_SECRET, Verified, loggable, receive

if TYPE_CHECKING:
    from core.collect_metrics import Wanted
    from core.store_data import Outcome

RETRY_AFTER = 60
"""Seconds, on a 503. GitHub does not retry automatically; other senders may."""
_STATUS: dict[type[TelemetryError], int] = {BadRequest: 400, Unauthorized: 401, TooLarge: 413}


class AcceptOutcome(StrEnum):
    """The outcome of a request to the webhook; the first three are also the status word of the response."""

    ACCEPTED = "accepted"
    IGNORED = "ignored"
    PONG = "pong"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    LEAKED = "secret-leaked"
    """GitHub sent the secret in a header."""


class Request(NamedTuple):
    """A request, translated from the runtime's own type."""

    headers: Mapping[str, str]
    """With lower-case names."""
    body: bytes
    """Raw: as it was signed."""


class Response(NamedTuple):
    """A response, which the runtime translates into its own type."""

    status: int
    body: Json
    headers: Mapping[str, str]


def accept(request: Request, services: WebhookServices) -> Response:
    """Verify, identify and queue one delivery. Return a response for every failure, too (table in docs/ARCHITECTURE.md)."""
    start = time.perf_counter()
    fields = loggable(request.headers)
    try:
        verified = _verify(request, services)
    except Exception as error:  # noqa: BLE001 (fail closed: after any error nothing is verified)
        return _fail(error, services, start, **fields)
    event = verified.event
    fields |= {"signature": f"{event.source}::{event.name}", "delivery": event.delivery_id}
    fields.pop("event", None)  # the signature names the event and its source
    if ENCODED_SECRET in request.headers:
        services.log(
            "error",
            "accept",
            AcceptOutcome.LEAKED,
            reason="GitHub sent the secret in a header: rotate it",
            **fields,
        )
    try:
        response = _answer(verified, services)
    except Exception as error:  # noqa: BLE001 (not queued is not accepted: GitHub must see it as failed)
        return _fail(error, services, start, **fields)
    outcome = AcceptOutcome(response.body["status"])
    services.log("info", "accept", outcome, ms=milliseconds_since(start), reason=response.body.get("reason"), **fields)
    return response


def process(
    events: Sequence[SignedTriggerEvent], services: WorkerServices, wanted: "Wanted | None" = None
) -> "list[Outcome]":
    """Collect the records of each event, store all in one write, and return the outcome of each event.

    `wanted` filters the metrics that apply; None collects all. Part of the remaining time is reserved for the write and for
    settling the messages: events that are not collected by then are EventResult.WAITING and out of time.
    """
    from core import deadline  # noqa: PLC0415 (not on the cold path of the webhook)
    from core.collect_metrics import Collected, collect_all  # noqa: PLC0415 (not on the cold path of the webhook)
    from core.store_data import store_data  # noqa: PLC0415 (not on the cold path of the webhook)

    ours = [_is_from_data_repository(event, services) for event in events]
    seconds_left, reserve = services.seconds_left, deadline.reserve(services.seconds_left())
    collecting = services._replace(seconds_left=lambda: seconds_left() - reserve)
    storing = services._replace(seconds_left=lambda: seconds_left() - reserve * deadline.SETTLING)
    others = iter(collect_all([event for event, own in zip(events, ours, strict=True) if not own], collecting, wanted))
    collected = [
        Collected(event, skipped="an event of the data repository") if own else next(others)
        for event, own in zip(events, ours, strict=True)
    ]
    return store_data(collected, storing)


def _verify(request: Request, services: WebhookServices) -> Verified:
    value = services.secrets.get(WEBHOOK_SECRET)
    received_at = services.now()
    try:
        return receive(request.headers, request.body, required_secrets(value), received_at)
    except Unauthorized:
        signed = "x-hub-signature-256" in request.headers
        newer = services.secrets.refresh(WEBHOOK_SECRET, value) if signed else None
        if newer is None:
            raise
        return receive(request.headers, request.body, required_secrets(newer), received_at)


def _answer(verified: Verified, services: WebhookServices) -> Response:
    event = verified.event
    if (event.source, event.name) == ("github", "ping"):
        check_shape(event)
        return Response(200, {"status": AcceptOutcome.PONG, "secret": "older" if verified.secret else "newest"}, {})
    signed = add_signature(event)
    if signed is None:
        return _ignore(f"no metric listens to {event.source}::{event.name}")
    check_shape(event)
    if _is_from_data_repository(signed, services):
        return _ignore("an event of the data repository")
    canary = signed.trigger_event_signature == CANARY
    if not canary and not any(_wants(metric, signed, services) for metric in listening_to(signed)):
        summary = f"no metric applies to this {signed.trigger_event_signature}"
        return _ignore(skip_reason(listening_to(signed), signed, summary))
    _enqueue(signed, services)
    accepted = {"signature": signed.trigger_event_signature, "delivery": signed.delivery_id}
    return Response(202, {"status": AcceptOutcome.ACCEPTED, **accepted}, {})


def _enqueue(event: SignedTriggerEvent, services: WebhookServices) -> None:
    body = message.encode(event)
    if len(body) > services.queue.limit:
        raise TooLarge("the event is over the queue's limit, even when compressed")
    services.queue.send(body)


def _wants(metric: Metric, event: SignedTriggerEvent, services: WebhookServices) -> bool:
    """Return whether the metric applies; True for a malformed payload, so that its dead letter can say why."""
    try:
        return applies_to(metric, event, services.settings)
    except MalformedPayload:
        return True


def _is_from_data_repository(event: SignedTriggerEvent, services: WebhookServices | WorkerServices) -> bool:
    """Return whether the event is of the data repository: our own commits must not become events about themselves.

    The comparison ignores case, as GitHub does.
    """
    try:
        repository = repository_of(event)
    except MalformedPayload:
        return False
    ours = (services.settings.repo_owner.lower(), services.settings.repo_name.lower())
    return (repository.owner.lower(), repository.name.lower()) == ours


def _ignore(reason: str) -> Response:
    return Response(200, {"status": AcceptOutcome.IGNORED, "reason": reason}, {})


def _fail(error: Exception, services: WebhookServices, start: float, **fields: str) -> Response:
    """Return the response for a failure; every failure that the sender did not cause is a 503."""
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 503)
    known = isinstance(error, TelemetryError)
    reason = str(error) if known else f"unexpected {type(error).__name__}"
    level: Level = "info" if status < 500 else "warning" if isinstance(error, Unavailable) else "error"
    outcome = AcceptOutcome.REJECTED if status < 500 else AcceptOutcome.UNAVAILABLE
    services.log(level, "accept", outcome, status=status, reason=reason, ms=milliseconds_since(start), **fields)
    if status < 500:
        return Response(status, {"status": "error", "reason": reason}, {})
    body = {"status": "error", "reason": "this cannot be taken now, try again later"}
    return Response(status, body, {"Retry-After": str(RETRY_AFTER)})
