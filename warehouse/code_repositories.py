"""Build the table `code_repositories`: where the code of deployments is merged, if `code` of services.toml says so (GitOps)."""

from collections.abc import Iterable, Iterator

from duckdb import DuckDBPyConnection

from warehouse.environments import Repository
from warehouse.globs import matches_any_case
from warehouse.schema.columns import VARCHAR, Column, SystemTable
from warehouse.services import Code, Services, assign
from warehouse.services.assignment import parts_of, rule_of

TABLE = SystemTable(
    "code_repositories",
    "The repositories with the code of a service that another repository deploys (GitOps).",
    (
        Column("host", VARCHAR, "As in `catalog`."),
        Column("repository_key", VARCHAR, "The repository whose deployments these are."),
        Column("service", VARCHAR, "The service of the deployments."),
        Column("code_key", VARCHAR, "The key of a repository with its code; empty if none has records."),
        Column("branch", VARCHAR, "The branch that its pull requests are merged into; empty for any."),
    ),
    ("host", "repository_key", "service", "code_key"),
)


def rows(_: DuckDBPyConnection, repositories: Iterable[Repository], services: Services) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table, for the repositories of the catalog whose deployments are of code elsewhere."""
    listed = list(repositories)
    for host, key, name in listed:
        for service, code in _codes(services, name).items():
            found = [
                (other.key, code.branch or rule_of(services, other.name).branch or "")
                for other in listed
                if other.host == host and any(matches_any_case(other.name, glob) for glob in code.repositories)
            ]
            yield from ((host, key, service, *repository) for repository in found or [("", "")])


def _codes(services: Services, name: str) -> dict[str, Code]:
    """Return where the code is, by the services of a repository's deployments; that of a service precedes its rule's."""
    parts = parts_of(services, name)
    names = [*parts, name] if parts else [assign(services, *name.split("/", 1)).service]
    of_rule = rule_of(services, name).code
    found = {key: services.services[key].code if key in services.services else None for key in names}
    return {key: code for key, own in found.items() if (code := own or of_rule)}
