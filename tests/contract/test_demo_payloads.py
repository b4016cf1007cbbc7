"""The demo's payloads, held against GitHub's own schemas of its webhooks."""

import json
from typing import Any

import pytest

from cli.demo import timeline
from cli.demo.scenario import Delivery
from tests import openapi

pytestmark = [pytest.mark.npm, pytest.mark.usefixtures("npm")]
TOLD = timeline.generate()
KINDS = sorted(
    {(each.event, each.payload.get("action")) for each in TOLD.deliveries if each.source == "github"}, key=str
)


def is_odd(each: Delivery) -> bool:
    """What GitHub's schemas do not allow, though recorded webhooks have it."""
    told = each.payload
    job, pull = told.get("workflow_job", {}), told.get("pull_request", {})
    odd_job = bool(job) and ("created_at" not in job or job["steps"] is None)
    return odd_job or (bool(pull) and pull["user"] is None)


@pytest.mark.parametrize(("event", "action"), KINDS, ids=str)
def test_payloads_are_as_github_describes_them(event: str, action: str | None) -> None:
    found = [each for each in TOLD.deliveries if (each.event, each.payload.get("action")) == (event, action)]
    clean = [each for each in found if not is_odd(each)]
    for each in clean[:: max(1, len(clean) // 5)]:
        openapi.check_webhook(event, action, each.payload)
    assert clean


@pytest.mark.parametrize(
    ("event", "place", "value"),
    [
        ("check_suite", ("check_suite", "app"), None),
        ("workflow_job", ("workflow_job", "steps"), {}),
        ("deployment", ("repository", "full_name"), 7),
    ],
)
def test_a_payload_that_github_would_not_send_is_refused(event: str, place: tuple[str, str], value: Any) -> None:
    found = next(each for each in TOLD.deliveries if each.event == event and not is_odd(each))
    spoiled = json.loads(json.dumps(found.payload))
    spoiled[place[0]][place[1]] = value
    with pytest.raises(AssertionError):
        openapi.check_webhook(event, spoiled.get("action"), spoiled)
