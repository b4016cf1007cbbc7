"""Google Cloud's worker, killed as a machine may kill it: nothing is lost, and nothing is there twice.

The function is a process of functions-framework of its own; Pub/Sub, whose leases end, outlives it.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from cli.deployment.clouds.gcp.dead_letters import PubSubLetters
from cli.deployment.dead_letters import replay
from core import message
from fakes.google.server import FakeGoogle
from runtimes.gcp import google_clients
from runtimes.gcp.pubsub_queue import PubSubQueue
from tests.builders import signed_now, webhook
from tests.conftest import free_port
from tests.e2e.server import records, wait_for
from tests.environment import PATIENCE, inherited

MAIN = Path(__file__).parents[3] / "runtimes" / "gcp" / "worker_main.py"
PROJECT = "projects/demo-project"
EVENTS, LETTERS = f"{PROJECT}/topics/events", f"{PROJECT}/topics/letters"
WORK, DEAD = f"{PROJECT}/subscriptions/events", f"{PROJECT}/subscriptions/letters"


class Time:
    """Real, and further on by what somebody adds: so that a lease ends without a wait."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Worker:
    """The function, which can be killed and started again."""

    def __init__(self, google: FakeGoogle, folder: Path) -> None:
        self.folder = folder
        self._environment = {
            "HOME": str(folder),
            "ENVIRONMENT_ID": "test",
            "STORE_DIRECTORY": str(folder / "records"),
            "QUEUE_URL": EVENTS,
            "QUEUE_SUBSCRIPTION": WORK,
            "DEAD_LETTERS_URL": LETTERS,
            "LOG_LEVEL": "warning",
            **inherited(),
            **google.environment,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> "Worker":
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "functions_framework", "--target", "worker", "--source", str(MAIN)]
        with (self.folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--port", str(port)],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self._answers, "functions-framework to answer")
        return self

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/robots.txt", timeout=5).status_code == 404
        except requests.RequestException:
            return False

    def drain(self) -> dict[str, Any]:
        answer: dict[str, Any] = requests.post(self.url, timeout=PATIENCE).json()
        return answer

    def kill(self) -> None:
        """All of its processes, as when the machine goes."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)
            self.process = None


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def google(clock: Time) -> Iterator[FakeGoogle]:
    with FakeGoogle("demo-project", authenticated=False, clock=clock) as running:
        policy = {"dead_letter_topic": LETTERS, "max_delivery_attempts": 100}
        for topic, subscription, more in ((LETTERS, DEAD, {}), (EVENTS, WORK, {"dead_letter_policy": policy})):
            running.pubsub.add_topic(topic)
            running.pubsub.add_subscription(subscription, topic, ack_deadline_seconds=60, **more)
        for name in ("source", "data"):
            running.secrets.put(f"{PROJECT}/secrets/telemetry-test-github-access-token-{name}", "token")
        yield running


@pytest.fixture
def worker(google: FakeGoogle, tmp_path: Path) -> Iterator[Worker]:
    running = Worker(google, tmp_path).start()
    try:
        yield running
    finally:
        running.kill()


def publish(google: FakeGoogle, count: int, **changes: Any) -> None:
    queue = PubSubQueue(google_clients.pubsub(google.environment, ""), EVENTS)
    for number in range(1, count + 1):
        payload = webhook("check_suite", check_suite__id=number, **changes)
        queue.send(message.encode(signed_now("github::check_suite", payload, delivery_id=f"delivery-{number}")))


def receipts(folder: Path) -> Counter[str]:
    lines = (line for path in folder.rglob("*.jsonl") for line in path.read_text().splitlines())
    return Counter(json.loads(line)["delivery_id"] for line in lines)


def drained(worker: Worker, google: FakeGoogle, clock: Time) -> None:
    """As Cloud Scheduler has it drain, once a minute."""
    for _ in range(20):
        worker.drain()
        if not google.pubsub.backlog(WORK):
            return
        clock.ahead += 61
    raise AssertionError(f"{len(google.pubsub.backlog(WORK))} messages are left")


def test_two_thousand_events_and_a_worker_that_is_killed_three_times(
    google: FakeGoogle, worker: Worker, clock: Time
) -> None:
    publish(google, 2000)
    chance = random.Random(11)
    for _ in range(3):
        tick = threading.Thread(target=cut_off, args=(worker,))
        tick.start()
        stored = len(records(worker.folder / "records"))
        wait_for(lambda stored=stored: len(records_now(worker)) > stored, "the next records")
        time.sleep(chance.uniform(0, 0.3))
        worker.kill()
        tick.join(PATIENCE)
        clock.ahead += 61  # what it had in hand comes back
        worker.start()
    drained(worker, google, clock)
    actual = records(worker.folder / "records")
    assert sorted(int(Path(path).name.partition("-")[0]) for path in actual) == list(range(1, 2001))
    assert set(receipts(worker.folder / "records")) == {f"delivery-{number}" for number in range(1, 2001)}
    assert google.pubsub.backlog(DEAD) == []


def records_now(worker: Worker) -> list[Path]:
    return list((worker.folder / "records").rglob("check-suite/**/*.json"))


def cut_off(worker: Worker) -> None:
    with suppress(requests.RequestException):
        worker.drain()


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_a_kill_in_the_middle_of_a_batch_loses_nothing(
    google: FakeGoogle, worker: Worker, clock: Time, moment: str
) -> None:
    publish(google, 50)
    if moment == "after the commit":  # the acknowledgement never arrives
        google.pubsub.fail("Acknowledge", "UNAVAILABLE")
        assert requests.post(worker.url, timeout=PATIENCE).status_code == 500
        assert len(records_now(worker)) == 50
    else:
        google.pubsub.delay = 5  # a busy machine must not let the pull return before the kill
        tick = threading.Thread(target=cut_off, args=(worker,))
        tick.start()
        wait_for(lambda: google.pubsub.calls["Pull"], "the first pull")
        worker.kill()
        tick.join(PATIENCE)
        google.pubsub.delay = 0
        worker.start()
    assert len(google.pubsub.backlog(WORK)) == 50
    clock.ahead += 61
    drained(worker, google, clock)
    assert len(records(worker.folder / "records")) == 50
    assert google.pubsub.backlog(DEAD) == []


def test_a_malformed_event_is_dead_lettered_with_a_reason_and_replayed(
    google: FakeGoogle, worker: Worker, clock: Time
) -> None:
    publish(google, 3, check_suite__created_at=7)
    assert worker.drain()["done"] == 3
    letters = google.pubsub.backlog(DEAD)
    assert all("check_suite.created_at" in letter.attributes["reason"] for letter in letters)
    result = replay(PubSubLetters(google_clients.pubsub(google.environment, DEAD), EVENTS), dry_run=False)
    assert result.total() == 3
    assert len(google.pubsub.backlog(WORK)) == 3
    assert google.pubsub.backlog(DEAD) == []
    drained(worker, google, clock)  # what killed them is not mended: they die again
    assert len(google.pubsub.backlog(DEAD)) == 3


def test_an_outage_of_hours_uses_up_no_attempts(google: FakeGoogle, worker: Worker, clock: Time) -> None:
    publish(google, 5)
    records_folder = worker.folder / "records"
    records_folder.write_text("a file, where a folder should be: the store is out")
    for _ in range(3):
        assert worker.drain()["done"] == 0
        clock.ahead += 3600
    assert len(google.pubsub.backlog(WORK)) == 5
    records_folder.unlink()
    drained(worker, google, clock)
    assert len(records(records_folder)) == 5
    assert google.pubsub.backlog(DEAD) == []
