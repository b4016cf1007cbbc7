"""tooling-usage: whether a repository uses the documentation skeleton, and which version of it.

The event is our own, not GitHub's: it is queued once a day for each watched repository.
"""

import re
from datetime import date
from typing import NamedTuple

from core.errors import MalformedPayload
from core.events import SignedTriggerEvent
from core.metric import CollectContext, Key, Metric
from core.metrics._json_file import JsonFile, json_file
from core.payload import day_of

CONFIG = "deven-skeleton-install.config.json"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Output(NamedTuple):
    """One repository on one day."""

    documentation_skeleton_config: JsonFile | None
    """The skeleton's configuration file at the default branch; null if GitHub could not be read."""


def applies(_: SignedTriggerEvent) -> bool:
    """Select every event: it has no other use."""
    return True


def key(event: SignedTriggerEvent) -> Key:
    """Return the payload's `day`; else the UTC day on which it was received."""
    day = event.fields().text_or_none("day")
    if day is not None and not _is_day(day):
        raise MalformedPayload("day: expected YYYY-MM-DD")
    snapshot = day or day_of(event.received_at)
    return Key((snapshot,), day=snapshot)


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read one file at the default branch."""
    key(event)  # an invalid day is rejected before GitHub is read
    return Output(json_file(event, CONFIG, context))


METRIC = Metric("tooling-usage", "deven::tooling-usage", Output, applies, key, collect, repository_scoped=True)
