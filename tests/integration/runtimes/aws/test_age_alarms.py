"""What CloudWatch sees of an outage that the worker sees: SQS's own metric by its definition, and the worker's EventAge.

For a standard queue, ApproximateAgeOfOldestMessage leaves out messages that were received three times or more without being deleted:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

import itertools
import json
from typing import Any

import pytest

from core import message
from core.batch import LONGEST_DELAY, work
from core.errors import TransientReadError, Unavailable
from core.events import SignedTriggerEvent
from runtimes.aws.worker_log import WorkerLog
from tests.builders import Clock, processing, signed
from tests.embedded_metrics import metrics
from tests.memory_adapters import MemoryQueue
from tests.unit.core.recording import COMMITS, FILES, RecordingStore, ScriptedGitHub, check_suite, pull_request

THRESHOLD = 3600
"""Seconds: alarms.oldest_message_age by default."""
MINUTE, HOURS = 60, 6
RECEIVED_TOO_OFTEN = 3
POLL, BATCH = 60, 300
"""Seconds that a message may wait for a batch to fill (queue.window), and that a batch may take (queue.worker_timeout)."""


class SqsLike(MemoryQueue):
    """A standard queue with the metric that SQS publishes for it."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock.seconds)
        self._sent_at: dict[str, float] = {}

    def send(self, body: str, delay: int = 0) -> str:
        """Queue a message and note when."""
        id = super().send(body, delay)
        self._sent_at[id] = self._clock()
        return id

    def approximate_age_of_oldest_message(self) -> float:
        """Return the metric in seconds; 0 without such messages."""
        counted = (id for id, entry in self.entries().items() if entry.receive_count < RECEIVED_TOO_OFTEN)
        return max((self._clock() - self._sent_at[id] for id in counted), default=0)


class Outage:
    """Some hours, minute by minute; a new event every ten minutes, of which none can be finished."""

    def __init__(self, event: SignedTriggerEvent) -> None:
        self.queue_ages: list[float] = []
        self.event_ages: dict[int, float] = {}
        """EventAge in seconds by the minute of its line."""
        clock = Clock()
        queue, store = SqsLike(clock), RecordingStore()
        lines: list[str] = []
        store.out = Unavailable("the store is out")
        failures: list[Any] = [TransientReadError("GET: 502")] * 10_000
        github = ScriptedGitHub({COMMITS: failures, FILES: list(failures)})
        log = WorkerLog("error", "prod", lambda _: None, lines.append)
        services = processing(store, github, queue=queue, clock=clock)._replace(log=log)
        for minute in range(HOURS * 60):
            if minute % 10 == 0:
                queue.send(message.encode(event._replace(received_at=clock(), delivery_id=str(minute))))
            self._work(queue, services)
            for line in lines:
                [(_, name, _, _, value)] = metrics(json.loads(line))
                assert name == "EventAge"
                self.event_ages[minute] = value
            lines.clear()
            clock.move(MINUTE)
            self.queue_ages.append(queue.approximate_age_of_oldest_message())

    def _work(self, queue: SqsLike, services: Any) -> None:
        received = queue.receive()
        if received:
            failed = work(received, services).failed
            for entry in received:
                if entry.id not in failed:
                    queue.delete(entry)


KINDS = {
    "the store is out": signed("github::check_suite", check_suite()),
    "all of GitHub is out": signed("github::pull_request", pull_request()),
}
"""What waits: an event without reads, and one that is read again under a new message before it waits for the store."""


@pytest.fixture(params=KINDS, scope="module")
def outage(request: pytest.FixtureRequest) -> Outage:
    return Outage(KINDS[request.param])


def test_the_age_that_sqs_publishes_does_not_reach_the_threshold(outage: Outage) -> None:
    """This is why events-wait and retries-wait alone are silent in an outage of the store, of GitHub or of a token."""
    assert max(outage.queue_ages) < THRESHOLD


def test_the_age_that_the_worker_publishes_does(outage: Outage) -> None:
    late = [minute for minute, age in outage.event_ages.items() if age > THRESHOLD]
    assert late[0] * MINUTE <= THRESHOLD + LONGEST_DELAY + MINUTE
    assert max(outage.event_ages.values()) > (HOURS - 1) * 3600


def test_the_alarm_stays_on_as_long_as_the_event_waits(outage: Outage) -> None:
    """Points over the threshold are never further apart than the alarm looks back: terraform/aws/alarms.tf."""
    late = [minute for minute, age in outage.event_ages.items() if age > THRESHOLD]
    gaps = [(after - before) * MINUTE for before, after in itertools.pairwise(late)]
    assert max(gaps) <= LONGEST_DELAY + POLL + BATCH
