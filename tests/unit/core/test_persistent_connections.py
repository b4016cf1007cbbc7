"""When a connection is reused, replaced and closed, whatever sends the requests."""

import threading

import pytest

from core.persistent_connections import Connection, PersistentConnections

NOW = 1_795_500_000.0


class Scripted(Connection):
    """A connection whose exchanges end as scripted: in an error, or in the text that it returns."""

    def __init__(self, *results: str | Exception) -> None:
        super().__init__()
        self.results = list(results)
        self.closed = False

    def exchange(self) -> str:
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    def close(self) -> None:
        self.closed = True


class Harness:
    """The connections to one endpoint, opened in order."""

    def __init__(self, *connections: Scripted) -> None:
        self.now = NOW
        self.waiting = list(connections)
        self.pool: PersistentConnections[Scripted] = PersistentConnections(lambda: self.now)

    def exchange(self) -> str:
        return self.pool.exchange(lambda: self.waiting.pop(0), Scripted.exchange)


def test_a_connection_is_reused_after_a_complete_response() -> None:
    harness = Harness(Scripted("one", "two"))
    assert [harness.exchange(), harness.exchange()] == ["one", "two"]


@pytest.mark.parametrize(("idle", "response"), [(10.0, "two"), (10.1, "new"), (-1.0, "new")])
def test_a_connection_idle_for_over_10_s_is_replaced(idle: float, response: str) -> None:
    first = Scripted("one", "two")
    harness = Harness(first, Scripted("new"))
    harness.exchange()
    harness.now += idle
    assert harness.exchange() == response
    assert first.closed is (response == "new")


def test_a_connection_that_ends_with_its_response_is_replaced() -> None:
    first = Scripted("one", "two")
    harness = Harness(first, Scripted("new"))
    first.is_open = False
    assert [harness.exchange(), harness.exchange()] == ["one", "new"]
    assert first.closed


def test_a_reused_connection_that_fails_early_is_retried_once() -> None:
    first = Scripted("one", ConnectionResetError())
    harness = Harness(first, Scripted("again"))
    assert [harness.exchange(), harness.exchange()] == ["one", "again"]
    assert first.closed


def test_a_response_that_had_begun_is_not_requested_again() -> None:
    first = Scripted("one", ConnectionResetError())
    harness = Harness(first, Scripted("again"))
    harness.exchange()
    first.answering = True
    with pytest.raises(ConnectionResetError):
        harness.exchange()
    assert first.closed
    assert len(harness.waiting) == 1


@pytest.mark.parametrize("error", [ConnectionResetError(), TimeoutError()])
def test_a_new_connection_that_fails_is_closed_and_not_retried(error: Exception) -> None:
    first = Scripted(error)
    harness = Harness(first, Scripted("again"))
    with pytest.raises(type(error)):
        harness.exchange()
    assert first.closed
    assert len(harness.waiting) == 1


def test_a_time_out_of_a_reused_connection_is_not_retried() -> None:
    harness = Harness(Scripted("one", TimeoutError()), Scripted("again"))
    harness.exchange()
    with pytest.raises(TimeoutError):
        harness.exchange()


def test_each_thread_has_its_own_connection() -> None:
    harness = Harness(Scripted("one", "two"), Scripted("other"))
    responses = [harness.exchange()]
    thread = threading.Thread(target=lambda: responses.append(harness.exchange()))
    thread.start()
    thread.join()
    assert [*responses, harness.exchange()] == ["one", "other", "two"]


def test_a_closed_connection_is_not_reused() -> None:
    first = Scripted("one", "two")
    harness = Harness(first, Scripted("new"))
    harness.exchange()
    harness.pool.close()
    harness.pool.close()
    assert first.closed
    assert harness.exchange() == "new"
