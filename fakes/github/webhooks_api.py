"""Serves webhooks of an organization, repository or App, and their deliveries.

https://docs.github.com/en/rest/repos/webhooks, https://docs.github.com/en/rest/orgs/webhooks
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlencode

from fakes.github.json_object import Json
from fakes.github.request import Call
from fakes.github.response import Response, abort, json_answer
from fakes.github.serializers import iso, node_id, user_object
from fakes.github.state import Delivery, Webhook

APP = "@app"
"""The owner of the webhooks of a GitHub App."""

RETENTION_MS = 3 * 86_400_000
"""Milliseconds for which GitHub lists a delivery:
https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks"""
_CURSOR = "v1_"


def get_webhooks(call: Call) -> Response:
    """List the owner's webhooks."""
    return json_answer(
        [_webhook_object(call, webhook) for webhook in call.state.webhooks if webhook.owner == _owner(call)]
    )


def get_app(call: Call) -> Response:
    """Get the App that owns the webhook."""
    webhook = _webhook(call)
    app = {"id": webhook.id, **node_id("app"), "slug": "telemetry", "name": "Telemetry", "description": None}
    urls = {"external_url": "https://example.com", "html_url": "https://github.com/apps/telemetry"}
    times = {"created_at": iso(0), "updated_at": iso(0)}
    owner = {"owner": user_object(call.urls, "octo-org"), "permissions": {"checks": "read"}}
    return json_answer({**app, **urls, **times, **owner, "events": webhook.events})


def get_app_webhook(call: Call) -> Response:
    """Get the configuration of the App's webhook."""
    return json_answer(_config(_webhook(call)))


def get_deliveries(call: Call) -> Response:
    """List deliveries, newest first, in pages with a cursor, subject to the webhook's `listing`."""
    size = min(int(call.query.get("per_page", "30")), 100)
    cursor = call.query.get("cursor", "").removeprefix(_CURSOR)
    page, begin = _webhook(call).listing.page(_visible_deliveries(call), int(cursor) if cursor else None, size)
    following = urlencode({**call.query, "cursor": f"{_CURSOR}{begin}"}) if begin is not None else ""
    headers = {"Link": f'<{call.page_url}?{following}>; rel="next"'} if following else {}
    return json_answer([_delivery(delivery) for delivery in page], headers=headers)


def get_delivery(call: Call) -> Response:
    """Get one delivery with its request and response."""
    match = next(
        (delivery for delivery in _visible_deliveries(call) if delivery.id == int(call.parts["delivery"])), None
    )
    if match is None:
        raise abort(404, "Not Found")
    request = {"headers": {"X-GitHub-Event": match.event}, "payload": json.loads(match.body)}
    response = {"headers": {"Content-Type": "application/json"}, "payload": match.answer}
    return json_answer({**_delivery(match), "url": _webhook(call).url, "request": request, "response": response})


def _visible_deliveries(call: Call) -> Sequence[Delivery]:
    webhook, now = _webhook(call), call.now * 1000
    return webhook.listing.listed(webhook.deliveries, now - RETENTION_MS, now)


def _webhook(call: Call) -> Webhook:
    owner, id = _owner(call), int(call.parts.get("webhook", "0"))
    match = next((webhook for webhook in call.state.webhooks if webhook.owner == owner and id in (0, webhook.id)), None)
    if match is None:
        raise abort(404, "Not Found")
    return match


def _owner(call: Call) -> str:
    return (
        APP
        if call.page_url.partition(call.urls.api)[2].startswith("/app")
        else call.parts.get("org") or call.repository.full_name
    )


@lru_cache(maxsize=16_384)
def _about(body: bytes) -> tuple[str | None, int | None]:
    """Return the action and the repository's id of a payload."""
    payload = json.loads(body)
    repository = payload.get("repository")
    return payload.get("action"), repository.get("id") if isinstance(repository, dict) else None


def _delivery(delivery: Delivery) -> Json:
    action, repository_id = _about(delivery.body)
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": iso(delivery.delivered_at),
        "redelivery": delivery.redelivery,
        "duration": 0.03,
        "status": "OK" if 200 <= delivery.status_code < 300 else "Invalid HTTP Response",
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": action,
        "installation_id": None,
        "repository_id": repository_id,
        "throttled_at": None,
    }


def _webhook_object(call: Call, webhook: Webhook) -> Json:
    organization = "/" not in webhook.owner
    url = f"{call.urls.api}/{'orgs' if organization else 'repos'}/{webhook.owner}/hooks/{webhook.id}"
    fields: Json = {
        "id": webhook.id,
        "name": "web",
        "active": True,
        "events": list(webhook.events),
        "type": "Organization" if organization else "Repository",
        "config": _config(webhook),
        "created_at": iso(0),
        "updated_at": iso(0),
        "url": url,
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
    }
    if not organization:
        fields |= {"test_url": f"{url}/tests", "last_response": {"code": None, "status": "unused", "message": None}}
    return fields


def _config(webhook: Webhook) -> Json:
    return {"url": webhook.url, "content_type": "json", "insecure_ssl": "0", "secret": "********"}
