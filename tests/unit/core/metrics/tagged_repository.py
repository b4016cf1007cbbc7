"""A repository with tags, as GraphQL and the REST API show it, without sockets; counts the requests."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from core.payload import Json
from fakes.github.graphql_api import Query, operations
from fakes.github.state import Repository

COMMITTED = "2026-11-20T12:00:00Z"
_OPERATION = re.compile(r"query (\w+)")


def sha_of(tag: str) -> str:
    """Return the commit of a tag."""
    return tag.encode().hex().ljust(40, "0")[:40]


class TaggedRepository:
    """Implements core.ports.GitHubReader for tags and comparisons; fails on any other request.

    `targets` replaces the target of a tag in GraphQL, `failures` is a request of `asked` -> the exception that it raises.
    """

    def __init__(
        self,
        tags: Iterable[str],
        *,
        status: str = "ahead",
        commits: int = 1,
        targets: Mapping[str, Json | None] | None = None,
        failures: Mapping[str, Exception] | None = None,
    ) -> None:
        self.repository = Repository(1, "octo-org/hello-world")
        for tag in tags:
            self.repository.history.tags[tag] = {"sha": sha_of(tag), "commit": {"committer": {"date": COMMITTED}}}
        self.status, self.commits = status, commits
        self.targets, self.failures = targets or {}, failures or {}
        self.next_page = False
        self.odd: list[Any] = []
        """Further items of the list of matching refs."""
        self.asked: list[str] = []
        """The operations, `matching PREFIX`, and `compare PAGE`."""
        self.compared = ""

    def graphql(self, query: str, variables: Mapping[str, str | int]) -> Json:
        match = _OPERATION.match(query)
        assert match is not None
        self._ask(match[1])
        assert (variables["owner"], variables["repo"]) == ("octo-org", "hello-world")
        answer = operations()[match[1]](Query(query, variables, self.repository)).repository
        return {"repository": {name: self._with_targets(value) for name, value in answer.items()}}

    def _with_targets(self, value: Json | None) -> Json | None:
        if value is None or "nodes" in value:
            return value and value | {"nodes": [self._with_targets(node) for node in value["nodes"]]}
        return value | {"target": self.targets[value["name"]]} if value["name"] in self.targets else value

    def page(self, path: str, params: Mapping[str, str] | None = None) -> tuple[list[Json], Mapping[str, str] | None]:
        base, _, prefix = path.partition("/git/matching-refs/tags/")
        assert (base, params) == ("/repos/octo-org/hello-world", None), path
        self._ask(f"matching {unquote(prefix)}")
        names = sorted(name for name in self.repository.history.tags if name.startswith(unquote(prefix)))[:1000]
        refs = [{"ref": f"refs/tags/{name}"} for name in names]
        return [*refs, *self.odd], {"page": "2"} if self.next_page else None

    def object(self, path: str) -> Json:
        match = re.fullmatch(r"/repos/octo-org/hello-world/compare/(\w+\.\.\.\w+)\?per_page=100&page=(\d)", path)
        assert match, path
        self._ask(f"compare {match[2]}")
        self.compared = match[1]
        first = int(match[2]) * 100 - 100
        listed = [self._commit(number) for number in range(first, min(first + 100, self.commits))]
        return {"status": self.status, "total_commits": self.commits, "commits": listed}

    @staticmethod
    def _commit(number: int) -> Json:
        person = {"name": "Mona", "email": "mona@octo.example", "date": COMMITTED}
        return {
            "sha": f"{number:040x}",
            "commit": {"author": person, "committer": person, "message": "x"},
            "parents": [],
        }

    def _ask(self, request: str) -> None:
        self.asked.append(request)
        failure = self.failures.get(request)
        if failure is not None:
            raise failure

    def pages(self, path: str, _: Mapping[str, str] | None = None) -> Iterator[Json]:
        raise AssertionError(path)

    def file(self, *request: str | None) -> bytes | None:
        raise AssertionError(request)


class NoRepository(TaggedRepository):
    """A repository that GitHub does not have, or not yet."""

    def graphql(self, query: str, variables: Mapping[str, str | int]) -> Json:
        super().graphql(query, variables)
        return {"repository": None}
