"""Explains why the data repository rejects a write, and which permission or setting fixes it.

The event never causes a rejection: it waits, and is stored when the cause is fixed.
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from typing import Any
from urllib.parse import urlsplit

import requests

from core.errors import Conflict, PermanentError, ResponseTooLarge, TelemetryError, TransientReadError, Unavailable
from core.github.api import GitHubApi, TransportError
from core.github.responses import accepted_permissions, parse_json_response, retry_after, says

TOKEN = "the data token (REPO_WRITE_ACCESS_TOKEN; in a cloud the secret github-access-token/data)"  # noqa: S105
INVISIBLE = "REPO_OWNER/REPO_NAME"
"""How the reason begins of a repository that the token cannot see, or that does not exist."""
_RIGHT = "it needs Contents: read and write (a classic token: repo)"
_PROTECTION = ("rule violations", "protected branch", "changes must be made through a pull request")


class WriteErrorMapper:
    """Maps the error responses of one repository to exceptions."""

    def __init__(self, api: GitHubApi, owner: str, name: str, branch: str) -> None:
        self._api = api
        self._repo = f"{owner}/{name}"
        self._branch = branch

    def to_exception(self, response: requests.Response) -> TelemetryError:
        """Return Unavailable with the reason; Conflict if another writer changed it first; PermanentError for an invalid path."""
        pause = self._api.rate_limit(response)
        if pause is not None:
            return Unavailable("the data repository: GitHub wants fewer requests (rate limit)", retry_after=pause)
        status = response.status_code
        if status in (301, 302, 307, 308):
            return Unavailable(self._renamed(response))
        if status == 401:
            return Unavailable(f"{TOKEN} is not valid or has expired")
        if status in (403, 404):
            return Unavailable(self._forbidden(response))
        if status in (409, 422):
            return self._unprocessable(response)
        return Unavailable(f"the data repository: {_what(response)}", retry_after=retry_after(response))

    def is_default_branch(self) -> bool:
        """Return whether the repository is visible and this branch is its default branch."""
        return (self._repository() or {}).get("default_branch") == self._branch

    def _unprocessable(self, response: requests.Response) -> TelemetryError:
        if says(response, *_PROTECTION):
            return Unavailable(self._protected())
        if says(response, "malformed path"):
            return PermanentError("git cannot hold a file of this path")
        if says(response, "archived"):
            return Unavailable(self._archived())
        if says(response, "reference does not exist"):
            return Unavailable(self._no_branch())
        overtaken = response.status_code == 409 or says(response, "fast forward", "fast-forward", "does not exist")
        if response.request.method == "PATCH" and not overtaken:
            return Unavailable(self._protected())  # every rule has its own wording
        return Conflict(f"another writer changed it first: {_what(response)}")

    def _forbidden(self, response: requests.Response) -> str:
        if says(response, "archived"):
            return self._archived()
        if says(response, *_PROTECTION, "authorized to push"):
            return self._protected()
        if "X-GitHub-SSO" in response.headers:
            return f"{TOKEN} is not authorized for the single sign-on of {self._repo}'s organization"
        repository = self._repository()
        if repository is None:
            return (
                f"{INVISIBLE}: {self._repo} does not exist, or {TOKEN} may not see it: {_RIGHT}. "
                "`telemetry init` makes and checks it"
            )
        return self._rejection(repository, response)

    def _rejection(self, repository: Any, response: requests.Response) -> str:
        """Return the reason of a repository that the token can see."""
        if repository.get("archived"):
            return self._archived()
        if repository.get("disabled"):
            return f"{self._repo} is disabled by GitHub"
        method, is_missing = response.request.method, response.status_code == 404
        if is_missing and method in ("GET", "PATCH") and f"{self._repo}/git/ref" in response.url:
            return self._no_branch()
        if is_missing and method == "GET":
            return f"the data repository: {_what(response)}: GitHub does not have it, or {TOKEN} may not read it"
        lacks = accepted_permissions(response)
        hint = f" (GitHub asks for {lacks})" if lacks else ""
        return f"{TOKEN} may not write to {self._repo}{hint}: {_RIGHT}"

    def _repository(self) -> Any:
        """Return GitHub's description of the repository; None if the token can see none. Raises Unavailable."""
        try:
            response = self._api.send("GET", f"{self._api.url}/repos/{self._repo}")
            answer = parse_json_response(response)
        except (TransportError, TransientReadError, ResponseTooLarge) as error:
            raise Unavailable(f"the data repository: {error}") from None
        if response.status_code == 200 and isinstance(answer, dict):
            return answer
        if response.status_code >= 500:
            raise Unavailable(f"the data repository: {_what(response)}")
        return None

    def _renamed(self, response: requests.Response) -> str:
        """Return the reason for a redirect. It is not followed: events of the renamed repository would not be recognized."""
        now = (self._repository() or {}).get("full_name")
        to = f" to {now}" if isinstance(now, str) and now != self._repo else ""
        return f"REPO_OWNER/REPO_NAME: {self._repo} was renamed or moved{to} ({_what(response)}): set both again"

    def _archived(self) -> str:
        return f"{self._repo} is archived and so read-only: unarchive it in its settings"

    def _protected(self) -> str:
        return (
            f"the branch {self._branch} of {self._repo} is protected: "
            "let the token's account bypass its rules, or set TARGET_BRANCH to another"
        )

    def _no_branch(self) -> str:
        return f"TARGET_BRANCH: {self._repo} has no branch {self._branch}; `telemetry init` creates it"


def _what(response: requests.Response) -> str:
    return f"{response.request.method} {urlsplit(response.url).path}: {response.status_code}"
