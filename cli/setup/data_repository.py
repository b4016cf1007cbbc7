"""Makes the data repository, or checks the one that is there: with it, its branch and the token's rights."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

from core.errors import TransientReadError, Unavailable
from core.github.api import GitHubApi, TransportError
from core.github.git_data import DataRepository, GitData
from core.github.responses import parse_json_response
from core.github.write_budget import WriteBudget
from core.github.write_errors import WriteErrorMapper
from core.payload import Json

_ABOUT = "How our teams deliver: records of telemetry-functions"
_README = b"""# Telemetry

JSON records of how our teams deliver, written by telemetry-functions: one file for each fact.
Nothing here is written by hand.
"""


def prepare(api: GitHubApi, place: DataRepository, *, public: bool = False) -> Iterator[str]:
    """Make what is missing and check what is there; each thing that was found or done, in words.

    Raises Unavailable, which says which right or setting is missing. https://docs.github.com/en/rest/repos/repos
    """
    full_name, refusals = f"{place.owner}/{place.name}", WriteErrorMapper(api, place.owner, place.name, place.branch)
    response = _send(api, "GET", place.path)
    if response.status_code == 404:
        _make(api, place, public=public)
        yield f"made {full_name} ({'public' if public else 'private'})"
        response = _send(api, "GET", place.path)
    if response.status_code != 200:
        raise refusals.to_exception(response)
    repository = _told(response)
    _check(repository, full_name)
    yield f"{full_name} is there, and the token may see it"
    git = GitData(api, place, WriteBudget())
    yield _branch(api, git, place, str(repository.get("default_branch")))
    git.make_blob(b"")  # `permissions` are the account's: only a write shows whether the token may
    yield f"the token may write to {full_name}"
    branch = _send(api, "GET", f"{place.path}/branches/{quote(place.branch)}")
    if branch.status_code == 200 and _told(branch).get("protected"):
        yield f"the branch {place.branch} is protected: let the token's account bypass its rules, or commits are refused"


def _check(repository: Json, full_name: str) -> None:
    if repository.get("archived"):
        raise Unavailable(f"{full_name} is archived and so read-only: unarchive it in its settings")
    if (repository.get("permissions") or {}).get("push") is False:
        raise Unavailable(f"the token's account may not write to {full_name}: give it the role Write")
    if str(repository.get("full_name")).lower() != full_name.lower():
        raise Unavailable(f"{full_name} was renamed to {repository.get('full_name')}: use that name")


def _make(api: GitHubApi, place: DataRepository, *, public: bool) -> None:
    own = str(_told(_send(api, "GET", "/user")).get("login")).lower() == place.owner.lower()
    body = {"name": place.name, "private": not public, "auto_init": True, "description": _ABOUT}
    response = _send(api, "POST", "/user/repos" if own else f"/orgs/{place.owner}/repos", body)
    if api.rate_limit(response) is not None:
        raise Unavailable("GitHub wants fewer requests (rate limit): try again later")
    if response.status_code != 201:
        raise Unavailable(
            f"{place.owner}/{place.name} does not exist, or the token may not see it, and the token may not make it "
            f"({response.status_code}): make it by hand (empty is fine), or use a token that may "
            "(classic: repo; fine-grained: Administration: read and write on all repositories of the owner)"
        )


def _branch(api: GitHubApi, git: GitData, place: DataRepository, default: str) -> str:
    """The branch, made from the default one where it is missing."""
    found = _send(api, "GET", f"{place.path}/git/ref/heads/{quote(place.branch)}")
    if found.status_code == 404:
        head = GitData(api, place._replace(branch=default), WriteBudget()).head()
        if head is not None:
            git.make_branch(head)
            return f"made the branch {place.branch} from {default}"
    if git.head() is None:
        git.begin("README.md", _README, "Begin")
        return f"made the first commit of the branch {place.branch}"
    return f"the branch {place.branch} is there"


def _told(response: requests.Response) -> Json:
    try:
        told = parse_json_response(response)
    except TransientReadError as error:
        raise Unavailable(str(error)) from None
    if not isinstance(told, dict):
        raise Unavailable("the answer is none of GitHub's")
    return told


def _send(api: GitHubApi, method: str, path: str, json: Any = None) -> requests.Response:
    try:
        return api.send(method, f"{api.url}{path}", json=json, redirects=False)
    except TransportError as error:
        raise Unavailable(str(error)) from None
