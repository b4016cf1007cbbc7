from collections.abc import Sequence

import pytest

from core import retries
from core.persistent_connections import Timeouts
from core.retries import FIRST_PAUSE, LONGEST_PAUSE, SHORTEST_ATTEMPT, CloudError, call, jitter, time_limit

TIMEOUTS = Timeouts(connect=0.5, answer=1.5)
PASSING = CloudError("passing", retryable=True)
THROTTLED = CloudError("throttled", throttled=True)


class Attempts:
    """Fails with these errors, each after some seconds of a clock that stands still otherwise; then it succeeds."""

    def __init__(self, *errors: CloudError, seconds: float = 0.0) -> None:
        self.now = 100.0
        self.timeouts: list[Timeouts] = []
        self.pauses: list[float] = []
        self._errors: Sequence[CloudError] = errors
        self._seconds = seconds

    def __call__(self, timeouts: Timeouts) -> str:
        self.timeouts.append(timeouts)
        self.now += self._seconds
        if len(self.timeouts) <= len(self._errors):
            raise self._errors[len(self.timeouts) - 1]
        return "done"

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def call(self) -> str:
        return call(self, TIMEOUTS, self.pause, lambda: self.now)


@pytest.fixture(autouse=True)
def longest_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.retries.os.urandom", lambda count: b"\xff" * count)


def test_a_transient_failure_is_repeated_once() -> None:
    attempts = Attempts(PASSING)
    assert (attempts.call(), len(attempts.timeouts)) == ("done", 2)
    twice = Attempts(PASSING, PASSING)
    with pytest.raises(CloudError, match="passing"):
        twice.call()
    assert len(twice.timeouts) == 2


def test_a_permanent_failure_is_not_repeated() -> None:
    attempts = Attempts(CloudError("denied"))
    with pytest.raises(CloudError, match="denied"):
        attempts.call()
    assert attempts.pauses == []


def test_a_throttled_request_is_repeated_until_the_time_is_over() -> None:
    attempts = Attempts(*[THROTTLED] * 50)
    with pytest.raises(CloudError, match="throttled"):
        attempts.call()
    assert [round(pause, 3) for pause in attempts.pauses] == [0.1, 0.2, 0.4, 0.8, 0.8, 0.8]
    assert 100 + time_limit(TIMEOUTS) - attempts.now >= SHORTEST_ATTEMPT


def test_the_last_attempts_have_shorter_time_outs() -> None:
    attempts = Attempts(THROTTLED, THROTTLED, THROTTLED, THROTTLED, THROTTLED)
    assert attempts.call() == "done"
    assert attempts.timeouts[:4] == [TIMEOUTS] * 4
    assert sum(attempts.timeouts[-1]) == pytest.approx(100 + time_limit(TIMEOUTS) - attempts.now)
    assert sum(attempts.timeouts[-1]) < sum(TIMEOUTS)


def test_two_attempts_that_time_out_have_their_full_time() -> None:
    attempts = Attempts(PASSING, seconds=sum(TIMEOUTS))
    assert attempts.call() == "done"
    assert sum(attempts.timeouts[1]) == pytest.approx(sum(TIMEOUTS))


def test_no_attempt_is_begun_late() -> None:
    attempts = Attempts(PASSING, seconds=time_limit(TIMEOUTS) - 0.3)  # a slow look-up of the name has no time-out
    with pytest.raises(CloudError, match="passing"):
        attempts.call()
    assert len(attempts.timeouts) == 1


def test_pauses_are_random_and_grow_to_their_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.retries.os.urandom", lambda count: b"\x80" + b"\0" * (count - 1))
    assert [jitter(attempts) for attempts in (1, 2, 3, 4, 9)] == [0.05, 0.1, 0.2, 0.4, 0.4]
    monkeypatch.undo()
    assert len({jitter(1) for _ in range(20)}) > 1
    assert all(0 <= jitter(1) < FIRST_PAUSE and 0 <= jitter(99) < LONGEST_PAUSE for _ in range(20))
    assert retries.FIRST_PAUSE < retries.LONGEST_PAUSE
