"""Build the table `deploying_jobs`: which jobs of workflows deploy, by the globs of services.toml."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse.environments import Repository
from warehouse.globs import matches_name, matches_ref
from warehouse.schema.columns import BOOLEAN, VARCHAR, Column, SystemTable
from warehouse.services import Rule, Services
from warehouse.services.assignment import rule_of

TABLE = SystemTable(
    "deploying_jobs",
    "The jobs whose ends decide whether a run deploys, of repositories whose deployments are runs of a workflow.",
    (
        Column("host", VARCHAR, "As in `catalog`."),
        Column("repository_key", VARCHAR, "As in `catalog`."),
        Column("workflow_name", VARCHAR, "The workflow that deploys, as the jobs name it."),
        Column("head_branch", VARCHAR, "The branch or tag whose runs deploy, as the jobs name it."),
        Column("name", VARCHAR, "The job; null if the jobs have no name."),
        Column(
            "is_whole", BOOLEAN, "Whether all jobs of an attempt decide together, because it is not known which deploy."
        ),
    ),
    ("host", "repository_key", "workflow_name", "head_branch", "name"),
)


class _Job(NamedTuple):
    """A job as the records name it."""

    host: str
    repository_key: str
    workflow_name: str
    head_branch: str
    name: str | None
    is_deploying: bool
    """Whether GitHub ever had a deployment of a job of this name; a skipped job has none."""
    is_workflow_deploying: bool
    """The same, of any job of its workflow."""


_JOBS = """
WITH jobs AS (
  SELECT DISTINCT host, repository_key, workflow_name, head_branch, name,
    bool_or(deployment_id IS NOT NULL) OVER (PARTITION BY host, repository_key, workflow_name, name) AS is_deploying,
    bool_or(deployment_id IS NOT NULL) OVER (PARTITION BY host, repository_key, workflow_name) AS is_workflow_deploying
  FROM workflow_job
)
SELECT * FROM jobs WHERE workflow_name IS NOT NULL AND head_branch IS NOT NULL
"""


def rows(
    connection: DuckDBPyConnection, repositories: Iterable[Repository], services: Services
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table, for the repositories of the catalog."""
    rules = {(host, key): rule_of(services, name) for host, key, name in repositories}
    rules = {repository: rule for repository, rule in rules.items() if rule.table.kind == "workflow"}
    if not rules:
        return
    for job in (_Job(*row) for row in connection.execute(_JOBS).fetchall()):
        rule = rules.get((job.host, job.repository_key))
        if rule is not None and _is_deploying(job, rule):
            is_whole = rule.table.job is None and not job.is_workflow_deploying
            yield (*job[:5], is_whole)


def _is_deploying(job: _Job, rule: Rule) -> bool:
    deployments = rule.table
    workflow = rule.workflow or deployments.workflow
    if workflow is None or not _is_workflow(job.workflow_name, workflow, rule):
        return False
    if not is_deployed_branch(job.head_branch, rule):
        return False
    if deployments.job is None:
        return job.is_deploying or not job.is_workflow_deploying
    return job.name is not None and matches_name(job.name, deployments.job)


def _is_workflow(name: str, workflow: str, rule: Rule) -> bool:
    """Return whether a workflow deploys; the short form has names, not globs."""
    return name == workflow if isinstance(rule.deployments, str) else matches_name(name, workflow)


def is_deployed_branch(branch: str, rule: Rule) -> bool:
    """Return whether merges into a branch, or runs on a branch or tag, deploy; `branch` is a name, `branches` are globs."""
    if isinstance(rule.deployments, str) or not rule.deployments.branches:
        return branch == rule.branch
    return any(matches_ref(branch, glob) for glob in rule.deployments.branches)
