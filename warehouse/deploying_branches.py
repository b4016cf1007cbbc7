"""Build the table `deploying_branches`: the branches whose merges deploy, by the globs of services.toml."""

from collections.abc import Iterable, Iterator

from duckdb import DuckDBPyConnection

from warehouse.deploying_jobs import is_deployed_branch
from warehouse.environments import Repository
from warehouse.schema.columns import VARCHAR, Column, SystemTable
from warehouse.services import Services
from warehouse.services.assignment import rule_of

TABLE = SystemTable(
    "deploying_branches",
    "The branches whose merges deploy, of repositories whose deployments are merges.",
    (
        Column("host", VARCHAR, "As in `catalog`."),
        Column("repository_key", VARCHAR, "As in `catalog`."),
        Column("name", VARCHAR, "The branch, as the pull requests name it."),
    ),
    ("host", "repository_key", "name"),
)


def rows(
    connection: DuckDBPyConnection, repositories: Iterable[Repository], services: Services
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table, for the repositories of the catalog."""
    rules = {(host, key): rule_of(services, name) for host, key, name in repositories}
    branches = connection.execute(
        "SELECT DISTINCT host, repository_key, base_ref FROM code_review_involvement WHERE base_ref IS NOT NULL"
    ).fetchall()
    for host, key, branch in branches:
        rule = rules.get((host, key))
        if rule is not None and rule.table.kind == "merges" and is_deployed_branch(branch, rule):
            yield host, key, branch
