import pytest

from core.errors import Unavailable
from runtimes.local.lazy_queue import LazyQueue
from tests.memory_adapters import MemoryQueue


def test_the_queue_is_opened_once_and_only_if_needed() -> None:
    memory_queue, connections = MemoryQueue(lambda: 0.0), []
    queue = LazyQueue(lambda: connections.append(1) or memory_queue, 100)  # type: ignore[func-returns-value]
    assert (queue.limit, connections) == (100, [])
    queue.send("one")
    queue.send("two")
    assert (len(memory_queue), connections) == (2, [1])
    message = memory_queue.receive()[0]
    queue.hide(message, 1)
    queue.dead_letter(message, "why")
    assert memory_queue.dead[0].reason == "why"


def test_without_a_queue_the_error_names_what_to_start() -> None:
    def find() -> MemoryQueue:
        raise ConnectionRefusedError

    with pytest.raises(
        Unavailable, match=r"there is no queue \(ConnectionRefusedError\): does this folder's server run\?"
    ):
        LazyQueue(find, 100).send("one")
