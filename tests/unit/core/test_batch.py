import json
from typing import Any, cast

import pytest

from core import message
from core.batch import LONGEST_WAIT, MOST_JSON, BatchResult, delay, work
from core.errors import TransientReadError, Unavailable
from core.events import SignedTriggerEvent
from core.log import LEVELS, Log
from core.services import WorkerServices
from tests.builders import NOW, Clock, Lines, processing, signed
from tests.memory_adapters import DeadLetter, MemoryQueue
from tests.unit.core.recording import (
    COMMITS,
    FILES,
    RecordingStore,
    ScriptedGitHub,
    check_suite,
    pull_request,
    queued,
)

HOUR = 3600
COMMITS_FILE = "octo-org/Hello-World/commits-per-pr/2026-11-24/279147437-1795496400000.json"
PARTIAL_FILE = COMMITS_FILE.replace(".json", ".partial.json")
MERGED = signed("github::pull_request", pull_request())


class Harness:
    """A queue, a store, a GitHub and a clock; `round` works whatever is visible, as a runtime does."""

    def __init__(self, answers: dict[str, list[Any]] | None = None, **options: Any) -> None:
        self.clock = Clock()
        self.store = RecordingStore()
        self.github = ScriptedGitHub(answers)
        self.lines = Lines()
        self.services: WorkerServices = processing(
            self.store, self.github, clock=self.clock, lines=self.lines, **options
        )
        self.queue = cast("MemoryQueue", self.services.queue)

    def put(self, *events: SignedTriggerEvent) -> None:
        for event in events:
            self.queue.send(message.encode(event))

    def round(self) -> BatchResult | None:
        received = self.queue.receive()
        if not received:
            return None
        result = work(received, self.services)
        for entry in received:
            if entry.id not in result.failed:
                self.queue.delete(entry)
        return result

    def hidden_for(self) -> int:
        """Moves the clock until something is visible; how many seconds that took."""
        for seconds in range(2000):
            if any(entry.visible_at <= self.clock.seconds() for entry in self.queue.entries().values()):
                return seconds
            self.clock.move(1)
        raise AssertionError("nothing came back")

    def waiting(self) -> list[SignedTriggerEvent]:
        return [message.decode(entry.body) for entry in self.queue.entries().values()]


def suite(id: int, **fields: Any) -> SignedTriggerEvent:
    return signed("github::check_suite", check_suite(id=id), **fields)


def test_a_malformed_message_is_dead_lettered_and_the_rest_is_stored() -> None:
    harness = Harness()
    harness.put(suite(1))
    harness.queue.send("poison")
    harness.put(suite(2))
    result = harness.round()
    assert result == BatchResult(failed=(), dead=("message-2",), again=(), records=2)
    assert harness.queue.dead == [DeadLetter("poison", "the message is not JSON")]
    assert len(harness.store.records()) == 2
    assert len(harness.queue) == 0


def test_a_permanent_failure_is_dead_lettered_with_every_metric_s_reason() -> None:
    harness = Harness()
    bad = signed("github::workflow_job", {"action": "completed", "workflow_job": []})
    harness.put(bad, suite(1))
    assert harness.round() == BatchResult(failed=(), dead=("message-1",), again=(), records=1)
    reason = "expected an object, got a list"
    assert [letter.body for letter in harness.queue.dead] == [message.encode(bad)]
    assert harness.queue.dead[0].reason == (
        f"test-coverage: workflow_job: {reason}; workflow-job: repository: expected an object, got nothing"
    )


def test_an_event_to_which_no_metric_applies_is_done() -> None:
    harness = Harness()
    harness.put(signed("github::check_suite", check_suite(action="requested")))
    assert harness.round() == BatchResult((), (), (), 0)
    assert (len(harness.queue), harness.queue.dead) == (0, [])


def test_no_messages_are_no_work() -> None:
    harness = Harness()
    assert work([], harness.services) == BatchResult((), (), (), 0)
    assert harness.store.writes == []


def test_a_failed_read_requeues_the_event_with_a_higher_count() -> None:
    harness = Harness({COMMITS: [TransientReadError("GET: 502")], FILES: [[]]})
    harness.put(MERGED)
    assert harness.round() == BatchResult(failed=(), dead=(), again=("message-1",), records=0)
    assert harness.waiting() == [MERGED._replace(failed_reads=1)]
    assert 24 <= harness.hidden_for() <= 30


@pytest.mark.parametrize(
    ("asked", "least", "most"), [(7, 24, 30), (120, 120, 120), (899.2, 900, 900), (3600, 900, 900)]
)
def test_a_failed_read_is_retried_after_github_s_delay_up_to_15_minutes(asked: float, least: int, most: int) -> None:
    harness = Harness({COMMITS: [TransientReadError("GET: 429", asked)], FILES: [[]]})
    harness.put(MERGED)
    harness.round()
    assert least <= harness.hidden_for() <= most


def test_failed_reads_are_retried_after_growing_delays() -> None:
    harness = Harness({COMMITS: [TransientReadError("GET: 502")], FILES: [[]]})
    harness.put(MERGED)
    delays = []
    for _ in range(4):
        harness.round()
        delays.append(harness.hidden_for())
    assert [30 * 2**n * 0.8 <= seconds <= 30 * 2**n for n, seconds in enumerate(delays)] == [True] * 4


def test_five_failed_reads_are_stored_with_nulls_and_done() -> None:
    harness = Harness({COMMITS: [TransientReadError("GET: 502")], FILES: [[]]})
    harness.put(MERGED)
    for attempt in range(5):
        assert PARTIAL_FILE not in harness.store.files, attempt
        harness.round()
        if len(harness.queue):
            harness.hidden_for()
    record = harness.store.records()[PARTIAL_FILE]
    assert (record["status"], record["output"]["commits"]) == ("networkError", None)
    assert (len(harness.queue), harness.queue.dead, harness.github.asked.count(COMMITS)) == (0, [], 5)


def test_a_recovery_in_the_middle_stores_the_whole_record_once() -> None:
    commit = {"commit": {"author": {"date": "2026-11-23T05:00:00Z"}, "committer": None}}
    failures = [TransientReadError("GET: 500"), TransientReadError("GET: 500")]
    harness = Harness({COMMITS: [*failures, [commit]], FILES: [[]]})
    harness.put(MERGED)
    outcomes = []
    while len(harness.queue):
        harness.hidden_for()
        outcomes.append(harness.round())
    assert [(result.again, result.dead, result.failed) for result in outcomes if result] == [
        (("message-1",), (), ()),
        (("message-2",), (), ()),
        ((), (), ()),
    ]
    record = harness.store.records()[COMMITS_FILE]
    assert (record["status"], record["created_at"]) == ("success", NOW)
    [times] = record["output"]["commits"]["commit_timestamps"]
    assert (record["output"]["commits"]["amount"], times["authored"], times["committed"]) == (1, 1795410000000, None)
    assert PARTIAL_FILE not in harness.store.files
    assert len(harness.store.records()) == 3
    assert sum(COMMITS_FILE in write for write in harness.store.writes) == 1


def test_an_unavailable_store_defers_every_message_as_failed() -> None:
    harness = Harness()
    harness.store.out = Unavailable("the store is out")
    harness.put(suite(1), suite(2))
    assert harness.round() == BatchResult(failed=("message-1", "message-2"), dead=(), again=(), records=0)
    assert harness.waiting() == [suite(1), suite(2)]
    assert 24 <= harness.hidden_for() <= 30


def test_delays_of_an_unavailable_store_grow_to_15_minutes() -> None:
    harness = Harness()
    harness.store.out = Unavailable("the store is out")
    harness.put(suite(1))
    delays = []
    for _ in range(8):
        harness.round()
        delays.append(harness.hidden_for())
    grown = [min(900, 30 * 2**n) for n in range(8)]
    assert [0.8 * most <= seconds <= most for most, seconds in zip(grown, delays, strict=True)] == [True] * 8


def test_a_recovered_store_gets_every_event_once() -> None:
    harness = Harness()
    harness.store.out = Unavailable("the store is out")
    harness.put(suite(1), suite(2))
    for _ in range(10):
        harness.hidden_for()
        harness.round()
    harness.store.out = None
    while len(harness.queue):
        harness.hidden_for()
        harness.round()
    assert (len(harness.store.records()), harness.queue.dead) == (2, [])


def test_an_outage_of_our_own_never_makes_a_record_of_nulls() -> None:
    harness = Harness({COMMITS: [Unavailable("token out")], FILES: [[]]})
    harness.put(MERGED)
    for _ in range(10):
        harness.hidden_for()
        harness.round()
    assert harness.waiting() == [MERGED]
    assert {record["status"] for record in harness.store.records().values()} == {"success"}


@pytest.mark.parametrize(("age", "dead"), [(72 * HOUR, 0), (72 * HOUR + 1, 1)])
def test_an_event_older_than_72_hours_is_dead_lettered_with_its_reason(age: int, dead: int) -> None:
    harness = Harness()
    harness.store.out = Unavailable("the store is out")
    harness.put(suite(1))
    harness.clock.move(age)
    harness.round()
    letters = [DeadLetter(message.encode(suite(1)), "waited 72 hours: the store is out")]
    assert harness.queue.dead == letters[:dead]
    assert len(harness.queue) == 1 - dead


def test_an_event_older_than_72_hours_that_can_be_stored_is_stored() -> None:
    harness = Harness()
    harness.put(suite(1))
    harness.clock.move(100 * HOUR)
    harness.round()
    assert (len(harness.store.records()), harness.queue.dead) == (1, [])


def test_an_event_keeps_its_age_when_requeued() -> None:
    harness = Harness({COMMITS: [TransientReadError("GET: 502")], FILES: [[]]})
    harness.put(MERGED)
    harness.clock.move(72 * HOUR - 60)
    harness.round()
    harness.clock.move(90)
    harness.round()
    assert [letter.reason for letter in harness.queue.dead] == ["waited 72 hours: GET: 502"]


class OutWhileWorking(MemoryQueue):
    """A queue that is out for all but those who receive."""

    def send(self, body: str, delay: int = 0) -> str:
        raise Unavailable(f"the queue is out {len(body)} {delay}")

    def hide(self, message: Any, delay: int) -> None:
        raise Unavailable(f"the queue is out {message.id} {delay}")

    def dead_letter(self, message: Any, reason: str) -> None:
        raise Unavailable(f"the queue is out {message.id} {reason}")


def without_queue(harness: Harness) -> WorkerServices:
    return harness.services._replace(queue=OutWhileWorking(harness.clock.seconds))


def test_a_message_that_cannot_be_dead_lettered_stays_in_the_queue() -> None:
    harness = Harness()
    batch = [queued("poison", "a"), queued(message.encode(suite(1)), "b")]
    assert work(batch, without_queue(harness)) == BatchResult(failed=("a",), dead=(), again=(), records=1)


def test_an_event_that_cannot_be_requeued_stays_in_the_queue() -> None:
    harness = Harness({COMMITS: [TransientReadError("GET: 502")], FILES: [[]]})
    result = work([queued(message.encode(MERGED), "a")], without_queue(harness))
    assert result == BatchResult(failed=("a",), dead=(), again=(), records=0)


def test_an_event_that_cannot_be_deferred_stays_in_the_queue() -> None:
    harness = Harness()
    harness.store.out = Unavailable("the store is out")
    result = work([queued(message.encode(suite(1)), "a")], without_queue(harness))
    assert result == BatchResult(failed=("a",), dead=(), again=(), records=0)


def test_every_message_settles_with_one_log_line_without_its_payload() -> None:
    harness = Harness()
    harness.queue.send("zebra")
    harness.put(signed("github::check_suite", check_suite(zebra="zebra")))
    harness.round()
    settled = [
        (line["outcome"], line["message"], line["attempt"]) for line in harness.lines.lines if line["step"] == "settle"
    ]
    assert settled == [("dead", "message-1", 1), ("stored", "message-2", 1)]
    assert "zebra" not in str(harness.lines)


def oldest(harness: Harness) -> list[dict[str, Any]]:
    return [line for line in harness.lines.lines if (line["step"], line["outcome"]) == ("settle", "oldest")]


@pytest.mark.parametrize("level", LEVELS)
def test_the_age_of_the_oldest_event_that_waits_is_logged_at_any_level(level: str) -> None:
    harness = Harness()
    lines = harness.lines.lines
    log = Log(level, lambda line: lines.append(json.loads(line)))
    harness.services = harness.services._replace(log=log)
    harness.store.out = Unavailable("the store is out")
    harness.put(suite(1, received_at=NOW - 7_200_000, delivery_id="first"), suite(2, received_at=NOW - 1_000))
    harness.round()
    assert oldest(harness) == [
        {
            "severity": "WARNING",
            "step": "settle",
            "outcome": "oldest",
            "delivery": "first",
            "age_ms": 7_200_000,
            "events": 2,
        }
    ]


def test_a_retried_event_keeps_its_age_in_its_new_message() -> None:
    harness = Harness({COMMITS: [TransientReadError("GET: 502")] * 3, FILES: [[]] * 3})
    harness.put(MERGED)
    ages = []
    for _ in range(3):
        harness.round()
        ages.append(oldest(harness)[-1]["age_ms"])
        harness.hidden_for()
    assert ages == sorted(set(ages))
    assert ages[-1] > ages[0] + 60_000


def test_no_age_is_logged_when_no_event_is_requeued() -> None:
    harness = Harness()
    harness.put(suite(1, received_at=NOW - 7_200_000))
    harness.round()
    harness.store.out = Unavailable("the store is out")
    harness.put(suite(2, received_at=NOW - LONGEST_WAIT - 1))
    harness.round()
    assert len(harness.queue.dead) == 1
    assert oldest(harness) == []


def test_an_event_that_cannot_be_dead_lettered_is_among_the_waiting() -> None:
    harness = Harness()
    bad = signed("github::workflow_job", {"action": "completed", "workflow_job": []}, received_at=NOW - 7_200_000)
    harness.put(bad)
    received = harness.queue.receive()
    harness.queue.out = True
    assert work(received, harness.services).failed == ("message-1",)
    assert [line["age_ms"] for line in oldest(harness)] == [7_200_000]


@pytest.mark.parametrize(
    ("attempts", "asked", "first", "least", "most"),
    [
        (1, None, 30, 24, 30),
        (2, None, 30, 48, 60),
        (1, 0, 30, 24, 30),
        (1, 31, 30, 31, 31),
        (1, 30.1, 30, 31, 31),
        (1, 1e9, 30, 900, 900),
        (7, None, 30, 900, 900),
        (10_000, None, 30, 900, 900),
        (1, None, 0.1, 1, 1),
        (1, None, 900, 720, 900),
    ],
)
def test_a_delay_grows_and_honours_what_was_asked_for(
    attempts: int, asked: float | None, first: float, least: int, most: int
) -> None:
    delays = {delay(attempts, asked, first) for _ in range(200)}
    assert (least <= min(delays), max(delays) <= most) == (True, True)


def test_events_beyond_the_memory_budget_are_retried_soon_uncounted() -> None:
    harness = Harness()
    steps = {"steps": "x" * (MOST_JSON // 10)}  # one letter: the message is some kilobytes
    for number in range(1, 31):
        harness.put(signed("github::check_suite", check_suite(id=number, **steps)))
    harness.queue.send('{"version":1,"payload_gzip":"' + "/" * 400 + '"}')
    rounds = 0
    while len(harness.queue):
        result = harness.round()
        assert result is not None
        assert result.again == ()
        assert rounds < 6
        rounds += 1
        harness.clock.move(2)
    assert len(harness.store.records()) == 30
    assert [letter.reason for letter in harness.queue.dead] == ["the message's payload_gzip cannot be unpacked"]
