"""Reads when a commit was made, for the metrics that list commits."""

from core.metric import CollectContext
from core.payload import Fields


def commit_time(commit: Fields | None, role: str, context: CollectContext) -> int | None:
    """Return the time of the `author` or `committer` in UNIX ms; None, with an anomaly, if it is missing or impossible.

    The date of a commit is whatever its author's clock or tool wrote: https://git-scm.com/docs/git-commit#_date_formats
    """
    person = commit.child_or_none(role) if commit else None
    if person is None or person.data.get("date") is None:
        context.add_anomaly("missing_time")
        return None
    return context.time(person, "date")
