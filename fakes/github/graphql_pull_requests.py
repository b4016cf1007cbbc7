"""Answers the GraphQL queries about pull requests and numbers."""

import re
from collections.abc import Iterable

from fakes.github.graphql_api import Answer, Query, not_found
from fakes.github.json_object import Json
from fakes.github.state import Repository

_ALIAS = re.compile(r"(\w+): issueOrPullRequest\(number: (\d+)\)")
_REVIEWS = ("APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED")


def number_kinds(query: Query) -> Answer:
    """Say of each aliased number whether it is an issue or a pull request."""
    values: Json = {}
    errors: list[Json] = []
    history = query.repository.history
    for alias, digits in _ALIAS.findall(query.text):
        number = int(digits)
        kind = (
            "PullRequest"
            if _is_pull_request(query.repository, number)
            else "Issue"
            if number in history.issues
            else None
        )
        values[alias] = None if kind is None else {"__typename": kind}
        if kind is None:
            message = f"Could not resolve to an issue or pull request with the number of {number}."
            errors.append(not_found(message, "repository", alias))
    return Answer(values, errors)


def timeline(query: Query) -> Answer:
    """Return the events and reviews of a pull request."""
    number, history = int(query.variables["number"]), query.repository.history
    if not _is_pull_request(query.repository, number):
        error = not_found(
            f"Could not resolve to a PullRequest with the number of {number}.", "repository", "pullRequest"
        )
        return Answer({"pullRequest": None}, [error])
    reviews = [_review(review) for review in history.reviews.get(number, [])]
    approvals = [review for review in reviews if review.pop("state") == "APPROVED"]
    fields = {
        "author": _actor(history.pulls.get(number, {}).get("user")),
        "firstReady": _events(query, "ReadyForReviewEvent", slice(1)),
        "lastReady": _events(query, "ReadyForReviewEvent", slice(-1, None)),
        "drafted": _events(query, "ConvertToDraftEvent", slice(-1, None)),
        "queued": _events(query, "AddedToMergeQueueEvent", slice(-1, None)),
        "dequeued": _events(query, "RemovedFromMergeQueueEvent", slice(-1, None)),
        "firstReviews": {"pageInfo": {"hasNextPage": len(reviews) > 100}, "nodes": reviews[:100]},
        "lastApprovals": {"pageInfo": {"hasPreviousPage": len(approvals) > 100}, "nodes": approvals[-100:]},
    }
    return Answer({"pullRequest": fields}, [])


def _is_pull_request(repository: Repository, number: int) -> bool:
    return number in repository.history.pulls or repository.pulls.get(number) is not None


def _events(query: Query, kind: str, part: slice) -> Json:
    """Return some events of one kind; the type itself is not part of the query."""
    listed: Iterable[Json] = query.repository.history.timelines.get(int(query.variables["number"]), [])
    events = [event for event in listed if event["__typename"] == kind]
    return {"nodes": [{key: event[key] for key in event if key != "__typename"} for event in events[part]]}


def _review(review: Json) -> Json:
    """Convert a review of the REST API; reviews that are pending are not listed there."""
    state = str(review["state"]).upper()
    if state not in _REVIEWS:
        raise ValueError(state)
    return {"state": state, "submittedAt": review["submitted_at"], "author": _actor(review["user"])}


def _actor(user: Json | None) -> Json | None:
    """Convert an account of the REST API: a bot's login has no `[bot]` here, and a deleted account is null."""
    if user is None or user["login"] == "ghost":
        return None
    return {"__typename": user["type"], "login": str(user["login"]).removesuffix("[bot]")}


OPERATIONS = {"NumberKinds": number_kinds, "PullRequestTimeline": timeline}
