"""Find the pairs of commits that the numbers of services need and that no record compares.

GitHub compares a deployment with the one before in its environment. If services.toml splits the deployments of a repository,
leaves some out or gives environments other names, a deployment's own predecessor may be another one: docs/DORA.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse.environments import present_names
from warehouse.excluded_records import Traits, is_excluded
from warehouse.parts import Split, owners
from warehouse.production import Environment, production
from warehouse.services import Exclusion, Services
from warehouse.services.assignment import parts_of, rule_of


class Pair(NamedTuple):
    """Two commits of a repository, and when the later deployment ended."""

    host: str
    owner: str
    repo: str
    repository_id: int | None
    base: str
    head: str
    deployed_at: int
    """UNIX ms."""


class Deployment(NamedTuple):
    """A successful deployment. Fields that its record lacks are None."""

    host: str
    repository_key: str
    deployment_id: int
    environment: str
    sha: str | None
    at: int
    """UNIX ms."""
    task: str | None = None
    ref: str | None = None
    workflow: str | None = None
    event: str | None = None
    creator: str | None = None
    job: str | None = None
    production: bool | None = None
    transient: bool | None = None


_DEPLOYMENTS = """
SELECT
  host, repository_key, CAST(deployment_id AS BIGINT), env, sha, epoch_ms(COALESCE(created_at, updated_at, deployment_created_at)) AS ended_at,
  task, ref, workflow_run.name, workflow_run.event, creator_kind, check_run.name, production_environment, transient_environment
FROM deployment_status
WHERE state = 'success' AND status = 'success' AND COALESCE(created_at, updated_at, deployment_created_at) IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY host, repository_key, env, deployment_id ORDER BY ended_at, id) = 1
ORDER BY host, repository_key, ended_at, deployment_id
"""
_RECORDED = """
SELECT host, repository_key, previous.sha, sha FROM deployment_status
WHERE previous.sha IS NOT NULL AND (changes IS NOT NULL OR list_contains(anomalies, 'no_comparison'))
UNION ALL
SELECT host, repository_key, base, head FROM comparison WHERE status = 'success'
"""
_REPOSITORIES = """
SELECT host, repository_key, arg_max(owner, (received_at, path)), arg_max(repo, (received_at, path)), max(repository_id)
FROM deployment_status GROUP BY ALL
"""


def missing_pairs(connection: DuckDBPyConnection, services: Services, since: int) -> list[Pair]:
    """Return the pairs whose later deployment ended since then (UNIX ms), the newest first, each once."""
    recorded = {tuple(row) for row in connection.execute(_RECORDED).fetchall()}
    deployments: dict[tuple[str, str], list[Deployment]] = defaultdict(list)
    for row in connection.execute(_DEPLOYMENTS).fetchall():
        deployments[row[0], row[1]].append(Deployment(*row))
    pairs: dict[tuple[str, str, str, str], Pair] = {}
    for host, key, owner, repo, id in connection.execute(_REPOSITORIES).fetchall():
        for base, head in needed(services, f"{owner}/{repo}", deployments[host, key]):
            pair = (host, key, str(base.sha), str(head.sha))
            if head.at >= since and pair not in recorded:
                pairs.setdefault(pair, Pair(host, owner, repo, id, *pair[2:], head.at))
    return sorted(pairs.values(), key=lambda pair: (-pair.deployed_at, pair.owner, pair.repo, pair.base))


def needed(services: Services, name: str, deployments: Sequence[Deployment]) -> Iterator[tuple[Deployment, Deployment]]:
    """Yield each deployment of a repository, given in order of time, with its own predecessor, if the commits differ."""
    rule = rule_of(services, name)
    if rule.table.kind != "statuses":
        return
    aliases = present_names(services)
    environments = [
        Environment(aliases.get(item.environment.lower(), item.environment), item.production, item.transient)
        for item in deployments
    ]
    decided = production(environments, rule.production)
    parts = parts_of(services, name)
    listings: dict[tuple[str, str], list[Deployment]] = defaultdict(list)
    for deployment, environment in zip(deployments, environments, strict=True):
        if not _is_excluded(deployment, rule.table.exclude) and decided[environment].is_production:
            for part, is_own in owners(_split(deployment, environment.name), parts, name).items():
                if is_own is not False:
                    listings[part, environment.name.lower()].append(deployment)
    for listed in listings.values():
        yield from ((base, head) for base, head in pairwise(listed) if base.sha and head.sha and base.sha != head.sha)


def _is_excluded(deployment: Deployment, entries: Iterable[Exclusion]) -> bool:
    """Return whether an entry matches the deployment; a field that is not known matches nothing."""
    named = {name: getattr(deployment, name) for name in Traits._fields if name in Deployment._fields}
    return is_excluded(Traits(**named, is_known=True), entries) is True


def _split(deployment: Deployment, environment: str) -> Split:
    """Return what decides of which part a deployment is; a record of schema 1 has none of the fields of its run."""
    run = (deployment.task, deployment.workflow, deployment.event, deployment.job)
    return Split(
        "statuses",
        environment,
        deployment.workflow or "",
        any(field is not None for field in run),
        deployment.ref or "",
    )
