"""How long a piece of code takes on a machine that others use too."""

import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

BLOCKS = 20
_WARM = 5


class Timing(NamedTuple):
    """Seconds of one run."""

    quiet: float
    """The median of the quietest of BLOCKS stretches: what the code takes while nobody else is in the way."""
    median: float
    """Of all runs, whoever was in the way."""


def measure(ways: Mapping[str, Callable[[], object]], seconds: float) -> dict[str, Timing]:
    """Time all functions in turns, for some seconds in all, so that a slow minute affects all of them."""
    for once in ways.values():
        for _ in range(_WARM):
            once()
    stretches: dict[str, list[list[float]]] = {name: [] for name in ways}
    for _ in range(BLOCKS):
        for name, once in ways.items():
            stretches[name].append(_stretch(once, seconds / BLOCKS))
    return {name: _timing(durations) for name, durations in stretches.items()}


def cpu_of_children() -> float:
    """Return the CPU seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def quietest(times: Sequence[float], runs: int = 3) -> float:
    """Return the median of the quietest stretch of so many runs, in their order; at least one stretch is needed."""
    bounds = range(0, len(times) + 1, runs)
    return min(statistics.median(times[first:last]) for first, last in pairwise(bounds))


def _timing(stretches: list[list[float]]) -> Timing:
    return Timing(min(map(statistics.median, stretches)), statistics.median(t for times in stretches for t in times))


def _stretch(once: Callable[[], object], seconds: float) -> list[float]:
    times: list[float] = []
    ends = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < ends:
        start = time.perf_counter()
        once()
        times.append(time.perf_counter() - start)
    return times
