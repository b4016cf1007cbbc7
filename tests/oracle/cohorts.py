"""Section 10: who wrote a change, and what kind a deployment is of."""

from typing import NamedTuple

from tests.oracle.model import Attempt, Change

UNKNOWN_KIND = "unknown"


class Cohort(NamedTuple):
    """The kind of an item, and whether an assistant took part (None: not known)."""

    kind: str
    """person, bot, agent, mixed or unknown."""
    is_assisted: bool | None


def of_change(change: Change) -> Cohort:
    """Return the cohort of a change: "*assisted* is a flag beside the kind"."""
    kind = change.commit.author_kind
    assistants = change.commit.assistants
    return Cohort(kind or UNKNOWN_KIND, None if assistants is None else bool(assistants))


def of_deployment(attempt: Attempt) -> Cohort:
    """ "A deployment is of a kind if all its changes are, else mixed." """
    found = [of_change(change) for change in attempt.changes]
    kinds = {cohort.kind for cohort in found}
    if not found or attempt.missing or UNKNOWN_KIND in kinds:
        return Cohort(UNKNOWN_KIND, None)
    flags = {cohort.is_assisted for cohort in found}
    is_assisted = True if True in flags else (None if None in flags else False)
    return Cohort(kinds.pop() if len(kinds) == 1 else "mixed", is_assisted)
