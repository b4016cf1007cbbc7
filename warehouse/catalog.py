"""Build the table `catalog`: one row for each repository that has records, with its settings from services.toml.

The tables that depend on services.toml are built with it, because the views match no globs and patterns.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse import (
    code_repositories,
    deploying_branches,
    deploying_jobs,
    environments,
    excluded_records,
    hotfixes,
    incident_scopes,
    part_paths,
    parts,
    python_tables,
)
from warehouse.environments import Repository
from warehouse.schema.columns import BIGINT, VARCHAR, Column, SystemTable
from warehouse.schema.metric_tables import tables
from warehouse.services import Deployments, Rule, Services, assign

COLUMNS = (
    Column("host", VARCHAR, "`github.com`, or the Enterprise host."),
    Column("repository_key", VARCHAR, "As in the metrics' tables."),
    Column("name", VARCHAR, "`owner/repo`, as in the newest record."),
    Column(
        "service",
        VARCHAR,
        "The service of the repository; by default a service of its own, named like the repository. Of several parts the first.",
    ),
    Column("team", VARCHAR, "The team of the service; null if it has none, or one too small to be shown."),
    Column("deployments", VARCHAR, "What counts as a deployment: `statuses`, `releases`, `merges` or `workflow`."),
    Column("production", VARCHAR, "The regular expression of production environments; null if not configured."),
    Column("branch", VARCHAR, "The deployed branch; null if not configured."),
    Column("workflow", VARCHAR, "The workflow that deploys; null if not configured."),
    Column("hotfix_hours", BIGINT, "Hours after a failure in which a deployment can be its hotfix."),
    Column("failure_hours", BIGINT, "Hours after a deployment in which a revert or an incident can mark it as failed."),
    Column("failed_attempts", VARCHAR, "`count` if failed attempts count as failures, else `separate`."),
    Column("lead_time_from", VARCHAR, "Start of the change lead time: `authored`, `committed`, `opened` or `merged`."),
)
TABLE = SystemTable(
    "catalog",
    "The settings from services.toml of each repository that has records.",
    COLUMNS,
    ("host", "repository_key"),
)
_DECIDING = (
    environments,
    deploying_jobs,
    deploying_branches,
    excluded_records,
    incident_scopes,
    hotfixes,
    parts,
    part_paths,
    code_repositories,
)
TABLES = (TABLE, environments.NAMES, *(module.TABLE for module in _DECIDING))
"""The tables that `create` builds."""


class Entry(NamedTuple):
    """One row of the catalog."""

    host: str
    repository_key: str
    name: str
    service: str
    team: str | None
    deployments: str
    production: str | None
    branch: str | None
    workflow: str | None
    hotfix_hours: int
    failure_hours: int
    failed_attempts: str
    lead_time_from: str


def create(
    connection: DuckDBPyConnection,
    services: Services,
    *,
    temporary: bool = False,
    environment_names: Iterable[str] | None = None,
) -> list[Repository]:
    """Create or replace the catalog and the tables beside it, in the file or as temporary tables; return its repositories.

    `environment_names` are those of all repositories, if the connection sees the records of some.
    """
    found = [entry(*repository, services) for repository in _repositories(connection)]
    listed = [Repository(item.host, item.repository_key, item.name) for item in found]
    python_tables.write(connection, TABLE, found, temporary=temporary)
    names = environments.names(connection) if environment_names is None else environment_names
    python_tables.write(connection, environments.NAMES, ((name,) for name in names), temporary=temporary)
    for module in _DECIDING:
        rows = module.rows(connection, listed, services)
        python_tables.write(connection, module.TABLE, rows, temporary=temporary)
    return listed


def entries(connection: DuckDBPyConnection) -> Iterator[Entry]:
    """Return the rows of the catalog, ordered by host and name."""
    rows = connection.execute(f"SELECT {', '.join(Entry._fields)} FROM catalog ORDER BY host, name, repository_key")
    return (Entry(*row) for row in rows.fetchall())


def repositories(connection: DuckDBPyConnection, among: str) -> list[Repository]:
    """Return the repositories of a table of host and repository_key that have records, with their present names."""
    return [Repository(host, key, f"{owner}/{repo}") for host, key, owner, repo in _repositories(connection, among)]


def _repositories(connection: DuckDBPyConnection, among: str = "") -> list[tuple[str, str, str, str]]:
    """Return host, key, owner and name of each repository, as in its newest record."""
    restricted = f" SEMI JOIN {among} USING (host, repository_key)" if among else ""
    all_records = " UNION ALL ".join(
        f"SELECT host, repository_key, owner, repo, received_at, path FROM {table.name}{restricted}"
        for table in tables().values()
    )
    return connection.execute(
        "SELECT host, repository_key, arg_max(owner, (received_at, path)), arg_max(repo, (received_at, path)) "
        f"FROM ({all_records}) GROUP BY host, repository_key"
    ).fetchall()


def entry(host: str, key: str, owner: str, repo: str, services: Services) -> Entry:
    """Return the row of a repository."""
    assignment = assign(services, owner, repo)
    rule = assignment.rule
    deployments = rule.table
    return Entry(
        host=host,
        repository_key=key,
        name=f"{owner}/{repo}",
        service=assignment.service,
        team=assignment.team,
        deployments=deployments.kind,
        production=rule.production,
        branch=_branch(rule),
        workflow=rule.workflow or deployments.workflow,
        hotfix_hours=rule.hotfix_hours,
        failure_hours=rule.failure_hours,
        failed_attempts=rule.failed_attempts,
        lead_time_from=rule.lead_time_from,
    )


def _branch(rule: Rule) -> str | None:
    """Return the deployed branch; None for several ones or a glob, because the views compare names."""
    deployments = rule.deployments
    if isinstance(deployments, Deployments) and deployments.branches and deployments.kind in ("merges", "workflow"):
        return rule.single_branch
    return rule.branch
