"""Section 4: which deployments a rollback takes out."""

from tests.oracle.history import History
from tests.oracle.items import INFERRED, KNOWN, UNKNOWN
from tests.oracle.model import Attempt, Remediation
from tests.oracle.service import Service, Sign

REASON = "rolled back"
NOT_KNOWN = "whether the next one rolled it back is not known"


def link_rollbacks(service: Service) -> None:
    """Find the targets of rollbacks, which come first."""
    for history in service.histories:
        taken_out: set[Attempt] = set()
        for attempt in history.successes:
            if attempt.went_back_after:
                _after_failed(service, attempt)
            elif attempt.is_rollback is None:
                if attempt.replaced is not None:
                    service.sign(attempt.replaced, Sign(UNKNOWN, NOT_KNOWN))
            elif attempt.is_rollback:
                _link(service, attempt, _taken_out(history, attempt, taken_out))


def _after_failed(service: Service, attempt: Attempt) -> None:
    """ "Or the commit of before is deployed again after a failed attempt, under the conditions of 3." """
    for failed, is_certain in attempt.went_back_after:
        certainty = failed.failed if is_certain else UNKNOWN
        remediation = Remediation("rollback", attempt, None, target=failed, certainty=certainty)
        service.remediations.append(remediation)
        service.sign(failed, Sign(certainty, "the deployment before was deployed again", remediation))


def _taken_out(history: History, attempt: Attempt, already: set[Attempt]) -> list[Attempt]:
    """ "Of several successes that a rollback takes out since the latest coming of the commit gone back to …; where that
    commit never was deployed here, the one replaced failed." What an earlier rollback took out is not there anymore.
    """
    before = history.successes[: history.successes.index(attempt)]
    latest = next((index for index in range(len(before) - 1, -1, -1) if before[index].sha == attempt.sha), None)
    if latest is None or attempt.kind == "releases":
        replaced = attempt.replaced
        again = [other for other in before if replaced and other.counts is None and other.replaced is replaced]
        found = [replaced, *(other for other in again if other.sha == replaced.sha)] if replaced else []
    else:
        found = [other for other in before[latest + 1 :] if other not in already and not other.is_rollback]
    already.update(found)
    return found


def _is_certain(attempt: Attempt) -> bool:
    return attempt.counts is True and attempt.is_rollback is not None


def _link(service: Service, attempt: Attempt, found: list[Attempt]) -> None:
    """ "The first failed (inferred; known if it is the only one), the others are unknown." """
    first = found[0] if found else None
    is_certain = attempt.counts is True and all(_is_certain(other) for other in found)
    certainty = (INFERRED if len(found) > 1 else KNOWN) if is_certain else UNKNOWN
    remediation = Remediation("rollback", attempt, None, target=first, certainty=certainty)
    service.remediations.append(remediation)
    for other in found:
        is_first = other is first
        service.sign(other, Sign(certainty if is_first else UNKNOWN, REASON, remediation if is_first else None))
