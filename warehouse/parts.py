"""Build the table `parts`: which service each deployment of a repository belongs to, if services.toml splits the repository.

A service takes a part of a repository by `environments` (of deployment statuses), `workflows` (of statuses and runs) or
`tags` (of releases, and of statuses and runs of a tag). `paths` split only the changes. What belongs to no part is the repository's rest, a service that is
named like the repository.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse.environments import Repository, present_names
from warehouse.globs import matches_any_case, matches_name, matches_ref
from warehouse.python_tables import fetched
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
        Column("workflow", VARCHAR, "The workflow of statuses and runs; empty if there is none."),
        Column("is_workflow_known", BOOLEAN, "False for statuses of schema 1, which do not name it."),
        Column("ref", VARCHAR, "The tag or branch, if a part has `tags` (`has_refs`); else empty."),
        Column("service", VARCHAR, "The service: a part of the repository, or its rest."),
        Column(
            "is_own",
            BOOLEAN,
            "Whether these deployments are the service's: if not, they are to it as excluded ones; null if unknown.",
        ),
        Column("has_refs", BOOLEAN, "Whether a service of the repository has `tags`."),
        Column("has_paths", BOOLEAN, "Whether the service has only the changes of its `paths`."),
    ),
    ("host", "repository_key", "environment", "workflow", "is_workflow_known", "ref", "service"),
)


class Split(NamedTuple):
    """What decides which part of a repository a deployment belongs to; a text is empty if there is none."""

    kind: Kind
    environment: str = ""
    """The present name."""
    workflow: str = ""
    is_workflow_known: bool = True
    ref: str = ""


_QUERIES: Mapping[Kind, str] = {
    "statuses": """
SELECT DISTINCT host, repository_key, env, COALESCE(workflow_run.name, ''),
  COALESCE("schema", 0) >= 2 OR task IS NOT NULL OR workflow_run IS NOT NULL OR check_run IS NOT NULL, {ref}
FROM deployment_status WHERE env IS NOT NULL""",
    "workflow": """
SELECT DISTINCT host, repository_key, '', workflow_name, TRUE, {ref} FROM workflow_job WHERE workflow_name IS NOT NULL""",
    "releases": "SELECT DISTINCT host, repository_key, '', '', TRUE, {ref} FROM release_versions",
    "merges": "SELECT DISTINCT host, repository_key, '', '', TRUE, '' FROM code_review_involvement",
}
_REFS: Mapping[Kind, str] = {"statuses": "ref", "workflow": "head_branch", "releases": "identity"}
"""The column with the tag or branch. Merges are into branches, so `tags` do not split them."""


class _Repository(NamedTuple):
    """A repository that is split."""

    name: str
    parts: dict[str, Service]
    kind: Kind

    @property
    def has_refs(self) -> bool:
        """Whether tags split it."""
        return self.kind in _REFS and any(service.tags for service in self.parts.values())


def rows(
    connection: DuckDBPyConnection, repositories: Iterable[Repository], services: Services
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table, for the repositories of the catalog that are split."""
    split = {
        (host, key): _Repository(name, parts, rule_of(services, name).table.kind)
        for host, key, name in repositories
        if (parts := parts_of(services, name))
    }
    aliases = present_names(services)
    for kind in sorted({repository.kind for repository in split.values()}):
        found: dict[tuple[str, str, str], set[Split]] = {}
        has_refs = any(repository.has_refs for repository in split.values() if repository.kind == kind)
        query = _QUERIES[kind].format(ref=f"COALESCE({_REFS[kind]}, '')" if has_refs else "''")
        for host, key, environment, workflow, is_known, ref in fetched(connection.execute(query)):
            repository = split.get((host, key))
            if repository is not None and repository.kind == kind:
                present = aliases.get(environment.lower(), environment)
                here = found.setdefault((host, key, present), set())
                here.add(Split(kind, present, workflow, is_known, ref if repository.has_refs else ""))
        for (host, key, _), here in found.items():
            yield from ((host, key, *row) for row in _assigned(here, split[host, key]))


def _assigned(here: Iterable[Split], repository: _Repository) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the deployments of one environment, without services that have none of them."""
    owned: dict[str, dict[Split, bool | None]] = {}
    for split in here:
        for service, is_own in owners(split, repository.parts, repository.name).items():
            owned.setdefault(service, {})[split] = is_own
    for service, answers in owned.items():
        if any(is_own is not False for is_own in answers.values()):
            part = repository.parts.get(service)
            has_paths = part is not None and part.paths is not None
            for split, is_own in answers.items():
                yield (*split[1:], service, is_own, repository.has_refs, has_paths)


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
        is_match = any(matches_name(split.workflow, glob) for glob in service.workflows if split.workflow)
        answers.add(is_match if split.is_workflow_known else None)
    if service.tags and split.kind in _REFS:
        answers.add(any(matches_ref(split.ref, glob) for glob in service.tags))
    if False in answers:
        return False
    return None if None in answers else True
