"""Section 6b: deployments that were not planned."""

from tests.oracle.failures import fixes_of, incidents_about, is_within, remediations_of
from tests.oracle.history import FIRST
from tests.oracle.incident_links import narrowed
from tests.oracle.items import ORDER, UNKNOWN, Item, item, known, unknown, worst
from tests.oracle.model import Attempt, Incident, Remediation
from tests.oracle.service import Service, is_in


def reworks(service: Service) -> dict[Attempt, Item]:
    """Return whether each success is rework."""
    fixes = _fixes(service)
    return {attempt: _rework(service, attempt, fixes) for attempt in service.attempts if attempt.is_success}


def _fixes(service: Service) -> dict[Attempt, str]:
    """Return each "one fix of 6", and how certain it is."""
    result = {}
    targets = {incident.target for incident in service.incidents if incident.target and incident.certainty != UNKNOWN}
    for target in targets:
        fixes, is_certain = fixes_of(service, target)
        if len(fixes) == 1 and is_certain and not remediations_of(service, target):
            result[fixes[0]] = worst(incident.certainty for incident in incidents_about(service, target))
    return result


def _rework(service: Service, attempt: Attempt, fixes: dict[Attempt, str]) -> Item:
    """ "Rework is a rollback; a remediation's deployment if no change that arrives with it has an author date before the
    remediation's own oldest commit; and the one fix of 6."
    """
    if attempt.counts is None:
        return unknown("whether it is a deployment is not known")
    if attempt.is_rollback is not False:
        return known(1, "rollback") if attempt.is_rollback else unknown("whether it went back is not known")
    answers = [_of_remediation(attempt, remediation) for remediation in attempt.remediations]
    if attempt in fixes:
        answers.append(item(1, fixes[attempt], "fix"))
    if attempt.missing not in ("", FIRST):
        answers.append(unknown("what it brings is not known"))
    if not answers and any(_is_during_without_remediation(service, attempt, issue) for issue in service.incidents):
        answers.append(unknown("deployed during an open incident: whether because of it is not known"))
    return min(answers, key=lambda answer: ORDER.index(answer.certainty), default=known(0))


def _of_remediation(attempt: Attempt, remediation: Remediation) -> Item:
    """ "Unknown: a remediation with older riders"."""
    if remediation.certainty == UNKNOWN:
        return unknown("whether it remediates is not known")
    if attempt.missing or remediation.written is None:
        return unknown("what else it brings is not known")
    own = remediation.keys
    riders = [
        change
        for change in attempt.changes
        if ("sha", change.commit.sha) not in own
        and (change.pull is None or ("pull", (change.pull.repository, change.pull.number)) not in own)
    ]
    dates = [change.commit.authored if change.is_dated else None for change in riders]
    if any(date is None or date < remediation.written for date in dates):
        return unknown("it also brings older changes")
    return item(1, remediation.certainty, remediation.kind)


def _is_during_without_remediation(service: Service, attempt: Attempt, incident: Incident) -> bool:
    """ "A deployment made while an incident without a remediation is open, at most `hotfix_hours` after its opening"."""
    if not is_in(attempt, narrowed(service, incident)):
        return False
    is_remediated = incident.certainty != UNKNOWN and incident.target and remediations_of(service, incident.target)
    return not is_remediated and is_within(attempt, incident)
