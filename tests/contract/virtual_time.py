"""Threads on one simulated clock: it moves only when every thread waits, so a test of many seconds takes none."""

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence

from tests.environment import PATIENCE


class VirtualTime:
    """A clock in seconds. One thread runs at a time, that whose pause ends first."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._numbers = itertools.count()

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def pause(self, seconds: float) -> None:
        """Wait until the clock has moved on by so many seconds."""
        turn = threading.Event()
        heapq.heappush(self._waiting, (self.now + seconds, next(self._numbers), turn))
        self._next()
        self._wait(turn)

    def run(self, tasks: Sequence[Callable[[], object]]) -> None:
        """Run each task in a thread; all begin now. Returns when all have ended."""
        threads = [threading.Thread(target=self._task, args=(task, self._turn())) for task in tasks]
        for thread in threads:
            thread.start()
        self._next()
        for thread in threads:
            thread.join(PATIENCE)

    def _turn(self) -> threading.Event:
        turn = threading.Event()
        heapq.heappush(self._waiting, (self.now, next(self._numbers), turn))
        return turn

    def _task(self, task: Callable[[], object], turn: threading.Event) -> None:
        self._wait(turn)
        try:
            task()
        finally:
            self._next()

    def _next(self) -> None:
        if self._waiting:
            self.now, _, turn = heapq.heappop(self._waiting)
            turn.set()

    @staticmethod
    def _wait(turn: threading.Event) -> None:
        if not turn.wait(PATIENCE):
            raise TimeoutError("no other thread ended or paused")
