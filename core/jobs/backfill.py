"""backfill: the last days of every watched repository, as GitHub's REST API tells them now.

It finds what GitHub never sent, and what was sent while nobody could recover it. What is stored is left alone. A run that has no
time for all of them says so, and the next begins with the first that it did not come to.
"""

import json
from collections.abc import Sequence

from core.backfill.cursor import ConcurrentRunError
from core.backfill.run import RESERVE, Backfill
from core.errors import RetryableError, TelemetryError
from core.job import Job, Report
from core.payload import parse_json
from core.services import JobServices
from core.watched_repositories import WatchedRepository, watched

_DAY = 86_400_000


def run(services: JobServices) -> Report:
    """Every watched repository; one that is gone or cannot be read costs the others nothing. `done` counts events."""
    since = services.now() // _DAY * _DAY - services.settings.backfill_days * _DAY
    told = services.store.read(_path(services))
    repositories = _from(list(watched(services)), _first(told))
    done = left = 0
    for number, each in enumerate(repositories):
        if services.seconds_left() < RESERVE:
            services.log("warning", "job", "out-of-time", reason=f"stopped before {each.owner}/{each.name}")
            _remember(each, told, services)
            return Report(done, left + len(repositories) - number)
        report = _walked(each, since, services)
        done, left = done + report.done, left + report.left
    return Report(done, left)


def _walked(repository: WatchedRepository, since: int, services: JobServices) -> Report:
    name = f"{repository.owner}/{repository.name}"
    try:
        walked = Backfill(repository.owner, repository.name, since, services).go()
    except ConcurrentRunError:
        raise
    except TelemetryError as error:
        services.log("warning", "backfill", "not-looked-at", reason=f"{name}: {error}")
        return Report(
            0, int(isinstance(error, RetryableError))
        )  # of one that is gone there will never be anything to find
    services.log("info", "backfill", "walked", reason=name, **walked._asdict())
    return Report(walked.recovered, walked.left)


def _from(repositories: Sequence[WatchedRepository], first: str) -> list[WatchedRepository]:
    """All of them, beginning with that one where it is still among them."""
    names = [f"{each.owner}/{each.name}" for each in repositories]
    start = names.index(first) if first in names else 0
    return [*repositories[start:], *repositories[:start]]


def _first(told: bytes | None) -> str:
    try:
        known = parse_json(told or b"{}")
    except ValueError:
        return ""
    return str(known.get("next", "")) if isinstance(known, dict) else ""


def _remember(first: WatchedRepository, told: bytes | None, services: JobServices) -> None:
    new = (json.dumps({"next": f"{first.owner}/{first.name}"}) + "\n").encode()
    if new != told:
        services.store.compare_and_swap(_path(services), told, new)


def _path(services: JobServices) -> str:
    return f"{services.settings.root}_system/backfill/{services.settings.github_host}/next.json"


JOB = Job("backfill", run, hours=120)
