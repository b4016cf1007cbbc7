"""Webhooks of an organization or a repository, and their deliveries, as the REST API tells them.

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

KEPT = 3 * 86_400_000
"""Milliseconds that a delivery is told for:
https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks"""
_CURSOR = "v1_"


def get_hooks(call: Call) -> Response:
    """Those of the owner."""
    return json_answer([_hook(call, each) for each in call.world.webhooks if each.owner == _owner(call)])


def get_app(call: Call) -> Response:
    """The App whose webhook there is."""
    hook = _webhook(call)
    told = {"id": hook.id, **node_id("app"), "slug": "telemetry", "name": "Telemetry", "description": None}
    urls = {"external_url": "https://example.com", "html_url": "https://github.com/apps/telemetry"}
    times = {"created_at": iso(0), "updated_at": iso(0)}
    owner = {"owner": user_object(call.urls, "octo-org"), "permissions": {"checks": "read"}}
    return json_answer({**told, **urls, **times, **owner, "events": hook.events})


def get_app_hook(call: Call) -> Response:
    """Where its webhook leads."""
    return json_answer(_config(_webhook(call)))


def get_deliveries(call: Call) -> Response:
    """The newest first, on pages by a cursor, unless the webhook's `listing` has faults."""
    size = min(int(call.query.get("per_page", "30")), 100)
    cursor = call.query.get("cursor", "").removeprefix(_CURSOR)
    page, begin = _webhook(call).listing.page(_told(call), int(cursor) if cursor else None, size)
    following = urlencode({**call.query, "cursor": f"{_CURSOR}{begin}"}) if begin is not None else ""
    headers = {"Link": f'<{call.here}?{following}>; rel="next"'} if following else {}
    return json_answer([_delivery(each) for each in page], headers=headers)


def get_delivery(call: Call) -> Response:
    """One, with what was sent and answered."""
    found = next((each for each in _told(call) if each.id == int(call.parts["delivery"])), None)
    if found is None:
        raise abort(404, "Not Found")
    request = {"headers": {"X-GitHub-Event": found.event}, "payload": json.loads(found.body)}
    response = {"headers": {"Content-Type": "application/json"}, "payload": found.answer}
    return json_answer({**_delivery(found), "url": _webhook(call).url, "request": request, "response": response})


def _told(call: Call) -> Sequence[Delivery]:
    hook, now = _webhook(call), call.now * 1000
    return hook.listing.listed(hook.deliveries, now - KEPT, now)


def _webhook(call: Call) -> Webhook:
    owner, id = _owner(call), int(call.parts.get("hook", "0"))
    found = next((each for each in call.world.webhooks if each.owner == owner and id in (0, each.id)), None)
    if found is None:
        raise abort(404, "Not Found")
    return found


def _owner(call: Call) -> str:
    return (
        APP
        if call.here.partition(call.urls.api)[2].startswith("/app")
        else call.parts.get("org") or call.repository.full_name
    )


@lru_cache(maxsize=16_384)
def _about(body: bytes) -> tuple[str | None, int | None]:
    """The action and the repository's id that a body states."""
    told = json.loads(body)
    repository = told.get("repository")
    return told.get("action"), repository.get("id") if isinstance(repository, dict) else None


def _delivery(each: Delivery) -> Json:
    action, repository_id = _about(each.body)
    return {
        "id": each.id,
        "guid": each.guid,
        "delivered_at": iso(each.delivered_at),
        "redelivery": each.redelivery,
        "duration": 0.03,
        "status": "OK" if 200 <= each.status_code < 300 else "Invalid HTTP Response",
        "status_code": each.status_code,
        "event": each.event,
        "action": action,
        "installation_id": None,
        "repository_id": repository_id,
        "throttled_at": None,
    }


def _hook(call: Call, each: Webhook) -> Json:
    organization = "/" not in each.owner
    url = f"{call.urls.api}/{'orgs' if organization else 'repos'}/{each.owner}/hooks/{each.id}"
    told: Json = {
        "id": each.id,
        "name": "web",
        "active": True,
        "events": list(each.events),
        "type": "Organization" if organization else "Repository",
        "config": _config(each),
        "created_at": iso(0),
        "updated_at": iso(0),
        "url": url,
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
    }
    if not organization:
        told |= {"test_url": f"{url}/tests", "last_response": {"code": None, "status": "unused", "message": None}}
    return told


def _config(each: Webhook) -> Json:
    return {"url": each.url, "content_type": "json", "insecure_ssl": "0", "secret": "********"}
