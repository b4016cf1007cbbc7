"""Sections 1, 2 and 5: what each remediation and each incident is about."""

from tests.oracle.brought import Brought
from tests.oracle.history import FIRST, LINE_NOT_KNOWN
from tests.oracle.incident_links import is_during, link_incident, narrowed
from tests.oracle.items import INFERRED, KNOWN, UNKNOWN, worst
from tests.oracle.model import Attempt, Incident, Remediation
from tests.oracle.reverts import remediations
from tests.oracle.rollbacks import link_rollbacks
from tests.oracle.service import Service, Sign, is_in

NAMES_NOTHING = "it may be what a revert takes back"
MAY_BE_REMEDIATED = "what a later deployment brings is not known"
MAY_BE_HOTFIX = "it may be what a hotfix repairs"


def link(service: Service) -> None:
    """Find all targets: "first for rollbacks and remediations that name what they remediate, then for the others in
    order of time".
    """
    found = [
        remediation
        for history, brought in zip(service.histories, service.brought, strict=True)
        for remediation in remediations(history, brought)
    ]
    for remediation in found:
        remediation.deployment.remediations.append(remediation)
    named = [remediation for remediation in found if remediation.names]
    dismissed = [remediation for remediation in named if not _link_named(service, remediation)]
    for remediation in dismissed:
        remediation.deployment.remediations.remove(remediation)
    _set_only_remediations(service)
    _sign_missing(service)
    link_rollbacks(service)
    unnamed = [remediation for remediation in found if not remediation.names]
    events: list[tuple[int, int, Incident | Remediation]] = [
        *((incident.opened, 0, incident) for incident in service.incidents),
        *((remediation.deployment.end, 1, remediation) for remediation in unnamed),
    ]
    for _, _, event in sorted(events, key=lambda event: event[:2]):
        if isinstance(event, Incident):
            link_incident(service, event)
        else:
            _link_unnamed(service, event)


def _link_named(service: Service, remediation: Remediation) -> bool:
    """Find what a revert names; return whether it is a remediation.

    "The first deployment that brought what is named failed. Brought by the same deployment as the revert: no failure and
    no remediation. Brought by none: no remediation, and each deployment of the `failure_hours` before the revert's whose
    changes are not known is unknown."
    """
    deployment = remediation.deployment
    history = service.history_of(deployment)
    brought = service.brought[service.histories.index(history)]
    target = brought.find(remediation.names)
    if target is None:
        since = deployment.end - deployment.rule.failure
        near = [other for other in history.successes if since <= other.end < deployment.end and not other.is_rollback]
        without_names = [other for other in near if _has_commits_without_names(other, brought)]
        for other in {*(other for other in near if other.missing), *without_names}:
            service.sign(other, Sign(UNKNOWN, NAMES_NOTHING))
        remediation.certainty = UNKNOWN
        return bool(without_names)
    if target.order >= deployment.order:
        return False
    uncertain = target.counts is None or deployment.counts is None
    remediation.certainty = UNKNOWN if uncertain else remediation.certainty
    remediation.target = target
    service.remediations.append(remediation)
    service.sign(target, Sign(remediation.certainty, "reverted", remediation))
    return True


def _has_commits_without_names(attempt: Attempt, brought: Brought) -> bool:
    """Return whether it brings a pull request of schema 1 first, whose commits have no names to be found by."""
    whole = [*attempt.pulls, *(brought.repository.whole(commit) for commit in attempt.commits)]
    first = [pull for pull in whole if pull and brought.first.get(("sha", pull.merge_sha)) is attempt]
    pulls = [*first, *(change.pull for change in attempt.changes if change.pull)]
    return any(pull.commits is None or any(commit.sha is None for commit in pull.commits) for pull in pulls)


def _sign_missing(service: Service) -> None:
    """A deployment of which it is not known what it brings may bring a remediation of the newest candidate.

    A release of schema 1 may bring one of any candidate: it does not say which release came before it.
    """
    for attempt in service.attempts:
        if attempt.missing not in ("", FIRST) and not attempt.is_rollback:
            candidates = service.candidates(attempt.begin, [attempt.environment.lower()], attempt)
            near = candidates if attempt.missing == LINE_NOT_KNOWN else service.newest(candidates)
            for other in near:
                service.sign(other, Sign(UNKNOWN, MAY_BE_REMEDIATED))


def _set_only_remediations(service: Service) -> None:
    """Note which deployments bring nothing but their own remediations."""
    for attempt in service.attempts:
        brought = {("sha", commit.sha) for commit in attempt.commits} | {
            ("sha", pull.merge_sha) for pull in attempt.pulls
        }
        known = {key for item in attempt.remediations if item.certainty != UNKNOWN for key in item.keys}
        maybe = {key for item in attempt.remediations for key in item.keys}
        if attempt.missing or not maybe:
            continue
        if known and brought <= known:
            service.only_remediations.add(attempt)
        elif brought <= maybe:
            service.may_be_only_remediations.add(attempt)


def _link_unnamed(service: Service, remediation: Remediation) -> None:
    """Section 1: "A revert that names nothing is about the newest candidate (2) before it was first written: inferred."
    Section 5: a hotfix "is about the newest candidate (2) before its oldest commit was written". Section 2: "A remediation
    without a name that is deployed while an incident is open is about what that incident is about."
    """
    deployment = remediation.deployment
    during = [
        incident
        for incident in service.incidents
        if is_during(incident, deployment) and is_in(deployment, narrowed(service, incident))
    ]
    with_target = [incident for incident in during if incident.target not in (None, deployment)]
    written = remediation.written if remediation.written is not None else deployment.begin
    if remediation.kind == "revert" and remediation.certainty == UNKNOWN:
        written = max(written, deployment.begin)  # it may name what was deployed after it was written
    candidates = service.candidates(written, [deployment.environment.lower()], deployment)
    if remediation.certainty == UNKNOWN:
        near = candidates if remediation.kind == "revert" else service.newest(candidates)
        about_incidents = [incident.target for incident in with_target[-1:] if incident.target]
        for attempt in {*near, *about_incidents}:
            reason = NAMES_NOTHING if remediation.kind == "revert" else MAY_BE_HOTFIX
            service.sign(attempt, Sign(UNKNOWN, reason, remediation))
        return
    service.remediations.append(remediation)
    if during and any(not incident.is_known for incident in during):
        remediation.certainty = UNKNOWN
        return
    if with_target:
        remediation.target, certainty = with_target[-1].target, with_target[-1].certainty
        near = [remediation.target] if remediation.target else []
    else:
        near = service.newest(candidates)
        remediation.target, certainty = service.about(near)
        certainty = worst([certainty, INFERRED]) if remediation.kind == "revert" else certainty
    if remediation.deployment.counts is None:
        certainty = UNKNOWN
    remediation.certainty = certainty if remediation.target else KNOWN
    for attempt in near:
        service.sign(attempt, Sign(certainty, remediation.kind, remediation if attempt is remediation.target else None))
