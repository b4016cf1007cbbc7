"""backfill: reads the last days of every watched repository from GitHub's REST API.

It finds events that GitHub never sent, and events that could not be recovered, and fills the fields that stored records lack:
docs/adr/0020-backfill-fills-only-what-is-absent.md. A run that
has no time for all repositories reports so, and the next run begins with the first one that is left.
"""

import json
from collections.abc import Sequence

from core.backfill.cursor import ConcurrentRunError
from core.backfill.plan import reason_of
from core.backfill.run import RESERVE, Backfill, BackfillOutcome
from core.errors import PermanentError
from core.job import Job, JobOutcome, Report
from core.payload import DAY, parse_json
from core.services import JobServices
from core.watched_repositories import WatchedRepository, watched


def run(services: JobServices) -> Report:
    """Backfill every watched repository; one that cannot be read does not affect the others. `done` counts events."""
    since = services.now() // DAY * DAY - services.settings.backfill_days * DAY
    content = services.store.read(_path(services))
    repositories = _rotate_to(list(watched(services)), _read_cursor(content))
    done = remaining = 0
    for number, repository in enumerate(repositories):
        if services.seconds_left() < RESERVE:
            services.log("warning", "job", JobOutcome.OUT_OF_TIME, reason=f"stopped before {repository.full_name}")
            _write_cursor(repository, content, services)
            return Report(done, remaining + len(repositories) - number)
        report = _backfill(repository, since, services)
        done, remaining = done + report.done, remaining + report.left
    return Report(done, remaining)


def _backfill(repository: WatchedRepository, since: int, services: JobServices) -> Report:
    name = repository.full_name
    try:
        backfill = Backfill(repository.owner, repository.name, since, services)
        for note in backfill.plan.notes:
            services.log("info", "backfill", BackfillOutcome.NOTED, reason=f"{name}: {note}")
        result = backfill.run()
        for sentence in result.unfilled:
            services.log("info", "backfill", BackfillOutcome.NOTED, reason=f"{name}: {sentence}")
    except ConcurrentRunError:
        raise
    except Exception as error:  # noqa: BLE001 (one odd repository must not end the job for the others)
        services.log("warning", "backfill", BackfillOutcome.UNREADABLE, reason=f"{name}: {reason_of(error)}")
        # of one that is gone or blocked there will never be anything to find
        return Report(0, int(not isinstance(error, PermanentError)))
    services.log("info", "backfill", BackfillOutcome.FINISHED, reason=name, **result.counts())
    return Report(result.recovered + result.completed, result.left)


def _rotate_to(repositories: Sequence[WatchedRepository], first: str) -> list[WatchedRepository]:
    """Return all repositories, beginning with `first` if it is still among them."""
    names = [repository.full_name for repository in repositories]
    start = names.index(first) if first in names else 0
    return [*repositories[start:], *repositories[:start]]


def _read_cursor(content: bytes | None) -> str:
    try:
        fields = parse_json(content or b"{}")
    except ValueError:
        return ""
    return str(fields.get("next", "")) if isinstance(fields, dict) else ""


def _write_cursor(first: WatchedRepository, old: bytes | None, services: JobServices) -> None:
    new = (json.dumps({"next": first.full_name}) + "\n").encode()
    if new != old:
        services.store.compare_and_swap(_path(services), old, new)


def _path(services: JobServices) -> str:
    return f"{services.settings.root}_system/backfill/{services.settings.github_host}/next.json"


JOB = Job("backfill", run)
