"""survey_tooling: asks once a day, of every watched repository, which tooling it uses.

It only queues one `deven::tooling-usage` event for each; the worker reads and stores. The day is part of the fact, so a
second run of the same day changes nothing.
"""

from collections.abc import Iterator
from typing import NamedTuple

from core import message
from core.errors import TelemetryError, Unavailable
from core.events import SignedTriggerEvent, is_account_name, is_repository_name
from core.job import Job, Report
from core.payload import Fields, Json, day_of
from core.services import Scheduling

SIGNATURE = "deven::tooling-usage"
_RESERVE = 15.0
"""Seconds before the end at which no further repository is begun."""


class _Watched(NamedTuple):
    owner: str
    name: str
    id: int | None = None


def run(services: Scheduling) -> Report:
    """Queue an event for each; raises Unavailable or ReadFailed where the list of repositories cannot be read."""
    watched = list(_watched(services))
    failed = 0
    for number, repository in enumerate(watched):
        if services.seconds_left() < _RESERVE:
            services.log("warning", "job", "out-of-time", reason=f"stopped before {repository.owner}/{repository.name}")
            return Report(number - failed, len(watched) - number + failed)
        try:
            services.queue.put(message.encode(_event(repository, services)))
        except Unavailable as error:
            failed += 1
            services.log("warning", "job", "not-queued", reason=f"{repository.owner}/{repository.name}: {error}")
    return Report(len(watched) - failed, failed)


def _watched(services: Scheduling) -> Iterator[_Watched]:
    """Those of WATCHED_REPOSITORIES, else all that the source token can see, but for archived ones and our own data.

    https://docs.github.com/en/rest/repos/repos#list-repositories-for-the-authenticated-user
    """
    settings = services.settings
    if settings.watched:
        yield from (_Watched(owner, name) for owner, name in settings.watched)
        return
    data = f"{settings.repo_owner}/{settings.repo_name}".lower()
    for each in services.github.pages("/user/repos"):
        fields = Fields(each)
        found = _Watched(fields.child("owner").text("login"), fields.text("name"), fields.integer_or_none("id"))
        if each.get("archived") or f"{found.owner}/{found.name}".lower() == data:
            continue
        if not is_account_name(found.owner) or not is_repository_name(found.name):
            raise TelemetryError("GitHub lists a repository whose name is none of GitHub's")
        yield found


def _event(repository: _Watched, services: Scheduling) -> SignedTriggerEvent:
    now = services.now()
    day = day_of(now)
    payload: Json = {"owner": repository.owner, "repo": repository.name, "day": day}
    if repository.id is not None:
        payload["repository_id"] = repository.id
    delivery = f"survey-tooling-{day}-{repository.owner}-{repository.name}"
    return SignedTriggerEvent(SIGNATURE, delivery, now, payload, "schedule", services.settings.github_host)


JOB = Job("survey_tooling", run)
