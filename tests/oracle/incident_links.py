"""Section 2: what each incident is about."""

from tests.oracle.items import INFERRED, KNOWN, ORDER, UNKNOWN, worst
from tests.oracle.model import Attempt, Incident, Remediation
from tests.oracle.service import Service, Sign, by_begin, is_in


def is_during(incident: Incident, deployment: Attempt) -> bool:
    """Return whether a deployment succeeded while an incident was open, at most `hotfix_hours` after its opening."""
    return incident.is_open(deployment.end) and deployment.end <= incident.opened + deployment.rule.hotfix


def link_incident(service: Service, incident: Incident) -> None:
    """Find what an incident is about, "in this order" (a) to (d)."""
    environments = narrowed(service, incident)
    candidates = service.candidates(incident.opened, environments)
    if not incident.is_known:
        incident.maybe = candidates
        incident.certainty = UNKNOWN
        for attempt in candidates:
            service.sign(attempt, Sign(UNKNOWN, "what an incident is about is not known", incident=incident))
        return
    for find in (_cause, _remediated, _after_remediation):
        target, certainty = find(service, incident, environments)
        if target is not None:
            _about(service, incident, [target], certainty)
            return
    near = service.newest(candidates)
    target, certainty = service.about(near)
    several = len(environments or service.environments) > 1
    _about(service, incident, near, worst([certainty, INFERRED]) if several else certainty)


def narrowed(service: Service, incident: Incident) -> set[str]:
    """ "A label equal to a service or environment, or `service:NAME`, `env:NAME`, narrows it." Empty: it is not narrowed.

    An incident of another environment than production is narrowed to that, and has no candidate.
    """
    named = {label.removeprefix("env:") for label in incident.labels if label.startswith("env:")}
    named |= {label for label in incident.labels if label in service.known_environments}
    return {service.present_names.get(label, label) for label in named}


def _about(service: Service, incident: Incident, targets: list[Attempt], certainty: str) -> None:
    incident.certainty = certainty
    incident.target = targets[0] if targets else None
    incident.maybe = targets if certainty == UNKNOWN else []
    for target in targets:
        service.sign(target, Sign(certainty, "incident", incident=incident))


Found = tuple[Attempt | None, str]


def _cause(service: Service, incident: Incident, environments: set[str]) -> Found:
    """(a) "what it names as its cause (commit or pull request)"."""
    found = []
    for history, brought in zip(service.histories, service.brought, strict=True):
        is_here = history.own and is_in(history.own[0], environments)
        target = brought.find(incident.names) if is_here else None
        if target is not None and target.begin < incident.opened:
            found.append(target)
    if not found:
        return None, KNOWN
    first = min(found, key=lambda attempt: attempt.order)
    if first.counts is None:
        return first, UNKNOWN
    return first, KNOWN if len(found) == 1 else INFERRED


def _remediated(service: Service, incident: Incident, environments: set[str]) -> Found:
    """(b) "the target of the last remediation, among those whose target began before the opening, that was deployed in any
    of the service's environments (or those a label says) while the incident was open and at most `hotfix_hours` after its
    opening".
    """
    found = [
        remediation
        for remediation in service.remediations
        if remediation.target is not None
        and remediation.target.begin < incident.opened
        and is_during(incident, remediation.deployment)
        and is_in(remediation.deployment, environments)
    ]
    if not found:
        return None, KNOWN
    last = max(found, key=_order)
    return last.target, last.certainty


def _order(remediation: Remediation) -> tuple[object, ...]:
    """Sort by the deployments; of several in one deployment the last is that whose target began last, the surest one."""
    begin = remediation.target.begin if remediation.target else 0
    return (remediation.deployment.order, begin, -ORDER.index(remediation.certainty))


def _after_remediation(service: Service, incident: Incident, environments: set[str]) -> Found:
    """(c) "if it was opened within `hotfix_hours` after a remediation and no other deployment or attempt began between:
    that remediation's target".
    """
    before = [
        remediation
        for remediation in service.remediations
        if remediation.target is not None
        and 0 <= incident.opened - remediation.deployment.end <= remediation.deployment.rule.hotfix
        and is_in(remediation.deployment, environments)
    ]
    if not before:
        return None, KNOWN
    last = max(before, key=_order)
    others = [
        attempt
        for attempt in service.attempts
        if attempt is not last.deployment and last.deployment.begin < attempt.begin < incident.opened
    ]
    if others:
        return None, KNOWN
    return last.target, worst([last.certainty, by_begin(last.deployment)])
