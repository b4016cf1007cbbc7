"""An outage of GitHub for hours: recursive loop detection must not stop the retries (issue 16, point 5)."""

from typing import Any

import pytest

from core import message
from core.errors import TransientReadError, Unavailable
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.aws.worker import respond
from tests.builders import Clock, processing, signed
from tests.sqs_trigger import MOST_HOPS, Record, SqsTrigger, recursive_loop
from tests.unit.core.recording import NO_TIMELINE, RecordingStore, pull_request

HOUR = 3600.0
REASON = "waited 72 hours: "


class GitHubOutage:
    """A GitHubReader that fails until a time."""

    def __init__(self, clock: Clock, until: float) -> None:
        self._clock = clock
        self._until = until

    def pages(self, _: str) -> Any:
        """Yield nothing, once GitHub is back."""
        self._fail()
        return iter(())

    def graphql(self, *_: object) -> Any:
        """Return an empty timeline, once GitHub is back."""
        self._fail()
        return NO_TIMELINE

    def _fail(self) -> None:
        if self._clock.seconds() < self._until:
            raise TransientReadError("GET: 503")


class Outage:
    """A worker on AWS while GitHub is out for some hours, and then for as long as it takes to settle every message."""

    def __init__(self, setting: str, hours: float, *, store_too: bool = True) -> None:
        self.clock = Clock()
        self.begun = self.clock.seconds()
        self.until = self.begun + hours * HOUR
        self.trigger = SqsTrigger(self.clock.seconds, setting)
        self.store = RecordingStore()
        self._store_too = store_too
        queue = SqsQueue(
            self.trigger.client,
            self.trigger.url("retries"),
            self.trigger.url("dead-letters"),
            [self.trigger.url("events")],
        )
        services = processing(self.store, GitHubOutage(self.clock, self.until), clock=self.clock)
        self._services = services._replace(queue=queue)

    def receive(self, events: int, every: float) -> None:
        """Receive pull requests, one every so many seconds, and run until the queues are empty."""
        arrivals = [self.begun + number * every for number in range(events)]
        for number, at in enumerate(arrivals):
            self._run(at)
            event = signed("github::pull_request", pull_request(), received_at=self.clock())
            event.payload["pull_request"]["id"] += number
            self.trigger.put(message.encode(event))
        self._run(float("inf"))

    @property
    def stored(self) -> set[str]:
        return {name for name in self.store.records() if "/commits-per-pr/" in name}

    def _run(self, until: float) -> None:
        while (at := self.trigger.next_at()) is not None and at < until:
            self.clock.move(max(0.0, at - self.clock.seconds()))
            out = self._store_too and self.clock.seconds() < self.until
            self.store.out = Unavailable("the data repository is out") if out else None
            self.trigger.deliver(self._respond)
        if until != float("inf"):
            self.clock.move(max(0.0, until - self.clock.seconds()))

    def _respond(self, event: Record) -> Record:
        return respond(event, self._services)


def send_again(trigger: SqsTrigger, clock: Clock) -> None:
    """Let a function send each message again: once from the queue of events, sixty times from that of retries."""
    queue = SqsQueue(trigger.client, trigger.url("retries"))

    def function(event: Record) -> Record:
        for record in event["Records"]:
            queue.send(record["body"])
        return {"batchItemFailures": []}

    trigger.put("again")
    for _ in range(60):
        clock.move(1)
        trigger.deliver(function)


@pytest.mark.parametrize(("setting", "hops"), [("Terminate", MOST_HOPS), ("Allow", 61)])
def test_lambda_stops_a_chain_after_sixteen_invocations_or_never(setting: str, hops: int) -> None:
    clock = Clock()
    trigger = SqsTrigger(clock.seconds, setting)
    send_again(trigger, clock)
    assert (trigger.hops, trigger.refused > 0, len(trigger)) == (hops, setting == "Terminate", 1)


def test_without_the_setting_events_are_dead_lettered_without_a_reason() -> None:
    outage = Outage("Terminate", hours=6, store_too=False)
    outage.receive(events=120, every=30)
    assert outage.trigger.hops == MOST_HOPS
    assert outage.trigger.refused > 0
    assert {letter.reason for letter in outage.trigger.dead} == {""}
    assert len(outage.stored) < 120


def test_with_the_setting_all_events_are_stored_after_an_outage() -> None:
    outage = Outage(recursive_loop(), hours=6)
    outage.receive(events=120, every=30)
    assert (outage.trigger.refused, outage.trigger.dead, len(outage.stored)) == (0, [], 120)
    assert {record["status"] for record in outage.store.records().values()} == {"success"}
    assert outage.trigger.hops > MOST_HOPS


def test_after_72_hours_an_event_is_dead_lettered_with_our_reason() -> None:
    outage = Outage(recursive_loop(), hours=80)
    outage.receive(events=12, every=300)
    dead = outage.trigger.dead
    assert (outage.trigger.refused, len(dead), outage.stored) == (0, 12, set())
    assert {letter.reason.startswith(REASON) for letter in dead} == {True}
    ages = [letter.at - message.decode(letter.body).received_at / 1000 for letter in dead]
    assert min(ages) > 72 * HOUR
    assert max(ages) < 73 * HOUR
