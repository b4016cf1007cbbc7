import time

from core.clock import now


def test_the_clock_returns_whole_milliseconds() -> None:
    before = time.time_ns()
    milliseconds = now()
    assert before // 1_000_000 <= milliseconds <= time.time_ns() // 1_000_000
