"""GraphQL's answers about the timeline of a pull request."""

from typing import Any

from tests.unit.core.metrics.fakes import FakeGitHub

AUTHOR = {"__typename": "User", "login": "mona-author"}
PERSON = {"__typename": "User", "login": "rev-one"}
BOT = {"__typename": "Bot", "login": "dependabot"}
EVENTS = ("firstReady", "lastReady", "drafted", "queued", "dequeued")


def at(clock: str) -> str:
    """A time of the day on which tests/webhooks/pull_request_merged.json is merged, at 09:30:00."""
    return f"2026-11-20T{clock}Z"


def review(clock: str, author: Any = PERSON) -> dict[str, Any]:
    return {"submittedAt": at(clock), "author": author}


def pull_request(
    *, first_reviews: Any = (), approvals: Any = (), more: bool = False, author: Any = AUTHOR, **events: Any
) -> dict[str, Any]:
    """The answer; an event is its time, or an object with more fields."""
    nodes = {name: events.get(name) for name in EVENTS}
    listed = {
        name: [{"createdAt": at(node)} if isinstance(node, str) else node] for name, node in nodes.items() if node
    }
    return {
        "author": author,
        **{name: {"nodes": listed.get(name, [])} for name in EVENTS},
        "firstReviews": {"pageInfo": {"hasNextPage": more}, "nodes": list(first_reviews)},
        "lastApprovals": {"pageInfo": {"hasPreviousPage": more}, "nodes": list(approvals)},
    }


def answering(answer: Any) -> FakeGitHub:
    return FakeGitHub(queries={"PullRequestTimeline": answer})


def with_timeline(**fields: Any) -> FakeGitHub:
    """A GitHub that knows the timeline of one pull request."""
    return answering({"repository": {"pullRequest": pull_request(**fields)}})
