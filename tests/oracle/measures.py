"""All measures of a list of records: what the SQL is compared with."""

from typing import Any, NamedTuple

from tests.oracle import ci, counted, failures, lead_time, whole_service
from tests.oracle.brought import Brought
from tests.oracle.changes import Repository, arrive
from tests.oracle.cohorts import Cohort, of_change, of_deployment
from tests.oracle.facts import Record, facts
from tests.oracle.gitops import bring_code
from tests.oracle.history import History, comparisons
from tests.oracle.issues import incidents
from tests.oracle.items import Item, Key, known
from tests.oracle.linking import link
from tests.oracle.merged import bring_merges
from tests.oracle.model import Attempt, Incident, Pull
from tests.oracle.parts import by_service
from tests.oracle.paths import keep_part
from tests.oracle.pulls import Facts, pulls
from tests.oracle.releases import merge_attempts, release_attempts
from tests.oracle.rework import reworks
from tests.oracle.runs import run_attempts
from tests.oracle.service import Service
from tests.oracle.settings import Settings
from tests.oracle.statuses import status_attempts

Measures = dict[str, dict[Key, Item]]
COUNTED = {
    "deployment_frequency": counted.frequencies,
    "change_fail_rate": failures.change_failures,
    "deployment_rework_rate": reworks,
    "deployment_attempts_failed": counted.failed_attempts,
    "deployment_attempts_cancelled": counted.cancelled_attempts,
    "possible_failures": counted.possible_failures,
}


class Known(NamedTuple):
    """What all services are read from."""

    facts: Facts
    pulls: dict[str, list[Pull]]
    names: dict[str, str]
    """The name of each repository."""
    settings: Settings
    fingerprints: dict[str, dict[str, str]]
    """Of each repository its commits' fingerprints, by the commits' names."""


class Findings(NamedTuple):
    """Everything that the measures are read from."""

    facts: Facts
    settings: Settings
    services: list[Service]
    incidents: list[Incident]
    left_out: list[Attempt]


def find(records: list[Record], services: dict[str, Any] | None = None) -> Findings:
    """Return the services of these records, with what each deployment and incident is about."""
    settings = Settings(services or {})
    known_facts = facts(records)
    merged = pulls(known_facts)
    names = {fact.repository: fact.name for listed in known_facts.values() for fact in listed}
    attempts = [
        *status_attempts(known_facts, settings),
        *run_attempts(known_facts, settings),
        *release_attempts(known_facts, settings),
        *merge_attempts(merged, names, settings),
    ]
    issues = incidents(known_facts, settings)
    for issue in issues:
        issue.services = _services_of(issue, settings)
    streams = by_service(attempts, settings)
    compared = comparisons(known_facts)
    by_name: dict[str, Service] = {}
    for (name, repository, _), stream in streams.items():
        service = by_name.setdefault(name, Service(name, [], []))
        history = History(stream, compared)
        bring_merges(history, merged.get(repository, []))
        service.histories.append(history)
    for service in by_name.values():
        _complete(service, Known(known_facts, merged, names, settings, _fingerprints(attempts)), issues)
    left_out = [attempt for stream in streams.values() for attempt in stream if attempt.counts is False]
    return Findings(known_facts, settings, list(by_name.values()), issues, left_out)


def _services_of(issue: Incident, settings: Settings) -> list[str]:
    """Section 2: "An incident belongs to the services whose `incidents` or `repositories` list its repository; one of a
    central repository that names none of several services belongs to none".
    """
    listing = settings.of_incidents(issue.name)
    named = [name for name in listing if name.lower() in issue.labels or f"service:{name.lower()}" in issue.labels]
    others = [name for name in settings.names if f"service:{name.lower()}" in issue.labels]
    if named or others:
        return named
    return listing if len(listing) == 1 or not issue.is_known else []


def _fingerprints(attempts: list[Attempt]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for attempt in attempts:
        for commit in attempt.listed or []:
            if commit.sha and commit.fingerprint:
                found.setdefault(attempt.repository, {})[commit.sha] = commit.fingerprint
    return found


def _complete(service: Service, known: Known, issues: list[Incident]) -> None:
    bring_code(service.histories, known.pulls, known.names, known.settings)
    code = [pull for listed in known.pulls.values() for pull in listed]
    for history in service.histories:
        repository = history.everything[0].repository
        is_gitops = any(pull.repository != repository for attempt in history.successes for pull in attempt.pulls)
        own = code if is_gitops else known.pulls.get(repository, [])
        known_repository = Repository(own, history.everything, known.fingerprints.get(repository, {}))
        arrive(history, known_repository)
        for attempt in history.successes:
            keep_part(attempt, known.settings.service(service.name))
        service.brought.append(Brought(history, known_repository))
    repositories = {history.everything[0].repository for history in service.histories}
    service.known_environments = {
        name.lower()
        for fact in known.facts["deployment-status"]
        if fact.repository in repositories
        for name in (fact.output["env"], known.settings.rule(fact.name).environment(fact.output["env"]))
    }
    aliases = known.settings.document.get("environment_aliases", {})
    service.present_names = {former.lower(): present.lower() for former, present in aliases.items()}
    service.incidents = [issue for issue in issues if service.name in issue.services and not issue.is_exempt]
    link(service)


def measures(records: list[Record], services: dict[str, Any] | None = None) -> Measures:
    """Return the items of each measure by service, environment and item; the environment "" is the whole service."""
    everything = find(records, services)
    result: Measures = {name: {} for name in (*COUNTED, "failed_deployment_recovery_time", "change_lead_time")}
    result |= {name: {} for name in ("change_lead_time_last", "pull_request_lead_time")}
    result |= {f"pull_request_lead_time_{name}": {} for name in lead_time.STAGES}
    for service in everything.services:
        _add_counted(result, service)
        _add_recoveries(result, service)
        _add_lead_times(result, service)
    result["queue_time"] = ci.queue_times(everything.facts, everything.settings)
    result["ci_duration"] = ci.ci_durations(everything.facts, everything.settings)
    result["deployments_left_out"] = {
        (attempt.service, attempt.environment, attempt.item): known(1) for attempt in everything.left_out
    }
    result["incidents_exempt"] = {
        (name, "", issue.item): known(1) for issue in everything.incidents if issue.is_exempt for name in issue.services
    }
    result["incidents_of_no_service"] = {
        (name, "", issue.item): known(1)
        for issue in everything.incidents
        if not issue.is_exempt and not issue.services
        for name in everything.settings.of_incidents(issue.name)
    }
    return result


def _add_counted(result: Measures, service: Service) -> None:
    for name, function in COUNTED.items():
        items = function(service)
        result[name] |= {(service.name, key.environment, key.item): value for key, value in items.items()}
        whole = whole_service.one_number(items)
        result[name] |= {(service.name, "", key): value for key, value in whole.items()}


def _add_recoveries(result: Measures, service: Service) -> None:
    failed = failures.change_failures(service)
    recovered = failures.recoveries(service)

    def start(attempt: Attempt) -> int:
        return failures.start_of(service, attempt)

    found = {(service.name, key.environment, key.item): value for key, value in recovered.items()}
    whole = whole_service.recovered(failed, recovered, start)
    found |= {(service.name, "", key): value for key, value in whole.items()}
    result["failed_deployment_recovery_time"] |= found


def _add_lead_times(result: Measures, service: Service) -> None:
    rows = []
    for history in service.histories:
        if not history.own:
            continue
        environment = history.own[0].environment
        items = lead_time.lead_times(history)
        result["change_lead_time"] |= {(service.name, environment, key): value for key, value in items.items()}
        rows.append((history, items))
        for stage, values in lead_time.stages(history).items():
            name = f"pull_request_lead_time_{stage}" if stage else "pull_request_lead_time"
            result[name] |= {(service.name, environment, key): value for key, value in values.items()}
    for name, values in whole_service.lead_times(service, rows).items():
        result[name] |= {(service.name, "", key): value for key, value in values.items()}


def cohorts(records: list[Record], services: dict[str, Any] | None = None) -> dict[Key, Cohort]:
    """Return the cohort of each deployment and of each change, by the keys of the measures."""
    result = {}
    for service in find(records, services).services:
        for history in service.histories:
            for attempt in history.successes:
                result[service.name, attempt.environment, attempt.item] = of_deployment(attempt)
                for change in attempt.changes:
                    result[service.name, attempt.environment, change.item] = of_change(change)
    return result
