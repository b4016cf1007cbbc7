"""Reviews of pull requests. https://docs.github.com/en/rest/pulls/reviews#list-reviews-for-a-pull-request."""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.events import SignedTriggerEvent
from core.payload import Json


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for every pull request updated since the start, also open ones: the list does not name reviews."""
    yield from (_unit(context, pull) for pull in context.pulls)


def _unit(context: BackfillContext, pull: Json) -> Unit:
    number = require_int(pull, "number", "a pull request")

    def events() -> Sequence[SignedTriggerEvent]:
        reviews = context.github.pages(f"{context.path}/pulls/{number}/reviews")
        return [event for review in reviews if context.is_since(review, "submitted_at") for event in _submitted(review)]

    def _submitted(review: Json) -> list[SignedTriggerEvent]:
        payload = {"action": "submitted", "review": review, "pull_request": pull}
        return context.event("pull_request_review", require_int(review, "id", "a review"), payload)

    return Unit("reviews of pull requests", number, 0 if context.is_batched else 1, events)


UNITS = units
