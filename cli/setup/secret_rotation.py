"""Replaces the webhook secret without rejecting a delivery.

Both secrets are accepted until GitHub's recorded response to a ping shows that GitHub signs with the new one. After an earlier
failure both stay valid, and the same command continues with the same new secret.
https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

import json
import secrets as randomness
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import requests

from cli import hints
from cli.setup.webhooks import Writer
from core.delivery_headers import delivery_headers
from core.errors import TelemetryError, Unavailable
from core.github.reader import GitHubClient
from core.github.webhooks import Delivery, Hook, HookOwner, deliveries, hooks
from core.payload import Fields, parse_json
from core.secrets_cache import RENEWAL_PAUSE, WEBHOOK_SECRET, live_secrets

LIVE_AFTER = RENEWAL_PAUSE + 5.0
"""Seconds after which every running function re-fetches the secret when a signature does not verify."""
GRACE = 60.0
"""Seconds to wait for in-flight deliveries that are signed with the old secret."""
_LIMIT = 120.0
"""Seconds to wait for a response of our webhook, or for GitHub's record of it."""
_PAUSE = 2.0
_PING = json.dumps({"zen": "Keep it logically awesome."}).encode()


class Secrets(Protocol):
    """The part of Cloud that keeps secrets. Its methods raise TargetError."""

    def secret(self, name: str) -> str:
        """Return the value of a secret."""

    def put_secret(self, name: str, value: str) -> None:
        """Set the value of a secret."""


class RotationContext(NamedTuple):
    """External effects of the rotation, injected for tests; times are in seconds."""

    github: GitHubClient
    writer: Writer
    """Updates webhooks at GitHub."""
    post: Callable[[str, bytes, Mapping[str, str]], Any]
    """Sends a request to our webhook and returns the JSON response; raises Unavailable."""
    say: Callable[[str], object]
    sleep: Callable[[float], object] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Any:
    """Send a request to our webhook and return the JSON response; raises Unavailable."""
    try:
        response = requests.post(url, data=body, headers=dict(headers), timeout=30, allow_redirects=False)
        return response.json()
    except (requests.RequestException, ValueError) as error:
        raise Unavailable(f"the webhook did not answer: {type(error).__name__}") from None


def rotate(owners: Sequence[str], url: str, secrets: Secrets, context: RotationContext, grace: float = GRACE) -> None:
    """Rotate the secret of the owners' webhooks for `url`; raises TelemetryError, after which both secrets are valid."""
    webhooks = [_find_webhook(HookOwner(owner), url, context) for owner in owners]
    new_secret = _add_secret(secrets, context)
    context.say(f"waiting {LIVE_AFTER:.0f} s until every function may know it")
    context.sleep(LIVE_AFTER)
    _until(lambda: _accepts(url, new_secret, context), "our webhook does not know the new secret", context)
    context.say("our webhook accepts it")
    for webhook in webhooks:
        _switch(webhook, new_secret, context)
        context.say(
            f"the webhook {webhook.id} of {webhook.owner.name} signs with it: GitHub's own ping was verified by the newest"
        )
    context.say(f"waiting {grace:.0f} s for deliveries on their way, signed with the old one")
    context.sleep(grace)
    secrets.put_secret(WEBHOOK_SECRET, new_secret)
    context.say("the old secret is retired")


def _find_webhook(owner: HookOwner, url: str, context: RotationContext) -> Hook:
    webhook = next((candidate for candidate in hooks(context.github, owner) if candidate.url == url), None)
    if webhook is None:
        add = hints.command("webhook", "add", owner.name, url=url)
        raise TelemetryError(f"{owner.name} has no webhook for {url}: `{add}` creates it")
    if not webhook.active:
        raise TelemetryError(f"the webhook {webhook.id} of {owner.name} is inactive: GitHub would send no ping")
    return webhook


def _add_secret(secrets: Secrets, context: RotationContext) -> str:
    live = live_secrets(secrets.secret(WEBHOOK_SECRET))
    if not live:
        raise TelemetryError("the webhook secret is not set yet: `telemetry secrets TARGET` sets it")
    if len(live) > 1:
        context.say("two secrets are live already: going on with the newer one")
        return live[0]
    new_secret = randomness.token_hex(32)
    secrets.put_secret(WEBHOOK_SECRET, f"{new_secret}\n{live[0]}")
    context.say("a new secret is accepted beside the old one")
    return new_secret


def _accepts(url: str, new_secret: str, context: RotationContext) -> bool:
    response = context.post(url, _PING, delivery_headers("ping", _PING, new_secret))
    return isinstance(response, dict) and response.get("secret") == "newest"


def _switch(webhook: Hook, new_secret: str, context: RotationContext) -> None:
    config = {
        "url": webhook.url,
        "content_type": webhook.content_type,
        "insecure_ssl": "1" if webhook.insecure else "0",
    }
    before = max((delivery.id for delivery in _latest(webhook, context)), default=0)
    context.writer.send("PATCH", webhook.path, {"config": {**config, "secret": new_secret}}, 200)
    context.writer.send("POST", f"{webhook.path}/pings", None, 204)
    name = f"the webhook {webhook.id} of {webhook.owner.name}"
    _until(
        lambda: _is_ping_verified(webhook, before, context),
        f"GitHub has not recorded a ping of {name} that the newest verified",
        context,
    )


def _is_ping_verified(webhook: Hook, before: int, context: RotationContext) -> bool:
    for ping in (
        delivery for delivery in _latest(webhook, context) if delivery.event == "ping" and delivery.id > before
    ):
        response = Fields(context.github.object(f"{webhook.path}/deliveries/{ping.id}")).child_or_none("response")
        if ping.accepted and response is not None and _is_newest(response.data.get("payload")):
            return True
    return False


def _latest(webhook: Hook, context: RotationContext) -> list[Delivery]:
    return next(deliveries(context.github, webhook)).deliveries


def _is_newest(recorded: object) -> bool:
    """Return whether our recorded response names the newest secret; GitHub records it as text or parsed JSON."""
    try:
        body = parse_json(recorded) if isinstance(recorded, str) else recorded
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("secret") == "newest"


def _until(condition: Callable[[], bool], failure: str, context: RotationContext) -> None:
    deadline, reason = context.monotonic() + _LIMIT, ""
    while context.monotonic() < deadline:
        try:
            if condition():
                return
        except Unavailable as error:
            reason = f" ({error})"
        context.sleep(_PAUSE)
    raise TelemetryError(f"{failure}{reason}: both secrets stay valid; run the same command again")
