"""Lists the repositories that the scheduled jobs read."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from core.errors import PermanentError, TelemetryError
from core.events import is_account_name, is_repository_name
from core.payload import Fields, Json
from core.services import JobServices


class WatchedRepository(NamedTuple):
    """A repository that the scheduled jobs read."""

    owner: str
    name: str
    id: int | None = None
    """None if only the settings name it."""


def watched(services: JobServices) -> Iterator[WatchedRepository]:
    """Yield the repositories of WATCHED_REPOSITORIES, else all visible ones except archived ones and the data repository."""
    if services.settings.watched:
        yield from (WatchedRepository(owner, name) for owner, name in services.settings.watched)
    else:
        yield from _list_repositories(services.github.repositories(), services)


def repositories_of(owner: str, services: JobServices) -> Iterator[WatchedRepository]:
    """Yield the repositories of an organisation, or else of a person, that the source token can see; the same exceptions.

    https://docs.github.com/en/rest/repos/repos#list-organization-repositories
    """
    try:
        yield from _list_repositories(services.github.pages(f"/orgs/{owner}/repos"), services)
    except PermanentError:  # not an organisation
        yield from _list_repositories(services.github.pages(f"/users/{owner}/repos"), services)


def _list_repositories(repositories: Iterable[Json], services: JobServices) -> Iterator[WatchedRepository]:
    data = f"{services.settings.repo_owner}/{services.settings.repo_name}".lower()
    for item in repositories:
        fields = Fields(item)
        repository = WatchedRepository(
            fields.child("owner").text("login"), fields.text("name"), fields.integer_or_none("id")
        )
        if item.get("archived") or f"{repository.owner}/{repository.name}".lower() == data:
            continue
        if not is_account_name(repository.owner) or not is_repository_name(repository.name):
            raise TelemetryError("GitHub lists a repository with an invalid name")
        yield repository
