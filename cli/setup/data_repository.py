"""Creates or checks the data repository, its branch and the token's permissions."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

from core.errors import TransientReadError, Unavailable
from core.github.api import GitHubApi, TransportError
from core.github.git_data import DataRepository, GitData
from core.github.responses import parse_json_response, says
from core.github.write_budget import WriteBudget
from core.github.write_errors import WriteErrorMapper
from core.payload import Json

_ABOUT = "How our teams deliver: records of telemetry-functions"
_README = b"""# Telemetry

JSON records of how our teams deliver, written by telemetry-functions: one file for each fact.
Nothing here is written by hand.
"""


def prepare(api: GitHubApi, data_repository: DataRepository, *, public: bool = False) -> Iterator[str]:
    """Create what is missing and check what exists; yield a message for each step.

    Raises Unavailable, which names the missing permission or setting. https://docs.github.com/en/rest/repos/repos
    """
    full_name, errors = (
        f"{data_repository.owner}/{data_repository.name}",
        WriteErrorMapper(api, data_repository.owner, data_repository.name, data_repository.branch),
    )
    response = _send(api, "GET", data_repository.path)
    if response.status_code == 404:
        _make(api, data_repository, public=public)
        yield f"created {full_name} ({'public' if public else 'private'})"
        response = _send(api, "GET", data_repository.path)
    if response.status_code != 200:
        raise errors.to_exception(response)
    body = _parse_object(response)
    _check(body, full_name)
    yield f"{full_name} is there, and the token may see it"
    git = GitData(api, data_repository, WriteBudget())
    yield _branch(api, git, data_repository, str(body.get("default_branch")))
    git.make_blob(b"")  # `permissions` are the account's: only a write shows whether the token may
    yield f"the token may write to {full_name}"
    branch = _send(api, "GET", f"{data_repository.path}/branches/{quote(data_repository.branch)}")
    if branch.status_code == 200 and _parse_object(branch).get("protected"):
        yield f"the branch {data_repository.branch} is protected: commits may be refused, unless its rules let the token's account bypass them"


def _check(repository: Json, full_name: str) -> None:
    if repository.get("archived"):
        raise Unavailable(f"{full_name} is archived and so read-only: unarchive it in its settings")
    if (repository.get("permissions") or {}).get("push") is False:
        raise Unavailable(f"the token's account may not write to {full_name}: give it the role Write")
    if str(repository.get("full_name")).lower() != full_name.lower():
        raise Unavailable(f"{full_name} was renamed to {repository.get('full_name')}: use that name")


def _make(api: GitHubApi, data_repository: DataRepository, *, public: bool) -> None:
    is_own = str(_parse_object(_send(api, "GET", "/user")).get("login")).lower() == data_repository.owner.lower()
    body = {"name": data_repository.name, "private": not public, "auto_init": True, "description": _ABOUT}
    response = _send(api, "POST", "/user/repos" if is_own else f"/orgs/{data_repository.owner}/repos", body)
    if api.rate_limit(response) is not None:
        raise Unavailable("GitHub's rate limit is reached: try again later")
    full_name = f"{data_repository.owner}/{data_repository.name}"
    if response.status_code == 422 and says(response, "already exists"):
        raise Unavailable(
            f"{full_name} exists, but the token may not see it: add it to the token's *Repository access*"
        )
    if response.status_code != 201:
        raise Unavailable(
            f"{full_name} does not exist, or the token may not see it; and GitHub did not create it ({response.status_code}): "
            f"check the name, create the repository at GitHub (empty is fine), or use a token that may create it for "
            f"{data_repository.owner} (classic: repo; fine-grained: Administration: read and write on all repositories)"
        )


def _branch(api: GitHubApi, git: GitData, data_repository: DataRepository, default: str) -> str:
    """Create the branch from the default branch if it is missing; return a message."""
    response = _send(api, "GET", f"{data_repository.path}/git/ref/heads/{quote(data_repository.branch)}")
    if response.status_code == 404:
        head = GitData(api, data_repository._replace(branch=default), WriteBudget()).head()
        if head is not None:
            git.make_branch(head)
            return f"created the branch {data_repository.branch} from {default}"
    if git.head() is None:
        git.begin("README.md", _README, "Begin")
        return f"created the first commit of the branch {data_repository.branch}"
    return f"the branch {data_repository.branch} is there"


def _parse_object(response: requests.Response) -> Json:
    try:
        body = parse_json_response(response)
    except TransientReadError as error:
        raise Unavailable(str(error)) from None
    if not isinstance(body, dict):
        raise Unavailable("invalid response from GitHub")
    return body


def _send(api: GitHubApi, method: str, path: str, json: Any = None) -> requests.Response:
    try:
        return api.send(method, f"{api.url}{path}", json=json, redirects=False)
    except TransportError as error:
        raise Unavailable(str(error)) from None
