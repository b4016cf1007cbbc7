"""survey_tooling: queues once a day an event for every watched repository that records the tooling it uses.

It only queues one `deven::tooling-usage` event for each; the worker reads and stores. The day is part of the key, so a
second run on the same day changes nothing.
"""

from core import message
from core.errors import Unavailable
from core.events import SignedTriggerEvent
from core.job import Job, JobOutcome, Report
from core.payload import Json, day_of
from core.services import JobServices
from core.watched_repositories import WatchedRepository, watched

SIGNATURE = "deven::tooling-usage"
_RESERVE = 15.0
"""Seconds before the time limit at which no further repository begins."""


def run(services: JobServices) -> Report:
    """Queue an event for each repository. Raises Unavailable or TransientReadError if they cannot be listed."""
    repositories = list(watched(services))
    failed = 0
    for number, repository in enumerate(repositories):
        if services.seconds_left() < _RESERVE:
            services.log(
                "warning", "job", JobOutcome.OUT_OF_TIME, reason=f"stopped before {repository.owner}/{repository.name}"
            )
            return Report(number - failed, len(repositories) - number + failed)
        try:
            services.queue.send(message.encode(_event(repository, services)))
        except Unavailable as error:
            failed += 1
            services.log(
                "warning", "job", JobOutcome.NOT_QUEUED, reason=f"{repository.owner}/{repository.name}: {error}"
            )
    return Report(len(repositories) - failed, failed)


def _event(repository: WatchedRepository, services: JobServices) -> SignedTriggerEvent:
    now = services.now()
    day = day_of(now)
    payload: Json = {"owner": repository.owner, "repo": repository.name, "day": day}
    if repository.id is not None:
        payload["repository_id"] = repository.id
    delivery = f"survey-tooling-{day}-{repository.owner}-{repository.name}"
    return SignedTriggerEvent(SIGNATURE, delivery, now, payload, "schedule", services.settings.github_host)


JOB = Job("survey_tooling", run)
