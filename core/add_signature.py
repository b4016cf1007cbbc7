"""Identifies the event of a delivery. An unknown event is a skip (a value), never an error: GitHub adds events."""

import re

from core.errors import BadRequest
from core.events import SignedTriggerEvent, TriggerEvent
from core.metrics import by_trigger
from core.payload import Json
from core.payload_texts import text_facts_of
from core.scrub import scrub_payload

CANARY = "deven::canary"
"""The event of the canary (core/canary.py), which tests the delivery path: known, although no metric listens to it."""
_HOST = re.compile(r"https?://([A-Za-z0-9.-]+)(?::\d+)?(?:/|$)", re.ASCII)


def add_signature(event: TriggerEvent) -> SignedTriggerEvent | None:
    """Return the event under its signature, its payload scrubbed; None if no metric listens to such an event.

    What its texts say is read before they are removed.

    Raises BadRequest for a payload that is nested deeper than any that GitHub sends.
    """
    signature = f"{event.source}::{event.name}"
    if signature not in by_trigger() and signature != CANARY:
        return None
    try:
        payload = scrub_payload(event.payload)
    except ValueError:
        raise BadRequest("the body is nested too deeply") from None
    return SignedTriggerEvent(
        trigger_event_signature=signature,
        delivery_id=event.delivery_id,
        received_at=event.received_at,
        payload=payload,
        collected_by=event.collected_by,
        github_host=_host(event.payload),
        text_facts=text_facts_of(event.name, event.payload) if event.source == "github" else {},
    )


def _host(payload: Json) -> str | None:
    """Return the host of the repository's page, which the payload names whichever API we read from."""
    repository = payload.get("repository")
    page = repository.get("html_url") if type(repository) is dict else None
    match = _HOST.match(page) if type(page) is str else None
    return match[1].lower() if match else None
