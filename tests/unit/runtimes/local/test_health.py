import pytest

from core.batch import BatchResult
from runtimes.local.health import CountedQueue, Health
from tests.builders import Clock
from tests.memory_adapters import MemoryQueue

NOTHING = BatchResult((), (), (), 0)


def check_counts(health: Health, **expected: int) -> None:
    zero = dict.fromkeys(("accepted", "ignored", "rejected", "queued", "processed", "failed", "records"), 0)
    assert health.counts() == {"status": "ok", **zero, **expected}


def test_at_the_start_everything_is_zero() -> None:
    check_counts(Health())


@pytest.mark.parametrize(
    ("status", "outcome", "expected"),
    [
        (202, "accepted", {}),
        (200, "pong", {}),
        (200, "ignored", {"ignored": 1}),
        (400, "error", {"rejected": 1}),
        (401, "error", {"rejected": 1}),
        (413, "error", {"rejected": 1}),
        (503, "error", {"rejected": 1}),
    ],
)
def test_an_answer_counts_as_ignored_or_rejected_or_not_at_all(
    status: int, outcome: str, expected: dict[str, int]
) -> None:
    health = Health()
    health.answered(status, outcome)
    check_counts(health, **expected)


def test_a_message_that_is_received_twice_is_accepted_once() -> None:
    health = Health()
    health.received(["a"])
    health.received(["a", "b"])
    check_counts(health, accepted=2, queued=2)


def test_a_batch_moves_its_messages_from_queued_to_their_outcome() -> None:
    health = Health()
    health.received(["done", "dead", "failed"])
    health.record_batch(["done", "dead", "failed"], BatchResult(("failed",), ("dead",), (), 4))
    check_counts(health, accepted=3, queued=1, processed=1, failed=1, records=4)


def test_an_event_that_is_queued_again_stays_one_event() -> None:
    health = Health()
    health.received(["a"])
    health.copied("copy")
    health.record_batch(["a"], BatchResult((), (), ("a",), 2))
    check_counts(health, accepted=1, queued=1, records=2)
    health.received(["copy"])
    health.record_batch(["copy"], NOTHING._replace(records=1))
    check_counts(health, accepted=1, processed=1, records=3)


def test_a_message_redelivered_after_processing_counts_once() -> None:
    health = Health()
    health.received(["a"])
    for _ in range(2):
        health.record_batch(["a"], NOTHING)
    check_counts(health, accepted=1, processed=1)


@pytest.mark.parametrize(("copies", "accepted"), [(True, 0), (False, 1)])
def test_a_counted_queue_distinguishes_new_events_from_copies(*, copies: bool, accepted: int) -> None:
    health, queue = Health(), MemoryQueue(Clock().seconds, limit=77)
    counted = CountedQueue(queue, health, copies=copies)
    id = counted.send("body")
    health.received([id])
    check_counts(health, accepted=accepted, queued=accepted)
    assert (counted.limit, [message.body for message in queue.receive()]) == (77, ["body"])


def test_a_counted_queue_hides_and_dead_letters_like_its_queue() -> None:
    clock = Clock()
    queue = MemoryQueue(clock.seconds)
    counted = CountedQueue(queue, Health(), copies=False)
    counted.send("body")
    (message,) = queue.receive()
    counted.hide(message, 60)
    counted.dead_letter(message, "bad")
    clock.move(59)
    early = queue.receive()
    clock.move(1)
    assert (early, [received.receive_count for received in queue.receive()]) == ([], [2])
    assert queue.dead == [("body", "bad")]


def test_messages_of_an_earlier_run_count_as_accepted_from_the_start() -> None:
    health = Health()
    health.add_leftover(2)
    initial = health.counts()
    health.received(["left-1"])
    health.accepted("new-1")
    health.received(["new-1", "left-2"])
    assert (initial["accepted"], initial["queued"]) == (2, 2)
    assert (health.counts()["accepted"], health.counts()["queued"]) == (3, 3)


def test_unannounced_messages_are_counted_when_received() -> None:
    health = Health()
    health.add_leftover(1)
    health.received(["left-1", "surprise-1"])
    assert health.counts()["accepted"] == 2


def test_only_the_last_processed_messages_are_remembered() -> None:
    health = Health(remembered=2)
    for number in range(1000):
        id = f"message-{number}"
        health.accepted(id)
        health.received([id])
        health.record_batch([id], NOTHING)
    health.accepted("message-999")  # it was processed before its sender came to count it
    health.record_batch(["message-998"], NOTHING)  # it could not be deleted
    check_counts(health, accepted=1000, processed=1000)
    assert len(health._finished) + len(health._waiting) == 2
