"""backfill: once a week, the last days of every watched repository, as GitHub's REST API tells them now.

It finds what GitHub never sent, and what was sent while nobody could recover it. What is stored is left alone.
"""

from collections.abc import Iterable

from core.backfill.cursor import OtherCopy
from core.backfill.walk import Walk
from core.errors import Later, TelemetryError
from core.job import Job, Report
from core.services import Scheduling
from core.watched import watched

_DAY = 86_400_000


def run(services: Scheduling) -> Report:
    """Every watched repository; one that is gone or cannot be read costs the others nothing. `done` counts events."""
    midnight = services.now() // _DAY * _DAY
    since = midnight - services.settings.backfill_days * _DAY
    return reconcile(((each.owner, each.name) for each in watched(services)), since, services)


def reconcile(repositories: Iterable[tuple[str, str]], since: int, services: Scheduling) -> Report:
    """These, since a time in UNIX ms."""
    done = left = 0
    for owner, name in repositories:
        try:
            walked = Walk(owner, name, since, services).go()
        except OtherCopy:
            raise
        except TelemetryError as error:  # gone: there will never be anything to find
            left += isinstance(error, Later)
            services.log("warning", "backfill", "not-looked-at", reason=f"{owner}/{name}: {error}")
            continue
        done, left = done + walked.recovered, left + walked.left
        told = walked._asdict()
        services.log("info", "backfill", "walked", reason=f"{owner}/{name}", **told)
    return Report(done, left)


JOB = Job("backfill", run, hours=120)
