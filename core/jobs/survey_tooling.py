"""survey_tooling: asks once a day, of every watched repository, which tooling it uses.

It only queues one `deven::tooling-usage` event for each; the worker reads and stores. The day is part of the fact, so a
second run of the same day changes nothing.
"""

from core import message
from core.errors import Unavailable
from core.events import SignedTriggerEvent
from core.job import Job, Report
from core.payload import Json, day_of
from core.services import JobServices
from core.watched_repositories import WatchedRepository, watched

SIGNATURE = "deven::tooling-usage"
_RESERVE = 15.0
"""Seconds before the end at which no further repository is begun."""


def run(services: JobServices) -> Report:
    """Queue an event for each; raises Unavailable or TransientReadError where the list of repositories cannot be read."""
    repositories = list(watched(services))
    failed = 0
    for number, repository in enumerate(repositories):
        if services.seconds_left() < _RESERVE:
            services.log("warning", "job", "out-of-time", reason=f"stopped before {repository.owner}/{repository.name}")
            return Report(number - failed, len(repositories) - number + failed)
        try:
            services.queue.send(message.encode(_event(repository, services)))
        except Unavailable as error:
            failed += 1
            services.log("warning", "job", "not-queued", reason=f"{repository.owner}/{repository.name}: {error}")
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
