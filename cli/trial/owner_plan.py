"""Plans all repositories of an owner before the first is read, so that the estimate is of all of them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from core.backfill.recorded_reader import RecordedReader, ResponseFile
from core.backfill.run import Backfill
from core.errors import MissingPermission, RetryableError, TelemetryError
from core.services import JobServices

_SIDE_BY_SIDE = 4
"""Repositories that are planned at a time: at 150 ms a response they send more requests than GitHub's limit of points allows."""

MakePlan = Callable[[str, JobServices], Backfill]
"""Plans the repository of this name with these services. Raises TelemetryError."""


class PlannedRepository(NamedTuple):
    """What there is to read of a repository: only numbers, since the plans of hundreds do not fit into memory."""

    name: str
    """Without the owner."""
    reader: RecordedReader | None = None
    """Answers what the plan asked; None if the lists are not read yet."""
    items: int = 0
    calls: int = 0
    """Requests of the lists."""
    expected: int = 0
    """Expected requests of the items."""
    problem: TelemetryError | None = None
    """Why it cannot be read at all; it has no reader then."""


class Estimate(NamedTuple):
    """What there is to read in all."""

    repositories: int
    items: int
    requests: int
    """With those of the lists."""
    expected: int
    """Those that are still to be sent."""
    unlisted: int
    """Repositories whose lists are not read yet: their part is that of the others on average."""


def plan_all(
    names: Sequence[str],
    make_plan: MakePlan,
    services: JobServices,
    file: ResponseFile,
    has_budget: Callable[[], bool],
    progress: Callable[[int], object] = lambda _: None,
) -> Iterator[PlannedRepository]:
    """Yield each repository in the order of their names; one that cannot be planned does not affect the others.

    Once `has_budget` is false, and after a failure that may pass, the lists are read when the repository's turn comes. `progress` is
    called with the number of repositories that are planned.
    """

    def plan(name: str) -> PlannedRepository:
        if not has_budget():
            return PlannedRepository(name)
        reader = RecordedReader(services.github, file)
        try:
            planned = make_plan(name, services._replace(github=reader)).plan
        except TelemetryError as error:
            is_passing = isinstance(error, RetryableError) and not isinstance(error, MissingPermission)
            return PlannedRepository(name, problem=None if is_passing else error)
        reader.rewind()
        return PlannedRepository(name, reader, len(planned.units), planned.calls, planned.expected)

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for number, repository in enumerate(pool.map(plan, names), 1):
            progress(number)
            yield repository


def estimate(repositories: Sequence[PlannedRepository]) -> Estimate:
    """Return the sum of all repositories that can be read."""
    readable = [repository for repository in repositories if repository.problem is None]
    listed = [repository for repository in readable if repository.reader is not None]
    items, calls, expected = (sum(getattr(of, name) for of in listed) for name in ("items", "calls", "expected"))
    unlisted = len(readable) - len(listed)
    share = unlisted / len(listed) if listed else 0.0
    left = expected + round((calls + expected) * share)
    return Estimate(len(readable), items + round(items * share), calls + left, left, unlisted)
