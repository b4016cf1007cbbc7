"""Build the table `parts`: which service each deployment of a repository belongs to, if services.toml splits the repository.

A service takes a part of a repository by `environments` (of deployment statuses), `workflows` (of statuses and runs) or
`tags` (of releases). `paths` split only the changes. What belongs to no part is the repository's rest, a service that is
named like the repository.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse.environments import Repository, present_names
from warehouse.globs import matches_any_case, matches_name, matches_ref
from warehouse.schema.columns import BOOLEAN, VARCHAR, Column, SystemTable
from warehouse.services import Service, Services
from warehouse.services.assignment import parts_of, rule_of
from warehouse.services.model import Kind

TABLE = SystemTable(
    "parts",
    "The services among which services.toml splits the deployments of a repository.",
    (
        Column("host", VARCHAR, "As in `catalog`."),
        Column("repository_key", VARCHAR, "As in `catalog`."),
        Column("environment", VARCHAR, "The environment of deployment statuses, by its present name; else empty."),
        Column("name", VARCHAR, "The workflow of statuses and runs, the tag of releases; empty if there is none."),
        Column("is_name_known", BOOLEAN, "False for records of schema 1, which do not name the workflow."),
        Column("service", VARCHAR, "The service: a part of the repository, or its rest."),
        Column(
            "is_own",
            BOOLEAN,
            "Whether these deployments are the service's: if not, they are to it as excluded ones; null if unknown.",
        ),
    ),
    ("host", "repository_key", "environment", "name", "is_name_known", "service"),
)


class Split(NamedTuple):
    """What decides which part of a repository a deployment belongs to."""

    kind: Kind
    environment: str = ""
    """The present name."""
    name: str = ""
    """The workflow, or the tag of a release; empty if there is none."""
    is_name_known: bool = True


_QUERIES: Mapping[Kind, str] = {
    "statuses": """
SELECT DISTINCT host, repository_key, env, COALESCE(workflow_run.name, ''),
  COALESCE("schema", 0) >= 2 OR task IS NOT NULL OR workflow_run IS NOT NULL OR check_run IS NOT NULL
FROM deployment_status WHERE env IS NOT NULL""",
    "workflow": """
SELECT DISTINCT host, repository_key, '', workflow_name, TRUE FROM workflow_job WHERE workflow_name IS NOT NULL""",
    "releases": "SELECT DISTINCT host, repository_key, '', identity, TRUE FROM release_versions",
    "merges": "SELECT DISTINCT host, repository_key, '', '', TRUE FROM code_review_involvement",
}


def rows(
    connection: DuckDBPyConnection, repositories: Iterable[Repository], services: Services
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table, for the repositories of the catalog that are split."""
    split = {
        (repository.host, repository.key): (repository.name, parts)
        for repository in repositories
        if (parts := parts_of(services, repository.name))
    }
    kinds = {place: rule_of(services, name).table.kind for place, (name, _) in split.items()}
    aliases = present_names(services)
    for kind in sorted(set(kinds.values())):
        found: dict[tuple[str, str], dict[str, set[Split]]] = {}
        for host, key, environment, name, is_known in connection.execute(_QUERIES[kind]).fetchall():
            if kinds.get((host, key)) == kind:
                present = aliases.get(environment.lower(), environment)
                by_environment = found.setdefault((host, key), {})
                by_environment.setdefault(present, set()).add(Split(kind, present, name, is_known))
        for place, by_environment in found.items():
            repository, parts = split[place]
            for here in by_environment.values():
                yield from ((*place, *row) for row in _assigned(here, parts, repository))


def _assigned(
    here: Iterable[Split], parts: Mapping[str, Service], rest: str
) -> Iterator[tuple[str, str, bool, str, bool | None]]:
    """Yield the rows of the deployments of one environment, without services that have none of them."""
    owned: dict[str, dict[Split, bool | None]] = {}
    for split in here:
        for service, is_own in owners(split, parts, rest).items():
            owned.setdefault(service, {})[split] = is_own
    for service, answers in owned.items():
        if any(is_own is not False for is_own in answers.values()):
            yield from ((*split[1:], service, is_own) for split, is_own in answers.items())


def owners(split: Split, parts: Mapping[str, Service], rest: str) -> dict[str, bool | None]:
    """Return for each part, and for the repository's rest, whether it has a deployment; None if unknown.

    A deployment whose part is not known may be the rest's, so that it is an unknown item there, and of no part.
    """
    answers = {name: is_of_part(split, service) for name, service in parts.items()}
    of_rest = None if None in answers.values() else True
    owned: dict[str, bool | None] = {rest: False if True in answers.values() else of_rest}
    return owned | {name: answer is True for name, answer in answers.items()}


def is_of_part(split: Split, service: Service) -> bool | None:
    """Return whether a deployment is of a service; None if its workflow is not known.

    A key splits only the kinds of deployments that have what it names.
    """
    answers: set[bool | None] = set()
    if service.environments and split.kind == "statuses":
        answers.add(any(matches_any_case(split.environment, glob) for glob in service.environments))
    if service.workflows and split.kind in ("statuses", "workflow"):
        is_match = any(matches_name(split.name, glob) for glob in service.workflows if split.name)
        answers.add(is_match if split.is_name_known else None)
    if service.tags and split.kind == "releases":
        answers.add(any(matches_ref(split.name, glob) for glob in service.tags))
    if False in answers:
        return False
    return None if None in answers else True
