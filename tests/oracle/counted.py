"""Sections 3 and 8: deployments, attempts that failed or were cancelled, and failures that are possible."""

from tests.oracle.failures import NOT_COUNTED, change_failures, counted_attempt
from tests.oracle.items import UNKNOWN, Item, known, unknown
from tests.oracle.model import Attempt, Change
from tests.oracle.paths import FILES_NOT_KNOWN
from tests.oracle.service import Service


def frequencies(service: Service) -> dict[Attempt, Item]:
    """Return an item for each deployment: a failed attempt is none."""
    return {
        attempt: known(1) if attempt.counts else unknown(NOT_COUNTED)
        for attempt in service.attempts
        if attempt.is_success
    }


def failed_attempts(service: Service) -> dict[Attempt, Item]:
    """Return the failed attempts that are no failed changes: "the attempt is counted apart"."""
    changes = change_failures(service)
    return {
        attempt: counted_attempt(attempt)
        for attempt in service.attempts
        if attempt.state == "failed" and (attempt not in changes or changes[attempt].value is None)
    }


def cancelled_attempts(service: Service) -> dict[Attempt, Item]:
    """Return the cancelled attempts: "cancelled ones apart again"."""
    return {
        attempt: known(1) if attempt.counts else unknown(NOT_COUNTED)
        for attempt in service.attempts
        if attempt.state == "cancelled"
    }


def possible_failures(service: Service) -> dict[Attempt, Item]:
    """Return the failed attempts that "a change written after it followed within `hotfix_hours`",
    as far as is known.
    """
    result = {}
    for failed, answer in failed_attempts(service).items():
        followed = [
            other
            for other in service.history_of(failed).successes
            if failed.end < other.end <= failed.end + failed.rule.hotfix
            and any(_is_written_after(change, failed.end) for change in other.changes)
        ]
        if followed:
            result[failed] = answer
    return result


def _is_written_after(change: Change, time: int) -> bool:
    is_known = change.certainty != UNKNOWN or change.reason == FILES_NOT_KNOWN
    return is_known and change.commit.authored is not None and change.commit.authored > time
