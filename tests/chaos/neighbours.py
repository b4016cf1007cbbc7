"""Two dev servers of one machine at the same time, each in a folder of its own: each must end with exactly its own events.

Both are started as `make run` starts them, without any setting that tells them apart, and are killed and started again meanwhile.
"""

import json
import random
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import requests

from core.webhook import sign
from fakes.github.server import FakeGitHub
from fakes.github.transport import serve
from tests.chaos.oracle import Facts, lasting, of_delivery
from tests.chaos.processes import wait, wait_for_none
from tests.chaos.story import Planned, Story, story
from tests.environment import PATIENCE, inherited

_READY = re.compile(r"Ready: (http://127\.0\.0\.1:\d+)/telemetry")
_ROOT = Path(__file__).parents[2]
_SENDERS = 4
_DRAIN = 1000.0
"""Seconds, at most, until a server is ready, and without any progress of its queue."""


class Outcome(NamedTuple):
    """What one of the two ended with."""

    sent: int
    expected: int
    stored: int
    doubles: int
    wrong: list[str]
    """Facts whose content is another than expected."""
    missing: list[str]
    foreign: list[str]
    """Records that are not its own."""
    killed: int

    @property
    def good(self) -> bool:
        """Whether it has each of its own events once, and nothing else."""
        return not (self.wrong or self.missing or self.foreign or self.doubles)


def run(seed: int, deliveries: int, now: int, folder: Path) -> list[Outcome]:
    """Run both servers at once; raises TimeoutError where something hangs."""
    stories = [story(seed * 10 + n, deliveries, now, name=f"neighbour-{'ab'[n]}") for n in range(2)]
    servers = [_Server(folder / "ab"[n], seed, scenario) for n, scenario in enumerate(stories)]
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda server: server.live(), servers))
    return [_outcome(scenario, server) for scenario, server in zip(stories, servers, strict=True)]


class _Server:
    def __init__(self, folder: Path, seed: int, scenario: Story) -> None:
        folder.mkdir()
        self.folder = folder
        self.killed = 0
        self._story = scenario
        self._secret = f"secret of {folder.name}"
        self._chance = random.Random(f"{seed} {folder.name}")
        self._output = folder / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None
        self._url = ""

    def live(self) -> None:
        """Take every delivery, killed once between two of them, and stop when all are worked off."""
        with serve(FakeGitHub(self._story.state)) as api:
            self._start(api)
            try:
                half = len(self._story.deliveries) // 2
                self._send(self._story.deliveries[:half])
                self._kill()
                self._start(api)
                self._send(self._story.deliveries[half:])
                wait_for_none(lambda: int(self._health()["queued"]), f"events of {self.folder.name}", _DRAIN)
            finally:
                self._stop()

    def _start(self, api: str) -> None:
        environment = {**inherited(), "HOME": str(self.folder), "PORT": "0", "GITHUB_API_URL": api}
        environment |= {"GITHUB_WEBHOOK_SECRET": self._secret, "PYTHONPATH": str(_ROOT)}
        begins = self._output.stat().st_size if self._output.exists() else 0
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cli", "serve", "--queue", "localstack"],
                cwd=self.folder,
                env=environment,
                stdout=output,
                stderr=output,
            )
        wait(lambda: self._is_ready(begins), f"{self.folder.name} is ready", PATIENCE)

    def _is_ready(self, begins: int) -> bool:
        text = self._output.read_bytes()[begins:].decode(errors="replace")
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f"the server of {self.folder.name} ended: {text}")
        match = _READY.search(text)
        self._url = match[1] if match else ""
        return bool(match)

    def _kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE)
        self.killed += 1

    def _stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE)

    def _send(self, deliveries: Sequence[Planned]) -> None:
        with ThreadPoolExecutor(_SENDERS) as senders:
            list(senders.map(self._deliver, self._chance.sample(list(deliveries), len(deliveries))))

    def _deliver(self, delivery: Planned) -> None:
        body = json.dumps(delivery.payload).encode()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Delivery": delivery.guid,
            "X-Hub-Signature-256": sign(body, self._secret),
        }
        wait(lambda: self._is_taken(body, headers), f"{self.folder.name} takes a delivery", PATIENCE)

    def _is_taken(self, body: bytes, headers: dict[str, str]) -> bool:
        try:
            answer = requests.post(f"{self._url}/telemetry", data=body, headers=headers, timeout=PATIENCE)
        except requests.RequestException:
            return False
        if answer.status_code == 401:
            raise AssertionError(f"{self.folder.name} refuses its own secret")
        return answer.ok

    def _health(self) -> dict[str, Any]:
        health: dict[str, Any] = requests.get(f"{self._url}/health", timeout=PATIENCE).json()
        return health


def _outcome(scenario: Story, server: _Server) -> Outcome:
    facts: Facts = {}
    for delivery in scenario.deliveries:
        facts |= of_delivery(delivery, scenario)
    root = server.folder / "telemetry-data"
    paths = [path for path in root.rglob("*.json") if "_system" not in path.parts] if root.exists() else []
    stored = {path.relative_to(root).as_posix(): json.loads(path.read_text()) for path in paths}
    kept = {path: lasting(record) for path, record in stored.items()}
    return Outcome(
        len(scenario.deliveries),
        len(facts),
        len(facts.keys() & kept.keys()),
        len(kept) - len({record["id"] for record in kept.values()}),
        sorted(path for path in facts.keys() & kept.keys() if kept[path] != facts[path]),
        sorted(facts.keys() - kept.keys()),
        sorted(kept.keys() - facts.keys()),
        server.killed,
    )
