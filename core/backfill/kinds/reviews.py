"""Reviews of pull requests. https://docs.github.com/en/rest/pulls/reviews#list-reviews-for-a-pull-request."""

from collections.abc import Iterator, Sequence

from core.backfill.context import BackfillContext, Unit, require_int
from core.events import SignedTriggerEvent
from core.payload import Json


def units(look: BackfillContext) -> Iterator[Unit]:
    """Of every pull request that changed since then, open ones too: a list does not tell whether it was reviewed."""
    yield from (_unit(look, pull) for pull in look.pulls)


def _unit(look: BackfillContext, pull: Json) -> Unit:
    number = require_int(pull, "number", "a pull request")

    def events() -> Sequence[SignedTriggerEvent]:
        reviews = look.github.pages(f"{look.path}/pulls/{number}/reviews")
        return [event for each in reviews if look.is_since(each, "submitted_at") for event in _submitted(each)]

    def _submitted(review: Json) -> list[SignedTriggerEvent]:
        told = {"action": "submitted", "review": review, "pull_request": pull}
        return look.event("pull_request_review", require_int(review, "id", "a review"), told)

    return Unit("reviews of pull requests", number, 1, events)


UNITS = units
