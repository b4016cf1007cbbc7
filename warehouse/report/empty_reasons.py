"""Say why a service has no numbers of deployments, pull requests or incidents: the cause, and what to do next. No SQL."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from warehouse.report.formatting import pluralize
from warehouse.report.model import PER_DAY, Report

RECOVERY = "failed_deployment_recovery_time"
_OF_PULL_REQUESTS = ("pull_request", "review")
"""How the names of their measures begin."""
_SHOWN = 3
"""Names listed in one sentence."""
DEPLOYMENTS, CHANGES, INCIDENTS = "deployments", "pull requests", "incidents"
_OTHER_KINDS = (
    "If it is deployed without GitHub's deployments, services.toml can define its releases, merges or workflow runs as "
    "deployments: docs/DORA.md#deployment."
)
_OF_NO_PART = (
    "services.toml splits its repositories, and no deployment that succeeded in the periods of this report is of this service.",
    "Compare its `environments`, `workflows` and `tags` with the names at GitHub: docs/DORA.md#servicestoml.",
)


class Reason(NamedTuple):
    """Why something of services is empty."""

    services: tuple[str, ...]
    about: str
    """What is empty: deployments, pull requests or incidents."""
    cause: str
    fix: str
    """What to do next."""


class _Found(NamedTuple):
    """What the records have of one service."""

    name: str
    repositories: tuple[str, ...]
    kinds: frozenset[str]
    """What its deployments are."""
    records: Counter[str]
    """By metric."""
    items: Counter[str]
    """By measure, in all periods."""
    valued: Counter[str]
    """By measure, how many of these have a value."""
    environments: dict[str, bool]
    """Whether each is production."""
    unknown: Counter[str]
    """Unknown items of the DORA measures by reason."""
    is_part: bool
    """Whether services.toml splits its repositories: what their records have may be another service's."""


def reasons(report: Report) -> tuple[Reason, ...]:
    """Return the reasons of all services; services with the same reason are together."""
    grouped: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for found in _found(report):
        for about, reason in _of_service(report, found):
            grouped[about, *reason].append(found.name)
    return tuple(Reason(tuple(names), *key) for key, names in grouped.items())


def lines(found: Iterable[Reason]) -> Iterator[str]:
    """Yield a line for each reason."""
    for reason in found:
        yield f"{_listed(reason.services)}: {reason.cause} {reason.fix}"


def _found(report: Report) -> Iterator[_Found]:
    records: dict[str, Counter[str]] = defaultdict(Counter)
    for count in report.record_counts:
        records[count.repository][count.metric] += count.records
    environments: dict[str, dict[str, bool]] = defaultdict(dict)
    for environment in report.environments:
        environments[environment.repository][environment.name] = environment.is_production
    items: dict[str, Counter[str]] = defaultdict(Counter)
    valued: dict[str, Counter[str]] = defaultdict(Counter)
    for (measure, service, repository), group in groupby(report.numbers, lambda number: number[:3]):
        if not repository:
            numbers = list(group)
            items[service][measure] += sum(number.items for number in numbers)
            valued[service][measure] += sum(number.known + number.inferred for number in numbers)
    dora = {measure.name for measure in report.measures if measure.is_dora}
    unknown: dict[str, Counter[str]] = defaultdict(Counter)
    for item in report.unknown:
        if item.measure in dora:
            unknown[item.service][item.why or "no reason is recorded"] += item.items
    repositories: dict[str, dict[str, str]] = defaultdict(dict)
    parts = {repository.service for repository in report.repositories if repository.is_part}
    for repository in report.repositories:
        repositories[repository.service][repository.name] = repository.deployments
    for service, own in sorted(repositories.items()):
        yield _Found(
            service,
            tuple(sorted(own)),
            frozenset(own.values()),
            sum((records[name] for name in own), Counter[str]()),
            items[service],
            valued[service],
            {name: is_production for of in own for name, is_production in environments[of].items()},
            unknown[service],
            service in parts,
        )


def _of_service(report: Report, found: _Found) -> Iterator[tuple[str, tuple[str, str]]]:
    dora = [measure for measure in report.measures if measure.is_dora]
    if found.records["incident"] and found.records.total() == found.records["incident"]:
        return  # a repository that only holds incidents delivers nothing
    if not any(found.items[measure.name] for measure in dora):
        yield DEPLOYMENTS, _no_deployments(report, found)
    elif unknown := _all_unknown(report, found):
        yield DEPLOYMENTS, unknown
    elif not report.records.get("incident") and not found.items[RECOVERY]:
        yield (
            INCIDENTS,
            (
                "No record of an incident: only rollbacks, reverts, hotfixes and failed attempts show a failure.",
                (
                    "Give issues about outages a label of INCIDENT_LABELS (by default `incident`); the webhook needs the event "
                    "`issues`: docs/DORA.md#incident."
                ),
            ),
        )
    has_changes = any(found.items[name] for name in found.items if name.startswith(_OF_PULL_REQUESTS))
    if not has_changes and not found.records["code-review-involvement"]:
        yield (
            CHANGES,
            (
                "No record of a closed pull request.",
                "The webhook needs the event `pull_request` (`telemetry doctor`); `telemetry backfill` fetches older ones.",
            ),
        )


def _no_deployments(report: Report, found: _Found) -> tuple[str, str]:
    by_kind = Counter[str]()
    for item in report.left_out:
        by_kind[item.kind] += item.excluded if item.service == found.name else 0
    if excluded := max(by_kind.values(), default=0):
        return (
            f"services.toml excludes all of its deployments ({excluded:,}).",
            "Look at `exclude` of its repositories: docs/DORA.md#deployment.",
        )
    if found.kinds != {"statuses"}:
        return _none_of_kind(found)
    waiting = [item for item in report.without_end if item.repository in found.repositories]
    sides = found.environments
    requested = sum(item.requested for item in waiting)
    # of a part, those that wait may be another one's
    elsewhere = {name for name, is_production in sides.items() if is_production} - {
        item.environment for item in waiting
    }
    if requested and not (found.is_part and elsewhere) and all(item.without_end == item.requested for item in waiting):
        return (
            f"{pluralize(requested, 'deployment')} to production {_was(requested)} requested, none ended.",
            (
                "A deployment counts when it gets the status success: what deploys has to set it, and the webhook needs the event "
                "`deployment_status` (`telemetry doctor`). `telemetry backfill` fetches the statuses that GitHub has."
            ),
        )
    if sides and not any(sides.values()):
        return _not_production(found, sorted(sides))
    if sides:
        return _OF_NO_PART if found.is_part else _none_succeeded(sides)
    return (
        "No record of a deployment.",
        (
            "If GitHub has deployments of it, the webhook needs the events `deployment` and `deployment_status`, and an App the permission "
            "Deployments: read (`telemetry doctor` checks them: docs/GITHUB_APP.md); `telemetry backfill` fetches older ones. "
            f"{_OTHER_KINDS}"
        ),
    )


def _none_succeeded(sides: dict[str, bool]) -> tuple[str, str]:
    named = _listed(sorted(name for name, is_production in sides.items() if is_production))
    return (
        f"No deployment to production ({named}) succeeded in the periods of this report.",
        "`telemetry sql` lists the table deployment_status; `telemetry backfill` fetches older deployments.",
    )


def _not_production(found: _Found, names: list[str]) -> tuple[str, str]:
    pattern = json.dumps(f"^({'|'.join(re.escape(name) for name in names[:_SHOWN])})$", ensure_ascii=False)
    tables = "; ".join(f'[repositories."{name}"] production = {pattern}' for name in found.repositories[:1])
    return (
        f"Its deployments are to environments that are not production: {_listed(names)}.",
        f"If one of them is production, services.toml can say so, for example {tables}",
    )


def _none_of_kind(found: _Found) -> tuple[str, str]:
    kinds = " or ".join(sorted(found.kinds))
    statuses = found.records["deployment-status"]
    instead = (
        f" There {'is' if statuses == 1 else 'are'} {pluralize(statuses, 'record')} of deployment statuses, which "
        'deployments = "statuses" would count.'
        if statuses
        else ""
    )
    if "releases" in found.kinds and not found.records["release-versions"]:
        what = "no record of a tag that is a version", "Push tags such as v1.2.3; the webhook needs the event `create`."
    elif "workflow" in found.kinds and not found.records["workflow-job"]:
        what = "no record of a job of a workflow", "The webhook needs the event `workflow_job`."
    elif "merges" in found.kinds and not found.records["code-review-involvement"]:
        what = "no record of a merged pull request", "The webhook needs the event `pull_request`."
    elif found.is_part:
        return _OF_NO_PART
    else:
        what = (
            "no record of its repositories is one in the periods of this report",
            "Compare `branch`, `branches`, `workflow` and `job` in services.toml with the names at GitHub: docs/DORA.md#deployment.",
        )
    return (
        f"Its deployments are {kinds} (`deployments` of services.toml), and there is {what[0]}.{instead}",
        f"{what[1]} `telemetry backfill` fetches older ones.",
    )


def _all_unknown(report: Report, found: _Found) -> tuple[str, str] | None:
    """Return the reason if no value but frequencies is known or inferred."""
    judged = [measure.name for measure in report.measures if measure.is_dora and measure.unit != PER_DAY]
    if any(found.valued[name] for name in judged) or not any(found.items[name] for name in judged):
        return None
    most = "; ".join(f"{count:,}: {why}" for why, count in found.unknown.most_common(_SHOWN))
    old = (
        "Records of an older version lack fields that the definitions need: `telemetry backfill` fetches those that GitHub "
        "still has."
        if report.old_records
        else "docs/DORA.md#what-is-unknown says what each reason needs."
    )
    return f"Deployments are counted, but everything else about them is unknown{f' ({most})' if most else ''}.", old


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _SHOWN:,} more" if len(listed) > _SHOWN else ""
    return f"{', '.join(listed[:_SHOWN])}{more}"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
