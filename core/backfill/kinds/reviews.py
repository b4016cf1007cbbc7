"""Reviews of pull requests. https://docs.github.com/en/rest/pulls/reviews#list-reviews-for-a-pull-request."""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int, time_of
from core.events import SignedTriggerEvent
from core.payload import Json


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for every pull request updated since the start, also open ones: the list does not name reviews."""
    yield from (_unit(context, pull) for pull in context.pulls)


def _unit(context: BackfillContext, pull: Json) -> Unit:
    number = require_int(pull, "number", "a pull request")

    def events() -> Sequence[SignedTriggerEvent]:
        reviews = list(context.github.pages(f"{context.path}/pulls/{number}/reviews"))
        if not all(time_of(review, "submitted_at") <= time_of(pull, "updated_at") for review in reviews):
            context.changing.add(unit.name)  # the list does not show every review
        return [event for review in reviews if context.is_since(review, "submitted_at") for event in _submitted(review)]

    def _submitted(review: Json) -> list[SignedTriggerEvent]:
        payload = {"action": "submitted", "review": review, "pull_request": pull}
        return context.event("pull_request_review", require_int(review, "id", "a review"), payload)

    unit = Unit("reviews of pull requests", number, 0 if context.is_batched else 1, events, context.state(pull))
    return unit


UNITS = units
