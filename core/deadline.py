"""Limits the time of a batch, or of one event, and abandons work in threads when that time is over.

The limit is a context variable: it must reach the code that waits or sleeps (requests, pauses before a retry) without being
a parameter of every port. A thread starts with an empty context, so `run_all` gives each of its threads a copy.
"""

import contextvars
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import inf
from typing import Generic, NamedTuple, TypeVar

from core.errors import OutOfTime, RetryableError
from core.services import SecondsLeft, unlimited

T = TypeVar("T")

SETTLING = 0.25
"""Share of the reserve that is for settling messages, after the write."""
_LONGEST_RESERVE, _SHORTEST_RESERVE, _RESERVE_SHARE = 45.0, 10.0, 1 / 3
_TICK = 0.01
"""Seconds by which a time-out may be early."""
_POLL = 0.25
"""Seconds between two checks of the time: a process may be frozen, so no single wait lasts as long as the remaining time."""


class _Limit(NamedTuple):
    seconds_left: SecondsLeft
    error: Callable[[str], RetryableError]
    """What is raised when the time is over."""


_LIMITS: contextvars.ContextVar[tuple[_Limit, ...]] = contextvars.ContextVar("limits", default=())


def reserve(seconds: float) -> float:
    """Return how many of `seconds` are reserved for the write and for settling, after the collecting.

    A commit of 500 files takes ten requests (a head, a tree, five queries of what is stored, a tree, a commit, a branch), which
    GitHub answers within 10 s each but mostly within one.
    """
    return 0.0 if seconds == inf else min(_LONGEST_RESERVE, max(_SHORTEST_RESERVE, seconds * _RESERVE_SHARE))


@contextmanager
def within(seconds_left: SecondsLeft, error: Callable[[str], RetryableError] = OutOfTime) -> Iterator[None]:
    """Limit the time of the body; nested limits all apply."""
    token = _LIMITS.set((*_LIMITS.get(), _Limit(seconds_left, error)))
    try:
        yield
    finally:
        _LIMITS.reset(token)


def seconds_left() -> float:
    """Return the seconds until the first of the limits; infinity if there is none."""
    return min((limit.seconds_left() for limit in _LIMITS.get()), default=inf)


def nap(seconds: float, sleep: Callable[[float], object], what: str) -> None:
    """Sleep; raise OutOfTime at once if that would take longer than the remaining time."""
    if seconds >= seconds_left():
        raise OutOfTime(f"{what}: no time is left to wait {seconds:.0f} s", retry_after=seconds)
    sleep(seconds)


def check(what: str) -> None:
    """Raise the error of the limit that is over, if one is."""
    for limit in _LIMITS.get():
        if limit.seconds_left() <= _TICK:
            raise limit.error(f"{what}: the deadline has passed")


class _Done(NamedTuple, Generic[T]):
    value: T | None
    error: BaseException | None = None


def run_all(tasks: Sequence[Callable[[], T]], threads: int, seconds_left: SecondsLeft = unlimited) -> list[T | None]:
    """Run the tasks concurrently and return their results in order; None for tasks that had not ended in time.

    A task that still runs then continues in its daemon thread, and its result is ignored: tasks must be idempotent. The first
    error of a task is raised.
    """
    waiting = deque(enumerate(tasks))
    results: list[_Done[T] | None] = [None] * len(tasks)
    over = threading.Event()

    def work() -> None:
        while not over.is_set() and seconds_left() > 0:
            try:
                number, task = waiting.popleft()
            except IndexError:
                return
            try:
                results[number] = _Done(task())
            except BaseException as error:  # noqa: BLE001 (raised again where the results are awaited)
                results[number] = _Done(None, error)

    workers = [
        threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True)
        for _ in range(min(threads, len(tasks)) if seconds_left() > 0 else 0)
    ]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            while worker.is_alive() and (remaining := seconds_left()) > 0:
                worker.join(min(remaining, _POLL))
    finally:
        over.set()
    return [_value(result) for result in list(results)]


def run_until(task: Callable[[], T], seconds_left: SecondsLeft, what: str) -> T:
    """Return the task's result; raise OutOfTime and abandon the task to its thread once no seconds are left."""
    if seconds_left() == inf:
        return task()
    [done] = run_all([lambda: _Done(task())], 1, seconds_left)
    if done is None:
        raise OutOfTime(f"{what}: the deadline has passed")
    return done.value  # type: ignore[return-value]  # of a task that ended


def _value(result: _Done[T] | None) -> T | None:
    if result is None:
        return None
    if result.error is not None:
        raise result.error
    return result.value
