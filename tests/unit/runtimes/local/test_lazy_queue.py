import pytest

from core.errors import Unavailable
from runtimes.local.lazy_queue import LazyQueue
from tests.memory_adapters import MemoryQueue


def test_it_is_looked_for_once_and_only_when_it_is_needed() -> None:
    found, looks = MemoryQueue(lambda: 0.0), []
    queue = LazyQueue(lambda: looks.append(1) or found, 100)  # type: ignore[func-returns-value]
    assert (queue.limit, looks) == (100, [])
    queue.send("one")
    queue.send("two")
    assert (len(found), looks) == (2, [1])
    message = found.receive()[0]
    queue.hide(message, 1)
    queue.dead_letter(message, "why")
    assert found.dead[0].reason == "why"


def test_where_there_is_none_it_says_what_to_start() -> None:
    def find() -> MemoryQueue:
        raise ConnectionRefusedError

    with pytest.raises(Unavailable, match=r"there is no queue \(ConnectionRefusedError\): is `make run` running\?"):
        LazyQueue(find, 100).send("one")
