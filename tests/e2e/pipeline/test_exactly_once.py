"""Any order, any number of copies, fifty senders at once, a worker that is killed: each fact is stored once, and right."""

import json
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from core.batch import work
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.log import Log
from core.message import encode
from core.secrets_cache import SecretsCache
from core.stores.directory import DirectoryStore
from core.webhook import sign
from fakes.github.server import FakeGitHub
from fakes.github.transport import serve
from runtimes.local import server, wiring
from runtimes.local.health import Health
from tests.builders import NOW, SECRET, Clock, a_github, processing, settings, signed, webhook
from tests.e2e.pipeline.killed_worker import POINTS
from tests.e2e.server import records, without_volatile
from tests.environment import PATIENCE, inherited
from tests.memory_adapters import MemoryQueue, MemorySecrets

pytestmark = pytest.mark.emulator

FACTS = 30
"""Of each of five kinds."""
SENDERS = 50
KILLS = 12
DIRECTORY = Path(__file__).parents[3]


class Sent(NamedTuple):
    """One delivery."""

    event: str
    payload: dict[str, Any]
    delivery: str


def a_teams_life() -> list[Sent]:
    """Events of five kinds, no two of which are about the same fact."""
    sent = []
    for number in range(1, FACTS + 1):
        events = [
            ("check_suite", webhook("check_suite", check_suite__id=number)),
            ("workflow_job", webhook("workflow_job", workflow_job__id=number)),
            ("create", webhook("create_tag", ref=f"v1.{number}.0")),
            ("deployment", webhook("deployment", deployment__id=number)),
            ("pull_request", webhook("pull_request_merged", pull_request__id=number)),
        ]
        sent += [Sent(event, payload, f"{event}-{number}") for event, payload in events]
    return sent


def a_github_with_tags() -> FakeGitHub:
    """A GitHub that also has the tags of the events."""
    github = a_github()
    tags = github.state.repository("octo-org/hello-world").history.tags
    for number in range(1, FACTS + 1):
        tags[f"v1.{number}.0"] = tags["v1.2.3"] | {"sha": f"{number:040x}"}
    return github


def in_a_quiet_run(life: list[Sent], folder: Path, api: str) -> dict[str, dict[str, Any]]:
    """The records when each event is sent once, in order, with nobody in the way."""
    queue = MemoryQueue(Clock().seconds)
    for delivery in life:
        queue.send(encode(signed(f"github::{delivery.event}", delivery.payload, received_at=NOW)))
    github = GitHubClient(pooled_session(), SecretsCache(MemorySecrets({})), api, anonymous=True)
    result = work(queue.receive(), processing(DirectoryStore(folder), github, queue=queue))
    assert (result.failed, result.dead, result.again) == ((), (), ())
    return records(folder)


@contextmanager
def running_webhook(clients: wiring.Clients, environment: str) -> Iterator[str]:
    """The HTTP half alone, in this process; its address."""
    config = settings(environment_id=environment, port=0, github_webhook_secret=SECRET)
    health = Health()
    app = server.App(health)
    wiring.put_secrets(clients.ssm, config)
    app.open(wiring.webhook_services(clients, wiring.make_queues(clients.sqs, config), config, health, Log("error")))
    listening = server.listen(app, config)
    thread = threading.Thread(target=listening.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.effective_port}/telemetry"
    finally:
        listening.close()
        listening.task_dispatcher.shutdown()


def deliver(url: str, delivery: Sent) -> None:
    """Send until it is accepted, as recovery would."""
    body = json.dumps(delivery.payload).encode()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Delivery": delivery.delivery,
        "X-Hub-Signature-256": sign(body, SECRET),
    }
    for _ in range(10):
        if requests.post(url, data=body, headers=headers, timeout=PATIENCE).status_code == 202:
            return
    raise AssertionError(f"{delivery.delivery} was never accepted")


def run_worker(
    seed: int, environment: str, folder: Path, api: str, endpoint: str
) -> "subprocess.CompletedProcess[str]":
    """A worker process, until it is killed or, with seed -1, until there is nothing left to do."""
    return subprocess.run(
        [sys.executable, "-m", "tests.e2e.pipeline.killed_worker", environment, str(folder), api, str(seed)],
        cwd=DIRECTORY,
        env={**inherited(), "AWS_ENDPOINT_URL": endpoint},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_every_accepted_event_is_stored_exactly_once(seed: int, emulator: wiring.Clients, tmp_path: Path) -> None:
    chance = random.Random(seed)
    life = a_teams_life()
    endpoint = emulator.sqs.meta.endpoint_url
    copies = [delivery for delivery in life for _ in range(chance.randint(1, 3))]
    chance.shuffle(copies)
    environment = f"x{chance.randrange(16**8):08x}"
    with serve(a_github_with_tags()) as api:
        expected = in_a_quiet_run(life, tmp_path / "quiet", api)
        killed_at = []
        with running_webhook(emulator, environment) as url, ThreadPoolExecutor(SENDERS) as senders:
            sending = [senders.submit(deliver, url, delivery) for delivery in copies]
            for kill in range(KILLS):
                done = run_worker(seed * 1000 + kill, environment, tmp_path / "stored", api, endpoint)
                assert done.returncode in (0, -signal.SIGKILL), done.stderr
                killed_at += [line.removeprefix("killed at: ") for line in done.stderr.splitlines() if "killed" in line]
            for future in sending:
                future.result(timeout=PATIENCE)
        done = run_worker(-1, environment, tmp_path / "stored", api, endpoint)
        assert done.returncode == 0, done.stderr
    stored = records(tmp_path / "stored")
    assert without_volatile(stored) == without_volatile(expected)
    assert len(stored) == FACTS * 8  # a job is two metrics here, a merged pull request three
    assert set(killed_at) == set(POINTS), "the seed must reach every point"
    queues = wiring.make_queues(emulator.sqs, settings(environment_id=environment))
    assert "Messages" not in emulator.sqs.receive_message(QueueUrl=queues.dead_letters)
