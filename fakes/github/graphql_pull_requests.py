"""Answers the GraphQL queries about pull requests and numbers."""

import re
from collections.abc import Iterable

from fakes.github.graphql_api import Answer, Query, not_found
from fakes.github.json_object import Json
from fakes.github.serializers import Urls, commit_object
from fakes.github.state import Commit, File, PullRequest, Repository

_ALIAS = re.compile(r"(\w+): issueOrPullRequest\(number: (\d+)\)")
_PULL_ALIAS = re.compile(r"(\w+): pullRequest\(number: (\d+)\)")
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
    number = int(query.variables["number"])
    if not _is_pull_request(query.repository, number):
        error = not_found(
            f"Could not resolve to a PullRequest with the number of {number}.", "repository", "pullRequest"
        )
        return Answer({"pullRequest": None}, [error])
    return Answer({"pullRequest": _timeline(query.repository, number)}, [])


def pull_requests(query: Query) -> Answer:
    """Return the timeline, the first commits, files and reviews of each aliased pull request."""
    values: Json = {}
    errors: list[Json] = []
    for alias, digits in _PULL_ALIAS.findall(query.text):
        number = int(digits)
        if _is_pull_request(query.repository, number):
            values[alias] = _timeline(query.repository, number) | _lists(query, number)
        else:
            values[alias] = None
            message = f"Could not resolve to a PullRequest with the number of {number}."
            errors.append(not_found(message, "repository", alias))
    return Answer(values, errors)


def _lists(query: Query, number: int) -> Json:
    pull, history = query.repository.pulls.get(number) or PullRequest(), query.repository.history
    reviews = [
        {"fullDatabaseId": str(item["id"]), "submittedAt": item.get("submitted_at"), "author": _actor(item["user"])}
        | {"state": str(item["state"]).upper()}
        for item in history.reviews.get(number, [])
    ]
    return {
        "commits": _connection(query, "commits", [{"commit": _commit(commit)} for commit in pull.commits]),
        "files": _connection(query, "files", [_file(file) for file in pull.files]),
        "allReviews": _connection(query, "allReviews: reviews", reviews),
    }


def _connection(query: Query, name: str, nodes: list[Json]) -> Json:
    """Return the first nodes of a connection, as many as the query asks for."""
    [first] = re.findall(rf"\b{name}\(first: (\d+)\)", query.text)
    return {"totalCount": len(nodes), "nodes": nodes[: int(first)]}


def _commit(commit: Commit) -> Json:
    """Convert a commit. GraphQL has no account for many bots: sourcecred/sourcecred#996."""
    urls = Urls("https://api.github.com", "nobody/nothing")
    rest = commit_object(urls, commit)
    user = rest["author"] if rest["author"] and rest["author"]["type"] == "User" else None
    times = {name: (rest["commit"][name] or {}).get("date") for name in ("author", "committer")}
    account = user and {"id": f"U_{user['id']}", "login": user["login"]}
    author = rest["commit"]["author"]
    return {
        "oid": commit.sha,
        "message": commit.message,
        "authoredDate": times["author"],
        "committedDate": times["committer"],
        "parents": {"totalCount": len(rest["parents"])},
        "author": author and {"email": author["email"], "user": account},
    }


def _file(file: File) -> Json:
    return {"path": file.filename, "changeType": {"removed": "DELETED"}.get(file.status, file.status.upper())}


def _timeline(repository: Repository, number: int) -> Json:
    history = repository.history
    reviews = [_review(review) for review in history.reviews.get(number, [])]
    approvals = [review for review in reviews if review.pop("state") == "APPROVED"]
    return {
        "author": _actor(history.pulls.get(number, {}).get("user")),
        "firstReady": _events(repository, number, "ReadyForReviewEvent", slice(1)),
        "lastReady": _events(repository, number, "ReadyForReviewEvent", slice(-1, None)),
        "drafted": _events(repository, number, "ConvertToDraftEvent", slice(-1, None)),
        "queued": _events(repository, number, "AddedToMergeQueueEvent", slice(-1, None)),
        "dequeued": _events(repository, number, "RemovedFromMergeQueueEvent", slice(-1, None)),
        "firstReviews": {"pageInfo": {"hasNextPage": len(reviews) > 100}, "nodes": reviews[:100]},
        "lastApprovals": {"pageInfo": {"hasPreviousPage": len(approvals) > 100}, "nodes": approvals[-100:]},
    }


def _is_pull_request(repository: Repository, number: int) -> bool:
    return number in repository.history.pulls or repository.pulls.get(number) is not None


def _events(repository: Repository, number: int, kind: str, part: slice) -> Json:
    """Return some events of one kind; the type itself is not part of the query."""
    listed: Iterable[Json] = repository.history.timelines.get(number, [])
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


OPERATIONS = {"NumberKinds": number_kinds, "PullRequests": pull_requests, "PullRequestTimeline": timeline}
