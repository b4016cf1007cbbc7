"""`telemetry rotate webhook-secret` under load: GitHub signs and delivers all the while, and nothing genuine is refused.

GitHub's side is held against its OpenAPI; ours is the real first half, in several copies that each remember secrets.
"""

import itertools
import json
import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from cli.setup.secret_rotation import GRACE, LIVE_AFTER, RotationContext, rotate
from cli.setup.webhooks import Writer
from core.errors import TelemetryError, Unavailable
from core.github.api import GitHubApi
from core.github.reader import GitHubClient
from core.handler import Request, accept
from core.secrets_cache import MAX_AGE, SOURCE_TOKEN, WEBHOOK_SECRET, SecretsCache, live_secrets
from core.services import WebhookServices
from core.webhook import sign
from core.webhook_settings import WebhookSettings
from tests.builders import NOW, Clock, Lines, webhook
from tests.environment import PATIENCE
from tests.memory_adapters import MemoryQueue, MemorySecrets
from tests.openapi import check_request, check_response

pytestmark = [pytest.mark.npm, pytest.mark.usefixtures("npm")]
URL = "https://telemetry.example.com/telemetry"
OLD = "the old one"
FAST = 150.0
"""Times as fast as the real clock."""


class Vault:
    """Where the deployment keeps its secrets."""

    def __init__(self) -> None:
        self.value = OLD
        self.puts: list[str] = []
        self.source = MemorySecrets({})

    def get(self, name: str) -> str:
        assert name == WEBHOOK_SECRET
        return self.value

    def secret(self, name: str) -> str:
        return self.get(name)

    def put_secret(self, name: str, value: str) -> None:
        assert name == WEBHOOK_SECRET
        self.value = value
        self.puts.append(value)


class OurSide:
    """Some running copies of the webhook function, each with a memory of its own; any may answer."""

    def __init__(self, vault: Vault, monotonic: Any, copies: int = 4) -> None:
        self.lines = Lines()
        self.chance = random.Random(1)
        parts = (MemoryQueue(time.monotonic), Clock(NOW), self.lines.log)
        self.copies = [
            WebhookServices(WebhookSettings(), SecretsCache(vault, monotonic), *parts) for _ in range(copies)
        ]
        self.locks = [threading.Lock() for _ in range(copies)]

    def answer(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        headers_lower = {name.lower(): value for name, value in headers.items()}
        number = self.chance.randrange(len(self.copies))
        with self.locks[number]:  # one request at a time in each, as Lambda has it
            response = accept(Request(headers_lower, body), self.copies[number])
        return response.status, dict(response.body)


class HubOfGitHub(BaseAdapter):
    """A webhook at GitHub: signs with its secret, delivers, records. Every exchange is held against the OpenAPI."""

    def __init__(self, ours: OurSide, owner: str = "octo-org/hello-world") -> None:
        super().__init__()
        self.ours = ours
        self.secret = OLD
        self.path = f"/{'repos' if '/' in owner else 'orgs'}/{owner}/hooks"
        self.owner = owner
        self.active = True
        self.records = True
        self.log: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.in_flight: set[int] = set()

    def deliver(self, event: str, body: bytes) -> int:
        with self.lock:
            secret, number = self.secret, next(self.numbers)
            self.in_flight.add(number)
        headers = {
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": f"guid-{number}",
            "X-Hub-Signature-256": sign(body, secret),
            "Content-Type": "application/json",
        }
        try:
            status, answer = self.ours.answer(body, headers)
        finally:
            self.in_flight.remove(number)
        if self.records:
            with self.lock:
                self.log.insert(0, self.delivery(number, event, status) | {"answer": json.dumps(answer)})
        return status

    def wait_for_deliveries(self) -> None:
        """Wait until each delivery that is in flight now is answered, as GitHub gives up on one after ten seconds.

        Otherwise a thread that a busy machine holds up for a moment is a delivery of minutes on the fast clock.
        """
        with self.lock:
            waiting = self.in_flight.copy()
        while waiting & self.in_flight:
            time.sleep(0.001)

    def delivery(self, number: int, event: str, status: int) -> dict[str, Any]:
        return {
            "id": number,
            "guid": f"guid-{number}",
            "delivered_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "redelivery": False,
            "duration": 0.03,
            "status": "OK",
            "status_code": status,
            "event": event,
            "action": None,
            "installation_id": None,
            "repository_id": 1,
            "throttled_at": None,
        }

    def hook(self) -> dict[str, Any]:
        api = f"https://api.github.com{self.path}/7"
        hook = {
            "id": 7,
            "name": "web",
            "active": self.active,
            "events": ["check_suite"],
            "type": "Repository" if "/" in self.owner else "Organization",
            "config": {"url": URL, "content_type": "json", "insecure_ssl": "0", "secret": "********"},
            "created_at": "2026-11-23T05:00:00Z",
            "updated_at": "2026-11-23T05:00:00Z",
            "url": api,
            "ping_url": f"{api}/pings",
            "deliveries_url": f"{api}/deliveries",
        }
        if "/" in self.owner:
            hook |= {"test_url": f"{api}/tests", "last_response": {"code": 200, "status": "active", "message": None}}
        return hook

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        parts, method = urlsplit(request.url or ""), str(request.method)
        sent = request.body.encode() if isinstance(request.body, str) else request.body or b""
        check_request(method, parts.path, {}, sent) if "?" not in str(request.url) else None
        status, answer = self.answered(method, parts.path, sent)
        body = b"" if answer is None else json.dumps(answer).encode()
        if body:
            check_response(method, parts.path, status, body)
        response = requests.Response()
        response.status_code, response.url, response.request = status, request.url or "", request
        response.headers, response.raw = CaseInsensitiveDict({"Content-Type": "application/json"}), BytesIO(body)
        return response

    def answered(self, method: str, path: str, sent: bytes) -> tuple[int, Any]:
        if path == self.path:
            return 200, [self.hook()]
        if path == f"{self.path}/7/pings":
            self.deliver("ping", json.dumps({"zen": "Design for failure.", "hook_id": 7}).encode())
            return 204, None
        if path == f"{self.path}/7/deliveries":
            with self.lock:
                return 200, [{k: v for k, v in delivery.items() if k != "answer"} for delivery in self.log[:100]]
        if path.startswith(f"{self.path}/7/deliveries/"):
            with self.lock:
                match = next(delivery for delivery in self.log if delivery["id"] == int(path.rpartition("/")[2]))
            fields = {key: value for key, value in match.items() if key != "answer"}
            request = {"headers": {"X-GitHub-Event": match["event"]}, "payload": {}}
            answer = {"headers": {"Content-Type": "application/json"}, "payload": match["answer"]}
            return 200, {**fields, "url": URL, "request": request, "response": answer}
        assert (method, path) == ("PATCH", f"{self.path}/7")
        with self.lock:
            self.secret = json.loads(sent)["config"]["secret"]
        return 200, self.hook()

    def close(self) -> None:
        pass


class Simulation:
    """All of it, with a clock that runs fast."""

    def __init__(self, owner: str = "octo-org/hello-world") -> None:
        self.vault = Vault()
        self.ours = OurSide(self.vault, self.monotonic)
        self.github = HubOfGitHub(self.ours, owner)
        self.owner = owner
        self.said: list[str] = []

    def monotonic(self) -> float:
        return time.monotonic() * FAST

    def sleep(self, seconds: float) -> None:
        self.github.wait_for_deliveries()
        time.sleep(seconds / FAST)

    def hands(self, **changes: Any) -> RotationContext:
        session = requests.Session()
        session.mount("https://", self.github)
        api = GitHubApi(
            session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), SOURCE_TOKEN, "https://api.github.com"
        )
        reader = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), "https://api.github.com")
        context = RotationContext(
            reader, Writer(api, self.owner), self.post, self.said.append, self.sleep, self.monotonic
        )
        return context._replace(**changes)

    def post(self, url: str, body: bytes, headers: Any) -> Any:
        assert url == URL
        return self.ours.answer(body, dict(headers))[1]


def load(simulation: Simulation, stop: threading.Event, answers: Counter[int], fakes: Counter[int], seed: int) -> None:
    """Genuine deliveries without a pause, and somebody who guesses."""
    chance = random.Random(seed)
    while not stop.is_set():
        body = json.dumps(webhook("check_suite", check_suite__id=chance.randrange(10**6))).encode()
        answers[simulation.github.deliver("check_suite", body)] += 1
        if chance.random() < 0.2:
            guess = {"X-GitHub-Event": "check_suite", "X-Hub-Signature-256": sign(body, "a guess")}
            fakes[simulation.ours.answer(body, guess)[0]] += 1
        time.sleep(0.001)


@pytest.mark.parametrize("owner", ["octo-org/hello-world", "octo-org"])
def test_no_genuine_delivery_is_refused_while_the_secret_is_rotated(owner: str) -> None:
    simulation, stop = Simulation(owner), threading.Event()
    answers, fakes = Counter[int](), Counter[int]()
    threads = [threading.Thread(target=load, args=(simulation, stop, answers, fakes, seed)) for seed in range(3)]
    for thread in threads:
        thread.start()
    try:
        rotate([owner], URL, simulation.vault, simulation.hands())
        simulation.sleep(MAX_AGE + 30)
        ends = time.monotonic() + 60
        while answers[202] <= 300 and time.monotonic() < ends:
            time.sleep(0.01)
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert set(answers) == {202}, answers
    assert answers[202] > 300
    assert set(fakes) == {401}
    [new] = live_secrets(simulation.vault.value)
    assert new != OLD
    assert simulation.github.secret == new
    assert simulation.vault.puts == [f"{new}\n{OLD}", new]
    body = b'{"zen": "x"}'
    old = {"X-GitHub-Event": "ping", "X-Hub-Signature-256": sign(body, OLD)}
    simulation.sleep(MAX_AGE + 30)
    assert {simulation.ours.answer(body, old)[0] for _ in range(20)} == {401}
    assert new not in str(simulation.ours.lines) + "".join(simulation.said)


def test_a_rotation_waits_for_caches_and_deliveries_in_flight() -> None:
    simulation, slept = Simulation(), list[float]()
    rotate(["octo-org/hello-world"], URL, simulation.vault, simulation.hands(sleep=slept.append))
    assert (slept[0], slept[-1]) == (LIVE_AFTER, GRACE)


def test_without_a_verified_ping_both_secrets_stay_valid_for_a_second_run() -> None:
    simulation = Simulation()
    simulation.github.records = False
    with pytest.raises(TelemetryError, match="both secrets stay valid"):
        rotate(["octo-org/hello-world"], URL, simulation.vault, simulation.hands())
    new, old = live_secrets(simulation.vault.value)
    assert old == OLD
    simulation.github.records = True
    rotate(["octo-org/hello-world"], URL, simulation.vault, simulation.hands())
    assert live_secrets(simulation.vault.value) == [new]
    assert "two secrets are live already: going on with the newer one" in simulation.said


def test_github_keeps_the_old_secret_until_our_side_uses_the_newest() -> None:
    simulation = Simulation()

    def out(*_: Any) -> Any:
        raise Unavailable("the webhook did not answer: ConnectionError")

    with pytest.raises(TelemetryError, match=r"does not know the new secret \(the webhook did not answer"):
        rotate(["octo-org/hello-world"], URL, simulation.vault, simulation.hands(post=out))
    assert simulation.github.secret == OLD
    assert live_secrets(simulation.vault.value)[1] == OLD


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": "unset"}, "not set yet"),
        ({"active": False}, "is inactive"),
        ({"url": "https://other.example.com/telemetry"}, "has no webhook for"),
    ],
)
def test_what_cannot_be_rotated_changes_nothing(change: dict[str, Any], said: str) -> None:
    simulation = Simulation()
    simulation.vault.value = change.get("value", OLD)
    simulation.github.active = change.get("active", True)
    with pytest.raises(TelemetryError, match=said):
        rotate(["octo-org/hello-world"], change.get("url", URL), simulation.vault, simulation.hands())
    assert simulation.vault.puts == []
    assert simulation.github.secret == OLD


@pytest.fixture(autouse=True)
def _npm(npm: Path) -> None:
    assert npm
