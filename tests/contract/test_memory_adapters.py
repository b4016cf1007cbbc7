import pytest

from core.errors import SecretMissing, Unavailable
from core.ports import QueuedMessage
from tests.builders import Clock
from tests.memory_adapters import DeadLetter, MemoryQueue, MemorySecrets


def queue_and_clock() -> tuple[MemoryQueue, Clock]:
    clock = Clock(0)
    return MemoryQueue(clock.seconds, visibility=20), clock


def test_a_message_is_received_with_its_attempt_and_a_receipt() -> None:
    queue, _ = queue_and_clock()
    queue.send("body")
    assert queue.receive() == [QueuedMessage("message-1", "body", 1, "message-1-1")]


def test_a_delayed_message_is_hidden_until_then() -> None:
    queue, clock = queue_and_clock()
    queue.send("body", 30)
    clock.move(29.9)
    before = queue.receive()
    clock.move(0.1)
    assert (before, len(queue.receive())) == ([], 1)


def test_a_received_message_reappears_unless_it_is_deleted() -> None:
    queue, clock = queue_and_clock()
    queue.send("kept")
    queue.send("done")
    queue.delete(queue.receive()[1])
    hidden = queue.receive()
    clock.move(20)
    assert (hidden, queue.receive()) == ([], [QueuedMessage("message-1", "kept", 2, "message-1-2")])


def test_a_deferred_message_reappears_after_its_delay() -> None:
    queue, clock = queue_and_clock()
    queue.send("body")
    queue.hide(queue.receive()[0], 60)
    clock.move(59)
    before = queue.receive()
    clock.move(1)
    assert (before, [received.receive_count for received in queue.receive()]) == ([], [2])


def test_a_dead_lettered_message_must_still_be_deleted() -> None:
    queue, _ = queue_and_clock()
    queue.send("body")
    queue.dead_letter(queue.receive()[0], "bad")
    assert (queue.dead, len(queue)) == ([DeadLetter("body", "bad")], 1)


def test_no_more_messages_are_received_than_requested() -> None:
    queue, _ = queue_and_clock()
    for n in range(3):
        queue.send(str(n))
    assert [[received.body for received in queue.receive(2)] for _ in range(2)] == [["0", "1"], ["2"]]


def test_a_queue_that_is_out_refuses_every_call() -> None:
    queue, _ = queue_and_clock()
    queue.send("body")
    (message,) = queue.receive()
    queue.out = True
    calls = (
        lambda: queue.send("x"),
        queue.receive,
        lambda: queue.hide(message, 1),
        lambda: queue.dead_letter(message, "x"),
        lambda: queue.delete(message),
    )
    for call in calls:
        with pytest.raises(Unavailable):
            call()


def test_secrets_are_those_of_the_dictionary_stripped_and_counted() -> None:
    secrets = MemorySecrets({"a": " x\n"})
    assert ([secrets.get("a") for _ in range(2)], secrets.asked) == (["x", "x"], 2)


@pytest.mark.parametrize("name", ["absent", "blank", "unset"])
def test_an_absent_or_placeholder_secret_is_missing(name: str) -> None:
    with pytest.raises(SecretMissing):
        MemorySecrets({"blank": " ", "unset": "unset"}).get(name)


def test_secrets_that_are_out_are_unavailable() -> None:
    secrets = MemorySecrets({"a": "x"})
    secrets.out = True
    with pytest.raises(Unavailable, match="out"):
        secrets.get("a")
