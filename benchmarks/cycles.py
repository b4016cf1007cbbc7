"""Records of one change that refer to one another: pull request, commits, reviews, deployments, incident and tag.

The numbers of a cycle decide what happens in it, so that every run has the same failures, rollbacks, reverts, hotfixes
and incidents.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tests.unit.warehouse import scenarios
from tests.unit.warehouse.scenarios import HOUR, RecordSpec

_FIRST_ID = 3_000_000_000
"""The smallest id: of as many digits as GitHub's are."""
_IDS = 64
"""Ids of one cycle."""
_FIRST_REPOSITORY = 186_853_002
_STAGING, _FAILURE, _TAG, _ROLLBACK, _INCIDENT, _REVERT = 4, 10, 12, 15, 25, 30
"""Every how many cycles of a repository each of these happens."""


class Cycle(NamedTuple):
    """One change of one repository."""

    number: int
    repositories: int
    merged_at: int
    """UNIX ms."""

    @property
    def nth(self) -> int:
        """Return the position among the cycles of the repository, from 0."""
        return self.number // self.repositories

    @property
    def repo(self) -> str:
        """Return the repository's name."""
        return f"service-{self.number % self.repositories}"

    @property
    def repository_id(self) -> int:
        """Return the repository's id."""
        return _FIRST_REPOSITORY + self.number % self.repositories

    @property
    def first_id(self) -> int:
        """Return the first id of the cycle."""
        return _FIRST_ID + self.number * _IDS

    @property
    def sha(self) -> str:
        """Return the merge commit."""
        return _sha(self.number)

    def happens(self, every: int) -> bool:
        """Return whether something happens in this cycle that happens every so many cycles."""
        return self.nth % every == every - 1


def linked_records(cycle: Cycle) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of the records of a cycle, except its jobs and check suites."""
    for spec in (*_pull_request(cycle), *_deployments(cycle), *_others(cycle)):
        path, content = scenarios.file(spec)
        folder, _, name = path.rpartition("/")
        day = datetime.fromtimestamp(spec.received_at / 1000, UTC).date()
        yield f"{folder}/{day}/{name}", content


def _pull_request(cycle: Cycle) -> list[RecordSpec]:
    number, merged = cycle.number + 1, cycle.merged_at
    return [
        *scenarios.pull_request(
            number,
            merged - 20 * HOUR,
            merged,
            cycle.sha,
            [merged - hours * HOUR for hours in (30, 22, 2)],
            revert=cycle.happens(_REVERT),
            **_record(cycle, merged),
        ),
        *(
            spec._replace(**_record(cycle, merged))
            for spec in (
                scenarios.documented(number, merged, number % 3),
                scenarios.review(cycle.first_id, number, merged - 5 * HOUR),
                scenarios.review(cycle.first_id + 1, number, merged - HOUR, bot=True),
            )
        ),
    ]


def _deployments(cycle: Cycle) -> Iterator[RecordSpec]:
    deployment, when = cycle.first_id + 10, cycle.merged_at + HOUR // 4
    if cycle.happens(_STAGING):
        yield from _deployed(cycle, deployment, when, cycle.sha, env="staging")
    if cycle.happens(_FAILURE):
        failed_at = cycle.merged_at - 3 * HOUR
        yield scenarios.failure(deployment + 1, failed_at, _sha(-cycle.number), **_record(cycle, failed_at))
    before = _sha(cycle.number - cycle.repositories)
    reverted = before if cycle.happens(_REVERT) else None
    commit = scenarios.commit(cycle.sha, cycle.merged_at, reverts=reverted, number=cycle.number + 1)
    yield from _deployed(
        cycle, deployment + 2, when + HOUR // 4, cycle.sha, commit, first=cycle.nth == 0, before=before
    )
    if cycle.happens(_ROLLBACK):
        yield from _deployed(cycle, deployment + 3, when + HOUR // 2, before, back=True, before=cycle.sha)


def _deployed(
    cycle: Cycle, deployment: int, when: int, sha: str, *commits: Any, env: str = scenarios.PRODUCTION, **status: Any
) -> Iterator[RecordSpec]:
    requested = scenarios.requested(deployment, when, HOUR, env=env)
    yield requested._replace(**_record(cycle, when))
    yield scenarios.success(deployment, when, sha, *commits, env=env, **status, **_record(cycle, when))


def _others(cycle: Cycle) -> Iterator[RecordSpec]:
    when = cycle.merged_at + 2 * HOUR
    if cycle.happens(_INCIDENT):
        yield from scenarios.incident(cycle.first_id + 20, when, when + HOUR, **_record(cycle, when))
    if cycle.happens(_TAG):
        yield scenarios.tag(f"v1.{cycle.nth}.0", when)._replace(**_record(cycle, when))


def _record(cycle: Cycle, received_at: int) -> dict[str, Any]:
    return {"received_at": received_at, "repo": f"octo-org/{cycle.repo}", "repository_id": cycle.repository_id}


def _sha(number: int) -> str:
    return hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()
