"""Backfills one repository for a trial: what DORA's five metrics need comes first, and a limit that passes soon is waited for."""

import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from core.backfill.options import BackfillOptions
from core.backfill.run import Backfill, BackfillResult
from core.github.pacing import RequestPace
from core.github.read_errors import HANGING_PAUSE
from core.services import JobServices

_RESERVED = 0.01
"""Share of the hour's requests that other programs with the same token may still send."""
_OF_DEPLOYMENTS = ("deployments", "statuses of deployments", "incidents", "tags")
_OF_CHANGES = ("pull requests", "reviews of pull requests")
_KINDS_FIRST = (*_OF_DEPLOYMENTS, *_OF_CHANGES, "workflow runs")
"""The five DORA metrics need what is first. Jobs and check suites are most of the requests, and only other numbers need them."""
_ATTEMPTS = 3
"""Runs of one repository: a run goes on with what failed in the one before, such as a response that was cut off."""
_PAUSE = HANGING_PAUSE + 1
"""Seconds before the next run: after a time-out no request is sent for a while."""


class Missing(NamedTuple):
    """What is not read yet."""

    kinds: Counter[str]
    """Number of items by kind."""

    @property
    def has_all_deployments(self) -> bool:
        """Whether all deployments, incidents and releases are read."""
        return not any(self.kinds[kind] for kind in _OF_DEPLOYMENTS)

    @property
    def is_enough_for_dora(self) -> bool:
        """Whether all deployments, incidents, releases and pull requests are read."""
        return self.has_all_deployments and not any(self.kinds[kind] for kind in _OF_CHANGES)

    def __str__(self) -> str:
        """Return what is missing, as `1,000 workflow runs, 20 tags`."""
        return ", ".join(f"{number:,} {kind}" for kind, number in self.kinds.items() if number)


Progress = Callable[[int, int, Missing], object]
"""Called with the number of items done, their total number, and what is missing."""


def plan(owner: str, name: str, since: int, services: JobServices, listed_at: int = 0) -> Backfill:
    """List what there is to read, which takes some requests; `listed_at` is that of BackfillOptions. Raises TelemetryError."""
    options = BackfillOptions(_RESERVED, _KINDS_FIRST, is_batched=True, listed_at=listed_at)
    return Backfill(owner, name, since, services, options)


def read(
    backfill: Backfill,
    again: Callable[[], Backfill],
    pace: RequestPace,
    progress: Progress,
    sleep: Callable[[float], object] = time.sleep,
) -> BackfillResult:
    """Read all items, and those that failed for a while again with the backfill that `again` plans. Raises TelemetryError."""
    result = _run(backfill, progress)
    for _ in range(1, _ATTEMPTS):
        if not result.left or pace.refused_until:
            break
        sleep(_PAUSE)
        backfill = again()
        if not backfill.plan.units:
            break
        later = _run(backfill, progress)
        is_stuck = later.left >= result.left  # as without a permission
        result = later._replace(
            recovered=result.recovered + later.recovered, completed=result.completed + later.completed
        )
        if is_stuck:
            break
    return result


def _run(backfill: Backfill, progress: Progress) -> BackfillResult:
    units = backfill.plan.units

    def advance(done: int, total: int) -> None:
        progress(done, total, Missing(Counter(unit.kind for unit in units[done:])))

    return backfill.run(advance)


def minutes(expected: int, points_a_minute: int) -> int:
    """Return how many minutes the expected requests take at least, by GitHub's limit of points a minute."""
    return max(1, round(expected / points_a_minute + 0.25))
