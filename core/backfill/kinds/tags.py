"""Tags: GitHub sends no events if more than three are pushed at once. The list has no times, the commits have.

https://docs.github.com/en/rest/repos/repos#list-repository-tags
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from core.backfill.context import BackfillContext, Unit
from core.errors import TransientReadError
from core.events import SignedTriggerEvent
from core.payload import Fields, Json

_CALLS = 3
"""Usual requests of a tag: its commit, the query for the release before, and the comparison with it."""


def units(context: BackfillContext) -> Iterator[Unit]:
    """Yield a unit for every tag whose record is missing: its commit is requested once, to see if it is too old."""
    for tag in context.github.pages(f"{context.path}/tags"):
        name = Fields(tag, "tag").text("name")
        if created := context.event("create", quote(name, safe=""), {"ref": name, "ref_type": "tag"}):
            yield _unit(context, name, tag, created)


def _unit(context: BackfillContext, name: str, tag: Json, created: Sequence[SignedTriggerEvent]) -> Unit:
    def events() -> Sequence[SignedTriggerEvent]:
        sha = Fields(tag, "tag").child("commit").text("sha")
        if not sha.isalnum():
            raise TransientReadError(f"the tag {name} does not point to a commit")
        committer = (
            Fields(context.github.object(f"{context.path}/commits/{sha}")).child("commit").child("committer").data
        )
        return created if context.is_since(committer, "date") else ()

    return Unit("tags", name, _CALLS, events)


UNITS = units
