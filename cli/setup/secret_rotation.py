"""A new webhook secret in place of the old one, without a delivery that is refused meanwhile.

Both are accepted until GitHub itself has shown, by the answer that it recorded to a ping, that it signs with the new one.
Whatever goes wrong before that leaves both valid, and the same command goes on with the same new secret.
https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

import json
import secrets as randomness
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import requests

from cli.setup.webhooks import Writer
from core.delivery_headers import delivery_headers
from core.errors import TelemetryError, Unavailable
from core.github.reader import GitHubClient
from core.github.webhooks import Delivery, Hook, HookOwner, deliveries, hooks
from core.payload import Fields, parse_json
from core.secrets_cache import RENEWAL_PAUSE, WEBHOOK_SECRET, live_secrets

LIVE_AFTER = RENEWAL_PAUSE + 5.0
"""Seconds after which every running function fetches a secret anew as soon as a signature does not fit."""
GRACE = 60.0
"""Seconds for deliveries that are on their way, signed with the old secret."""
_LIMIT = 120.0
"""Seconds to wait for an answer, ours or GitHub's record of it."""
_PAUSE = 2.0
_PING = json.dumps({"zen": "Keep it logically awesome."}).encode()


class Secrets(Protocol):
    """Where the deployment keeps them; see Cloud."""

    def secret(self, name: str) -> str:
        """The text."""

    def put_secret(self, name: str, value: str) -> None:
        """From now on it is this."""


class RotationContext(NamedTuple):
    """What the rotation does with the world; times are in seconds."""

    github: GitHubClient
    writer: Writer
    """Of webhooks, at GitHub."""
    post: Callable[[str, bytes, Mapping[str, str]], Any]
    """A request to our own webhook: the JSON of its answer; raises Unavailable."""
    say: Callable[[str], object]
    sleep: Callable[[float], object] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


def post(url: str, body: bytes, told: Mapping[str, str]) -> Any:
    """To our own webhook, over HTTP."""
    try:
        answer = requests.post(url, data=body, headers=dict(told), timeout=30, allow_redirects=False)
        return answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Unavailable(f"our webhook gave no answer: {type(error).__name__}") from None


def rotate(owners: Sequence[str], url: str, secrets: Secrets, hands: RotationContext, grace: float = GRACE) -> None:
    """Every webhook of these owners that leads to `url`; raises TelemetryError, and until then both secrets are valid."""
    found = [_ours(HookOwner(owner), url, hands) for owner in owners]
    new = _added(secrets, hands)
    hands.say(f"waiting {LIVE_AFTER:.0f} s until every function may know it")
    hands.sleep(LIVE_AFTER)
    _until(lambda: _answered(url, new, hands), "our webhook does not know the new secret", hands)
    hands.say("our webhook accepts it")
    for hook in found:
        _switched(hook, new, hands)
        hands.say(
            f"the webhook {hook.id} of {hook.owner.name} signs with it: GitHub's own ping was verified by the newest"
        )
    hands.say(f"waiting {grace:.0f} s for deliveries on their way, signed with the old one")
    hands.sleep(grace)
    secrets.put_secret(WEBHOOK_SECRET, new)
    hands.say("the old secret is retired")


def _ours(owner: HookOwner, url: str, hands: RotationContext) -> Hook:
    ours = next((each for each in hooks(hands.github, owner) if each.url == url), None)
    if ours is None:
        raise TelemetryError(f"{owner.name} has no webhook that leads to {url}: `telemetry webhook add` makes it")
    if not ours.active:
        raise TelemetryError(f"the webhook {ours.id} of {owner.name} is inactive: GitHub would send no ping")
    return ours


def _added(secrets: Secrets, hands: RotationContext) -> str:
    live = live_secrets(secrets.secret(WEBHOOK_SECRET))
    if not live:
        raise TelemetryError("the webhook secret is not set yet: `telemetry secrets` puts it")
    if len(live) > 1:
        hands.say("two secrets are live already: going on with the newer one")
        return live[0]
    new = randomness.token_hex(32)
    secrets.put_secret(WEBHOOK_SECRET, f"{new}\n{live[0]}")
    hands.say("a new secret is accepted beside the old one")
    return new


def _answered(url: str, new: str, hands: RotationContext) -> bool:
    told = hands.post(url, _PING, delivery_headers("ping", _PING, new))
    return isinstance(told, dict) and told.get("secret") == "newest"


def _switched(hook: Hook, new: str, hands: RotationContext) -> None:
    config = {"url": hook.url, "content_type": hook.content_type, "insecure_ssl": "1" if hook.insecure else "0"}
    before = max((each.id for each in _latest(hook, hands)), default=0)
    hands.writer.send("PATCH", hook.path, {"config": {**config, "secret": new}}, 200)
    hands.writer.send("POST", f"{hook.path}/pings", None, 204)
    name = f"the webhook {hook.id} of {hook.owner.name}"
    _until(
        lambda: _verified(hook, before, hands),
        f"GitHub has not recorded a ping of {name} that the newest verified",
        hands,
    )


def _verified(hook: Hook, before: int, hands: RotationContext) -> bool:
    for ping in (each for each in _latest(hook, hands) if each.event == "ping" and each.id > before):
        response = Fields(hands.github.object(f"{hook.path}/deliveries/{ping.id}")).child_or_none("response")
        if ping.accepted and response is not None and _is_newest(response.data.get("payload")):
            return True
    return False


def _latest(hook: Hook, hands: RotationContext) -> list[Delivery]:
    return next(deliveries(hands.github, hook)).deliveries


def _is_newest(recorded: object) -> bool:
    """Whether our recorded answer says that the newest secret verified; GitHub records it as text, or as what it parsed."""
    try:
        told = parse_json(recorded) if isinstance(recorded, str) else recorded
    except ValueError:
        return False
    return isinstance(told, dict) and told.get("secret") == "newest"


def _until(is_so: Callable[[], bool], otherwise: str, hands: RotationContext) -> None:
    ends, reason = hands.monotonic() + _LIMIT, ""
    while hands.monotonic() < ends:
        try:
            if is_so():
                return
        except Unavailable as error:
            reason = f" ({error})"
        hands.sleep(_PAUSE)
    raise TelemetryError(f"{otherwise}{reason}: both secrets stay valid; run the same command again")
