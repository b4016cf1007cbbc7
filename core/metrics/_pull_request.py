"""The key and API path of a closed pull request, for the three metrics of it."""

from core.events import SignedTriggerEvent, repository_of
from core.metric import Key, day
from core.payload import Fields


def closed_pull_request_key(event: SignedTriggerEvent) -> Key:
    """Return the key `{pr_id}-{closed_at}`: a pull request that is reopened and closed again is another fact."""
    pull_request = event.fields("pull_request")
    closed_at = pull_request.time("closed_at")
    identity = (pull_request.integer("id"), closed_at)
    return Key(identity, day=day(closed_at, pull_request.time("updated_at")))


def head_sha(pull_request: Fields) -> str | None:
    """Return the last commit of the branch; None if it is absent."""
    head = pull_request.child_or_none("head")
    return head.text_or_none("sha") if head else None


def pull_request_path(event: SignedTriggerEvent) -> str:
    """Return the path of the pull request in the REST API."""
    repository = repository_of(event)
    number = event.fields("pull_request").integer("number")
    return f"/repos/{repository.owner}/{repository.name}/pulls/{number}"
