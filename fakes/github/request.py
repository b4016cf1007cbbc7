"""One request, understood: what the fake's answers are made from."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from fakes.github.git_database import GitDatabase
from fakes.github.json_object import Json
from fakes.github.response import abort
from fakes.github.serializers import Urls
from fakes.github.state import GitHubState, Repository


class Call(NamedTuple):
    """What was asked, by whom and of which repository."""

    world: GitHubState
    login: str
    """Whose token it is."""
    now: int
    """UNIX s."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    parts: Mapping[str, str] = {}
    """The named groups of its route."""
    repository: Repository = Repository(0, "nobody/nothing")
    urls: Urls = Urls("", "")
    page_url: str = ""
    """The address, by the repository's id, that pages name."""
    stale: bool = False
    """Whether the branch's head before the last is to be told."""

    @property
    def git(self) -> GitDatabase:
        """The repository's objects; refuses as GitHub does where there are none yet."""
        if self.repository.git is None:
            raise abort(404, "Not Found")
        return self.repository.git

    @property
    def nonempty_git(self) -> GitDatabase:
        """Of a repository that has a commit."""
        if not self.git.branches:
            raise abort(409, "Git Repository is empty.")
        return self.git

    def json(self) -> Json:
        """The body."""
        try:
            value: Any = json.loads(self.body)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise abort(400, "Problems parsing JSON")
        return value

    def require(self, *names: str) -> Json:
        """The body; refuses one without these properties."""
        fields = self.json()
        for name in names:
            if name not in fields:
                raise abort(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        return fields
