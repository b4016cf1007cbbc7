"""Build the table `part_paths`: which folders and files of pull requests belong to a service with `paths`.

A record holds the folders of the changed files to two levels, so a glob that goes deeper may match.
"""

from collections.abc import Iterable, Iterator

from duckdb import DuckDBPyConnection

from warehouse.environments import Repository
from warehouse.globs import matches_in_folder, matches_one
from warehouse.schema.columns import BOOLEAN, VARCHAR, Column, SystemTable
from warehouse.services import Service, Services

TABLE = SystemTable(
    "part_paths",
    "The folders and files that belong to a service whose `paths` are set.",
    (
        Column("host", VARCHAR, "As in `catalog`."),
        Column("repository_key", VARCHAR, "The repository of the pull requests."),
        Column("service", VARCHAR, "The service with `paths`."),
        Column("name", VARCHAR, "The folder or file, as in `documentation_updated.paths.names`."),
        Column("is_matched", BOOLEAN, "Whether what changes there is the service's; null: some of it may be."),
    ),
    ("host", "repository_key", "service", "name"),
)
_NAMES = "SELECT DISTINCT host, repository_key, unnest(paths.names) FROM documentation_updated WHERE paths IS NOT NULL"


def rows(
    connection: DuckDBPyConnection, repositories: Iterable[Repository], services: Services
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table, for the repositories of the catalog that have such a service."""
    of_repository = {
        (host, key): listing
        for host, key, name in repositories
        if (listing := {key: globs for key, globs in _paths(services) if _has_changes(services.services[key], name)})
    }
    if not of_repository:
        return
    for host, key, name in connection.execute(_NAMES).fetchall():
        for service, globs in of_repository.get((host, key), {}).items():
            answers = {matches_in_folder(name, glob) for glob in globs}
            yield host, key, service, name, True if True in answers else (None if None in answers else False)


def _paths(services: Services) -> Iterator[tuple[str, list[str]]]:
    return ((name, service.paths) for name, service in services.services.items() if service.paths)


def _has_changes(service: Service, repository: str) -> bool:
    """Return whether changes of a repository can be the service's: it deploys the repository, or has its code there."""
    globs = [*service.repositories, *(service.code.repositories if service.code else ())]
    return matches_one(repository, globs)
