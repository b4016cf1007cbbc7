"""The demo's payloads, held against GitHub's own schemas of its webhooks."""

import json
from typing import Any

import pytest

from cli.demo import timeline
from cli.demo.scenario import Delivery
from tests import openapi

pytestmark = [pytest.mark.npm, pytest.mark.usefixtures("npm")]
STORY = timeline.generate()
KINDS = sorted(
    {(delivery.event, delivery.payload.get("action")) for delivery in STORY.deliveries if delivery.source == "github"},
    key=str,
)


def is_odd(delivery: Delivery) -> bool:
    """What GitHub's schemas do not allow, though recorded webhooks have it."""
    payload = delivery.payload
    job, pull = payload.get("workflow_job", {}), payload.get("pull_request", {})
    odd_job = bool(job) and ("created_at" not in job or job["steps"] is None)
    return odd_job or (bool(pull) and pull["user"] is None)


@pytest.mark.parametrize(("event", "action"), KINDS, ids=str)
def test_payloads_are_as_github_describes_them(event: str, action: str | None) -> None:
    matches = [
        delivery for delivery in STORY.deliveries if (delivery.event, delivery.payload.get("action")) == (event, action)
    ]
    clean = [delivery for delivery in matches if not is_odd(delivery)]
    for delivery in clean[:: max(1, len(clean) // 5)]:
        openapi.check_webhook(event, action, delivery.payload)
    assert clean


@pytest.mark.parametrize(
    ("event", "harness", "value"),
    [
        ("check_suite", ("check_suite", "app"), None),
        ("workflow_job", ("workflow_job", "steps"), {}),
        ("deployment", ("repository", "full_name"), 7),
    ],
)
def test_a_payload_that_github_would_not_send_is_refused(event: str, harness: tuple[str, str], value: Any) -> None:
    suite = next(delivery for delivery in STORY.deliveries if delivery.event == event and not is_odd(delivery))
    spoiled = json.loads(json.dumps(suite.payload))
    spoiled[harness[0]][harness[1]] = value
    with pytest.raises(AssertionError):
        openapi.check_webhook(event, spoiled.get("action"), spoiled)
