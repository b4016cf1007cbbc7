"""review: when a review of a pull request was submitted, and what it said of it.

The reviewer is not recorded, only whether it is a bot.
https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request_review
"""

from typing import NamedTuple

from core.events import SignedTriggerEvent
from core.metric import CollectContext, Key, Metric, day
from core.metrics._account import account
from core.metrics._predicates import action_is
from core.payload import Fields

_BOT = "[bot]"  # the end of an App's login: https://docs.github.com/en/rest/users/users


class Output(NamedTuple):
    """One submitted review."""

    id: int
    """The review's id."""
    pr_id: int
    """The pull request's id (not its number)."""
    pr_number: int | None
    """The pull request's number, by which people know it."""
    state: str | None
    """What it said: `approved`, `changes_requested`, `commented`; `dismissed` where that came before it was read."""
    submitted_at: int | None
    """When it was submitted (UNIX ms)."""
    is_bot: bool | None
    """Whether a bot wrote it; null if the account is gone."""


def applies(event: SignedTriggerEvent) -> bool:
    """Select submitted reviews; the other actions edit or dismiss one."""
    return action_is(event, "submitted")


def key(event: SignedTriggerEvent) -> Key:
    """Return the review's id: a review is submitted once."""
    review = event.fields("review")
    return Key((review.integer("id"),), day=day(review.time("submitted_at")))


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload. GitHub's webhooks write the state in lower case, its REST API in upper case."""
    review, pull_request = event.fields("review"), event.fields("pull_request")
    state = review.text_or_none("state")
    return Output(
        id=review.integer("id"),
        pr_id=pull_request.integer("id"),
        pr_number=pull_request.integer_or_none("number"),
        state=None if state is None else state.lower(),
        submitted_at=context.time(review, "submitted_at"),
        is_bot=_is_bot(review.child_or_none("user")),
    )


def _is_bot(user: Fields | None) -> bool | None:
    login = account(user)
    if user is None or login is None:
        return None
    return user.text_or_none("type") == "Bot" or login.endswith(_BOT)


METRIC = Metric("review", "github::pull_request_review", Output, applies, key, collect)
