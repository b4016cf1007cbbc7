"""Lists the repositories that the scheduled jobs and `telemetry backfill` read.

One that cannot be read never ends the list: it is reported to `skip`, with the reason.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from core.errors import MalformedPayload, NotFound, RetryableError
from core.events import is_account_name, is_repository_name
from core.job import JobOutcome
from core.payload import Fields, Json
from core.services import JobServices

Skip = Callable[[str, str], object]
"""Called with what was left out, such as `repository 1296269`, and the reason."""


class WatchedRepository(NamedTuple):
    """A repository that the scheduled jobs read."""

    owner: str
    name: str
    id: int | None = None
    """None if only the settings name it."""
    archived: bool = False

    @property
    def full_name(self) -> str:
        """OWNER/NAME."""
        return f"{self.owner}/{self.name}"


def watched(services: JobServices, skip: Skip | None = None) -> Iterator[WatchedRepository]:
    """Yield the repositories of WATCHED_REPOSITORIES, else all visible ones except archived ones and the data repository.

    Raises Unavailable or TransientReadError if they cannot be listed. `skip` logs by default.
    """
    skip = skip or _log_skipped(services)
    if services.settings.watched:
        yield from (WatchedRepository(owner, name) for owner, name in services.settings.watched)
    else:
        listed = _list_repositories(services.github.repositories(), services, skip)
        yield from (repository for repository in listed if not repository.archived)


def repositories_of(owner: str, services: JobServices, skip: Skip | None = None) -> Iterator[WatchedRepository]:
    """Yield the repositories of an organization or a person that the source token can see, except the data repository.

    Archived ones are included: they have a past. Raises NotFound if there is no such account.
    https://docs.github.com/en/rest/repos/repos#list-organization-repositories
    """
    skip = skip or _log_skipped(services)
    try:
        yield from _list_repositories(services.github.pages(f"/orgs/{owner}/repos"), services, skip)
    except NotFound:
        yield from _list_repositories(_of_person(owner, services, skip), services, skip)


def _of_person(owner: str, services: JobServices, skip: Skip) -> Iterator[Json]:
    """Yield the private repositories of a person that the token can see, then the public ones, each once.

    The list of a person's repositories has public ones only; the token's own list has all that it can see:
    https://docs.github.com/en/rest/repos/repos#list-repositories-for-a-user
    """
    seen = set[object]()
    try:
        for item in services.github.repositories(owner):
            seen.add(item.get("id"))
            yield item
    except (RetryableError, NotFound) as error:
        skip(f"private repositories of {owner}", str(error))
    public = services.github.pages(f"/users/{owner}/repos")
    yield from (item for item in public if item.get("id") not in seen)


def _list_repositories(repositories: Iterable[Json], services: JobServices, skip: Skip) -> Iterator[WatchedRepository]:
    data = f"{services.settings.repo_owner}/{services.settings.repo_name}".lower()
    for item in repositories:
        try:
            repository = _repository(Fields(item, "repository"))
        except MalformedPayload as error:
            id = item.get("id")
            what = f"repository {id}" if type(id) is int and 0 < id < 2**63 else "a repository without an id"
            skip(what, str(error))
            continue
        if repository.full_name.lower() != data:
            yield repository


def _repository(fields: Fields) -> WatchedRepository:
    """Return a listed repository. Raises MalformedPayload if it has no owner, or a name that GitHub does not give."""
    owner, name = fields.child("owner").text("login"), fields.text("name")
    if not is_account_name(owner) or not is_repository_name(name):
        raise MalformedPayload("its name is invalid")
    return WatchedRepository(owner, name, fields.integer_or_none("id"), bool(fields.data.get("archived")))


def _log_skipped(services: JobServices) -> Skip:
    def log(what: str, reason: str) -> None:
        services.log("warning", "job", JobOutcome.UNREADABLE, reason=f"{what}: {reason}")

    return log
