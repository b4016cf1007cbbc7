"""The shapes of core/event_shapes.py against the webhooks of GitHub's OpenAPI description and its example payloads."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.errors import BadRequest
from core.event_shapes import check_shape
from core.events import TriggerEvent
from core.metrics import events_of_github
from tests.builders import NOW

pytestmark = pytest.mark.npm

MAIN = {
    "create": ("ref", "ref_type"),
    "issues": ("issue",),
    "pull_request_review": ("review",),
}
"""What a metric needs of an event whose object has another name."""


class Body(NamedTuple):
    """A body that GitHub may send for an event."""

    event: str
    payload: dict[str, Any]


@pytest.fixture(scope="module")
def bodies(npm: Path) -> list[Body]:
    """Of each webhook in each description: with the required keys only, and with all; and GitHub's examples."""
    described = [
        body
        for name in ("api.github.com", "ghec", "ghes-3.17", "ghes-3.18", "ghes-3.19")
        for body in _described(npm / "@octokit" / "openapi" / "generated" / f"{name}.deref.json")
    ]
    index = npm / "@octokit" / "webhooks-examples" / "api.github.com" / "index.json"
    examples = [Body(load["name"], body) for load in json.loads(index.read_text()) for body in load["examples"]]
    return [*described, *examples]


def _described(file: Path) -> Iterator[Body]:
    for webhook in json.loads(file.read_text())["x-webhooks"].values():
        operation = webhook["post"]
        event = operation["externalDocs"]["url"].partition("#")[2].replace("-", "_")
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        for variant in schema.get("oneOf") or schema.get("anyOf") or [schema]:
            for keys in (variant.get("required", []), variant.get("properties", {})):
                yield Body(event, {key: {"id": 1} for key in keys})


def test_the_description_has_the_events_that_metrics_listen_to(bodies: list[Body]) -> None:
    assert set(events_of_github()) <= {body.event for body in bodies}
    assert len({body.event for body in bodies}) > 60


def test_every_body_matches_only_its_own_event(bodies: list[Body]) -> None:
    assert [body.event for body in bodies if not _passes(body.event, body)] == []


def test_no_body_of_another_event_has_what_a_metric_needs(bodies: list[Body]) -> None:
    taken = [
        (name, body.event)
        for name in events_of_github()
        for body in bodies
        if body.event != name and set(MAIN.get(name, (name,))) <= body.payload.keys() and _passes(name, body)
    ]
    assert taken == []


def test_no_body_of_github_is_an_event_of_our_own(bodies: list[Body]) -> None:
    stated = [body for body in bodies if body.payload.keys() & {"repository", "sender"}]
    assert len(stated) > 500
    ours = ("canary", "comparison", "tooling-usage")
    assert [(name, body.event) for name in ours for body in stated if _ours(name, body)] == []


def _passes(name: str, body: Body) -> bool:
    return _checked(TriggerEvent("github", name, "delivery", NOW, body.payload))


def _ours(name: str, body: Body) -> bool:
    return _checked(TriggerEvent("deven", name, "delivery", NOW, body.payload))


def _checked(event: TriggerEvent) -> bool:
    try:
        check_shape(event)
    except BadRequest:
        return False
    return True
