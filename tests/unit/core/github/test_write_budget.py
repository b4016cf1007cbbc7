import pytest

from core.errors import Unavailable
from core.github.write_budget import COMMIT, LONGEST_NAP, PER_HOUR, PER_MINUTE, WriteBudget
from tests.builders import Clock


class Harness:
    """A budget, its clock, and a writer who commits as fast as he is let."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.naps: list[float] = []
        self.budget = WriteBudget(self.clock.seconds, self.nap)
        self.commits: list[float] = []

    def nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.clock.move(seconds)

    def commit(self) -> None:
        """Wait as the queue would."""
        while True:
            try:
                self.budget.wait()
                break
            except Unavailable as error:
                self.clock.move(error.retry_after or 0)
        for _ in range(COMMIT):
            self.budget.acquire()
        self.commits.append(self.clock.seconds())

    def spend(self, count: int) -> None:
        for _ in range(count):
            self.budget.acquire()

    def most(self, window: float) -> int:
        """Write requests in the fullest window of so many seconds."""
        return COMMIT * max(sum(start <= at < start + window for at in self.commits) for start in self.commits)


def test_nothing_was_spent_at_first_and_nothing_waits() -> None:
    harness = Harness()
    assert (harness.budget.spent(), harness.budget.pause()) == (0, 0)


def test_what_was_spent_is_counted_for_an_hour() -> None:
    harness = Harness()
    harness.commit()
    harness.clock.move(1800)
    harness.commit()
    assert harness.budget.spent() == 2 * COMMIT
    harness.clock.move(1800)
    assert harness.budget.spent() == COMMIT


def test_a_few_commits_never_wait() -> None:
    harness = Harness()
    for _ in range(20):
        harness.commit()
        harness.clock.move(10)
    assert harness.naps == []


def test_a_writer_without_a_pause_keeps_to_the_minute_and_the_hour() -> None:
    harness = Harness()
    for _ in range(600):
        harness.commit()
        harness.clock.move(0.01)
    assert harness.most(60) <= PER_MINUTE
    assert harness.most(3600) <= PER_HOUR
    assert harness.most(3600) >= PER_HOUR * 0.9
    assert harness.commits[-1] - harness.commits[0] < 4.5 * 3600


def test_the_second_half_of_the_hour_is_spread_and_leaves_no_hole() -> None:
    harness = Harness()
    for _ in range(400):
        harness.commit()
    gaps = [later - earlier for earlier, later in zip(harness.commits, harness.commits[1:], strict=False)]
    assert max(gaps) <= 70


def test_a_short_wait_is_slept_and_a_long_one_is_the_queue_s() -> None:
    harness = Harness()
    for _ in range(PER_MINUTE // COMMIT):
        harness.commit()
    assert harness.naps == []
    harness.clock.move(50)
    harness.budget.wait()
    assert harness.naps == [pytest.approx(10)]
    with pytest.raises(Unavailable, match="500 writes an hour") as refused:
        harness.spend(2 * PER_HOUR)
    assert harness.budget.spent() == PER_HOUR
    assert refused.value.retry_after is not None
    assert LONGEST_NAP < refused.value.retry_after <= 3600
