"""A parsed request to the fake."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from fakes.github.git_database import GitDatabase
from fakes.github.json_object import Json
from fakes.github.response import abort
from fakes.github.serializers import Urls
from fakes.github.state import GitHubState, Repository


class Call(NamedTuple):
    """A request with its account and repository."""

    state: GitHubState
    login: str
    """The token's account."""
    now: int
    """UNIX seconds."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    parts: Mapping[str, str] = {}
    """The named groups of its route."""
    repository: Repository = Repository(0, "nobody/nothing")
    urls: Urls = Urls("", "")
    page_url: str = ""
    """The URL for links to pages, by the repository's id."""
    stale: bool = False
    """Whether to return the branch's previous head."""

    @property
    def git(self) -> GitDatabase:
        """The repository's objects; raises HttpError 404 if it has none."""
        if self.repository.git is None:
            raise abort(404, "Not Found")
        return self.repository.git

    @property
    def nonempty_git(self) -> GitDatabase:
        """The objects of a repository with a commit; raises HttpError 409 if it is empty."""
        if not self.git.branches:
            raise abort(409, "Git Repository is empty.")
        return self.git

    def json(self) -> Json:
        """Return the body as a JSON object; raises HttpError 400."""
        try:
            value: Any = json.loads(self.body)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise abort(400, "Problems parsing JSON")
        return value

    def require(self, *names: str) -> Json:
        """Return the body; raises HttpError 422 if a property is missing."""
        fields = self.json()
        for name in names:
            if name not in fields:
                raise abort(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        return fields
