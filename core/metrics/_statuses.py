"""Reads the statuses of one deployment with one request, for the metrics that need to know when it waited or began.

https://docs.github.com/en/rest/deployments/statuses#list-deployment-statuses
"""

from typing import NamedTuple

from core.errors import MalformedPayload, MissingPermission, PermanentError
from core.events import SignedTriggerEvent, repository_of
from core.metric import CollectContext
from core.payload import Fields


class Status(NamedTuple):
    """One status of a deployment."""

    created_at: int
    """UNIX ms."""
    id: int
    state: str


class Statuses(NamedTuple):
    """The statuses of a deployment, of one page."""

    listed: list[Status]
    """At most a hundred, the oldest first."""
    are_all: bool
    """Whether there are no others, and each has its time."""


def read_statuses(event: SignedTriggerEvent, deployment: int, context: CollectContext) -> Statuses | None:
    """Return the statuses of a deployment; None if GitHub could not be read, or does not give them to this token.

    A job, and the failure of a deployment, are recorded without them: neither needs a right to deployments otherwise. A
    deployment may be deleted: https://docs.github.com/en/rest/deployments/deployments#delete-a-deployment
    """
    repository = repository_of(event)
    path = f"/repos/{repository.owner}/{repository.name}/deployments/{deployment}/statuses"
    try:
        page = context.try_read(lambda: context.github.page(path, {}))
    except MalformedPayload:
        raise
    except (PermanentError, MissingPermission):
        context.add_anomaly("no_statuses")
        return None
    if page is None:
        return None
    items, following = page
    statuses = [status for item in items if (status := _status(Fields(item, "status"))) is not None]
    return Statuses(sorted(statuses), following is None and len(statuses) == len(items))


def _status(fields: Fields) -> Status | None:
    created_at, id, state = fields.time("created_at"), fields.integer_or_none("id"), fields.text_or_none("state")
    return None if created_at is None or id is None or state is None else Status(created_at, id, state)
