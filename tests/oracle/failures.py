"""Sections 2 to 4 and 6: which deployments failed, and when they recovered."""

from tests.oracle.items import KNOWN, ORDER, UNKNOWN, Item, best, item, known, unknown, worst
from tests.oracle.model import Attempt, Incident, Remediation
from tests.oracle.service import Service

NOT_COUNTED = "whether it is a deployment is not known"


def is_failed(service: Service, attempt: Attempt) -> Item:
    """Return whether an attempt failed: one known sign is enough, and a sign that is not known leaves it unknown."""
    signs = service.signs.get(attempt, [])
    if attempt.counts is None:
        return unknown(NOT_COUNTED)
    if signs:
        certainty = best(sign.certainty for sign in signs)
        certainty = worst([certainty, attempt.failed])
        reason = next(sign.reason for sign in signs if sign.certainty == best(sign.certainty for sign in signs))
        return item(1, certainty, reason)
    return known(0)


def is_failed_change(service: Service, attempt: Attempt) -> bool:
    """Section 3: return whether a failed attempt is, or may be, a failed change."""
    if attempt.is_success or attempt.state == "cancelled":
        return False
    return attempt.rule.counts_failed_attempts or attempt in service.signs


def change_failures(service: Service) -> dict[Attempt, Item]:
    """Return an item for each success, and for each failed attempt that is a failed change."""
    result = {}
    for attempt in service.attempts:
        if attempt.is_success or (attempt in service.signs and is_failed_change(service, attempt)):
            result[attempt] = is_failed(service, attempt)
        elif is_failed_change(service, attempt):
            result[attempt] = counted_attempt(attempt)
    return result


def counted_attempt(attempt: Attempt) -> Item:
    """Return the item of a failed attempt, which may have been cancelled."""
    return item(1, UNKNOWN if attempt.counts is None else attempt.failed, "failed attempt")


def recoveries(service: Service) -> dict[Attempt, Item]:
    """Return the recovery time of each deployment that failed: "An unknown failure is no item of recovery"."""
    return {
        attempt: recovery(service, attempt, failed)
        for attempt, failed in change_failures(service).items()
        if failed.value == 1
    }


def recovery(service: Service, attempt: Attempt, failed: Item) -> Item:
    """ "From the success of the failed deployment (from the first incident's opening, if that is earlier; for a failed
    attempt, from its failure)" to its end.
    """
    signs = service.signs.get(attempt, [])
    if any(sign.certainty == UNKNOWN and (sign.remediation or sign.incident) for sign in signs):
        return unknown("whether another sign is about it is not known")
    incidents = incidents_about(service, attempt)
    start = start_of(service, attempt)
    end, certainty, reason = _end(service, attempt, incidents)
    if end is None:
        return unknown(reason)
    if end < start:
        return unknown("recovered before it began")
    return item(end - start, worst([failed.certainty, certainty]), reason)


def start_of(service: Service, attempt: Attempt) -> int:
    """Return from when the recovery of a deployment counts."""
    openings = [incident.opened for incident in incidents_about(service, attempt)]
    return min([attempt.end, *openings]) if attempt.is_success else attempt.end


def incidents_about(service: Service, attempt: Attempt) -> list[Incident]:
    """Return the incidents that are about a deployment."""
    return [incident for incident in service.incidents if incident.target is attempt and incident.certainty != UNKNOWN]


def remediations_of(service: Service, attempt: Attempt) -> list[Remediation]:
    """Return the remediations of a deployment, oldest first."""
    found = [remediation for remediation in service.remediations if remediation.target is attempt]
    return sorted(found, key=lambda remediation: remediation.deployment.order)


End = tuple[int | None, str, str]


def _end(service: Service, attempt: Attempt, incidents: list[Incident]) -> End:
    """ "To the first remediation; where incidents are about it, to the last remediation while one of them is open; if none
    falls while one is open, to the first remediation. Without any: … the fix …. Without any of these: the last closing;
    still open: unknown."
    """
    remediations = remediations_of(service, attempt)
    during = [item for item in remediations if any(incident.is_open(item.deployment.end) for incident in incidents)]
    if remediations:
        deployment = (during[-1] if during else remediations[0]).deployment
        together = [item for item in remediations if item.deployment is deployment]
        chosen = min(together, key=lambda item: ORDER.index(item.certainty))
        return deployment.end, chosen.certainty, chosen.kind
    if not incidents:
        return None, KNOWN, "nothing shows its recovery"
    if any(incident.closed is None for incident in incidents):
        return None, KNOWN, "not recovered yet, as far as is known"
    fixes, is_certain = fixes_of(service, attempt)
    if not is_certain or len(fixes) > 1:
        return None, KNOWN, "which deployment fixed it is not known"
    if fixes:
        return fixes[0].end, KNOWN, "fix"
    return max(incident.closed or 0 for incident in incidents), KNOWN, "closed"


def fixes_of(service: Service, attempt: Attempt) -> tuple[list[Attempt], bool]:
    """Return what may have fixed a failed deployment that has incidents and no remediation; exactly one is the fix.

    "A deployment begun after the opening that succeeded before the closing and at most `hotfix_hours` after the opening,
    with at least one change, each with an author date after the opening, is the fix if there is exactly one; of several,
    the one whose pull request closes the issue". False: of some deployment that is not known.
    """
    incidents = incidents_about(service, attempt)
    fixes: list[Attempt] = []
    is_certain = True
    for other in service.history_of(attempt).successes:
        answers = [_is_fix(other, incident) for incident in incidents]
        if True in answers:
            fixes.append(other)
        elif None in answers:
            is_certain = False
    closing = [fix for fix in fixes if any(_closes(fix, incident) for incident in incidents)]
    if len(fixes) > 1 and len(closing) == 1:
        return closing, True
    return fixes, is_certain


def is_within(other: Attempt, incident: Incident) -> bool:
    """Return whether a deployment began after the opening and succeeded before the closing, within `hotfix_hours`."""
    spans = [span for span in incident.spans if span[0] < other.begin and (span[1] is None or other.end <= span[1])]
    return any(other.end <= start + other.rule.hotfix for start, _ in spans)


def _is_fix(other: Attempt, incident: Incident) -> bool | None:
    if not is_within(other, incident) or incident.closed is None or other.is_rollback:
        return False
    if any(
        change.commit.authored is not None and change.commit.authored <= incident.opened for change in other.changes
    ):
        return False
    if (
        other.missing
        or other.counts is None
        or other.is_rollback is None
        or any(change.commit.authored is None or not change.is_dated for change in other.changes)
    ):
        return None
    return bool(other.changes)


def _closes(fix: Attempt, incident: Incident) -> bool:
    pulls = [*fix.pulls, *(change.pull for change in fix.changes if change.pull)]
    return any(
        pull.repository == incident.repository and incident.number in (pull.output.get("closes") or [])
        for pull in pulls
    )
