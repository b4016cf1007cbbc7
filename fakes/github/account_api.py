"""Lists the repositories of organizations and people, as the token sees them.

Public ones are visible to everybody; private ones of a person to the owner and collaborators, those of an organization to the
token, whose account is a member: https://docs.github.com/en/rest/repos/repos
"""

from collections.abc import Iterable

from fakes.github.git_serializers import repository_object
from fakes.github.json_object import Json
from fakes.github.pagination import paginate
from fakes.github.request import Call
from fakes.github.response import Response, abort
from fakes.github.state import Repository


def get_organization_repositories(call: Call) -> Response:
    """List all repositories of an organization."""
    owner = call.parts["org"].lower()
    if owner in call.state.people or not _of(call, owner):
        raise abort(404, "Not Found")
    return _list(call, _of(call, owner), call.state.odd)


def get_person_repositories(call: Call) -> Response:
    """List the public repositories of a person or an organization."""
    owner = call.parts["login"].lower()
    if owner not in call.state.people and not _of(call, owner):
        raise abort(404, "Not Found")
    return _list(call, [repository for repository in _of(call, owner) if not repository.private])


def get_own_repositories(call: Call) -> Response:
    """List the repositories of the token's account by its affiliation; by default of all affiliations."""
    affiliations = set(call.query.get("affiliation", "owner,collaborator,organization_member").split(","))
    return _list(call, [item for item in call.state.repositories() if _affiliation(call, item) in affiliations])


def _affiliation(call: Call, repository: Repository) -> str:
    owner = repository.full_name.partition("/")[0].lower()
    if owner == call.login.lower():
        return "owner"
    if owner in call.state.people:
        return "collaborator" if call.login in repository.collaborators else ""
    return "organization_member"


def _of(call: Call, owner: str) -> list[Repository]:
    return [item for item in call.state.repositories() if item.full_name.lower().startswith(f"{owner}/")]


def _list(call: Call, repositories: Iterable[Repository], odd: Iterable[Json] = ()) -> Response:
    listed = [
        repository_object(call.urls._replace(full_name=item.full_name), item, may_write=item.writable)
        for item in repositories
    ]
    return paginate(call, [*odd, *listed])
