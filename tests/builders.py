"""What tests build again and again: settings, services, events and payloads."""

import copy
import json
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.add_signature import add_signature
from core.events import SignedTriggerEvent, TriggerEvent
from core.log import Log
from core.payload import milliseconds
from core.secrets_cache import WEBHOOK_SECRET, SecretsCache
from core.services import WebhookServices, WorkerServices
from core.settings import Settings, load
from core.webhook_settings import WebhookSettings
from fakes.github.server import FakeGitHub
from fakes.github.state import Commit, Deployment, File, GitHubState, PullRequest
from tests.memory_adapters import MemoryQueue, MemorySecrets

WEBHOOKS = Path(__file__).parent / "webhooks"
SECRET = "It's a Secret to Everybody"
NOW = 1_795_500_000_000
"""2026-11-24T06:00:00Z."""


def webhook(name: str, **changes: Any) -> dict[str, Any]:
    """The payload of tests/webhooks/NAME.json; `a__b=value` sets `payload["a"]["b"]`, `...` deletes it."""
    payload: dict[str, Any] = json.loads((WEBHOOKS / f"{name}.json").read_text())
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = payload
        for parent in parents:
            target = target[parent]
        if value is ...:
            target.pop(last, None)
        else:
            target[last] = copy.deepcopy(value)
    return payload


def signed(signature: str, payload: dict[str, Any], **fields: Any) -> SignedTriggerEvent:
    """A payload as the event that reaches a collector."""
    source, _, name = signature.partition("::")
    event_fields = {"delivery_id": "72d3162e-cc78-11e3-81ab-4c9367dc0958", "received_at": NOW, **fields}
    extra = {key: event_fields.pop(key) for key in ("failed_reads",) if key in event_fields}
    event = add_signature(TriggerEvent(source, name, payload=payload, **event_fields))
    assert event is not None
    return event._replace(**extra)


def signed_now(signature: str, payload: dict[str, Any], **fields: Any) -> SignedTriggerEvent:
    """Build an event that is received now, by the real clock: for a test whose worker is a process of its own.

    Such a worker compares `received_at` with its own clock and dead-letters what is older than 72 hours, so an event
    received at NOW passes on the day it was written and fails three days later.
    """
    return signed(signature, payload, received_at=time.time_ns() // 1_000_000, **fields)


class Lines:
    """A Log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.log = Log("debug", lambda line: self.lines.append(json.loads(line)))

    def __str__(self) -> str:
        return "\n".join(map(json.dumps, self.lines))


class Clock:
    """Time that stands still until it is told to move."""

    def __init__(self, milliseconds: int = NOW) -> None:
        self.milliseconds = milliseconds

    def __call__(self) -> int:
        return self.milliseconds

    def seconds(self) -> float:
        return self.milliseconds / 1000

    def move(self, seconds: float) -> None:
        self.milliseconds += round(seconds * 1000)


@lru_cache(maxsize=None, typed=True)
def settings(**values: Any) -> Settings:
    """Settings with these values, whatever the environment says: tests/conftest.py removes our variables from it.

    They are immutable, and to load them takes longer than most unit tests.
    """
    return load(**values)


def receiving(
    *, secret: str = SECRET, queue: MemoryQueue | None = None, lines: Lines | None = None, **options: str
) -> tuple[WebhookServices, MemoryQueue, MemorySecrets]:
    """What the webhook half is handed, on memory."""
    clock = Clock()
    source = MemorySecrets({WEBHOOK_SECRET: secret})
    queue = MemoryQueue(clock.seconds) if queue is None else queue
    cache = SecretsCache(source, monotonic=clock.seconds)
    return WebhookServices(WebhookSettings(**options), cache, queue, clock, (lines or Lines()).log), queue, source


def processing(
    store: Any,
    github: Any,
    *,
    queue: MemoryQueue | None = None,
    clock: Clock | None = None,
    lines: Lines | None = None,
    **options: Any,
) -> WorkerServices:
    """What the worker half is handed."""
    clock = clock or Clock()
    queue = MemoryQueue(clock.seconds) if queue is None else queue
    return WorkerServices(settings(**options), store, github, queue, clock, (lines or Lines()).log)


def a_github() -> FakeGitHub:
    """A GitHub that knows what tests/webhooks/ are about."""
    state = GitHubState()
    repository = state.repository("octo-org/hello-world")
    commits = [Commit(f"{number:040x}", NOW - number * 60_000, NOW - number * 30_000) for number in range(1, 4)]
    repository.pulls[2] = PullRequest(commits, [File("README.md"), File("docs/OLD.md", "removed"), File("src/main.py")])
    deployment = webhook("deployment")["deployment"]
    before = milliseconds(deployment["created_at"]) - 86_400_000
    repository.deployments += [Deployment(1, deployment["environment"], before)]
    repository.put("package.json", b'{"version":"1.2.3"}', deployment["sha"])
    repository.put("deven-skeleton-install.config.json", b'{"version":"2.0.0"}')
    tagged = {"sha": f"{9:040x}", "commit": {"committer": {"date": "2026-11-20T11:00:00Z"}}}
    repository.history.tags["v1.2.3"] = {**tagged, "node_id": "C_9"}
    state.repository("octo-org/renamed").put("README.md", b"")
    return FakeGitHub(state)
