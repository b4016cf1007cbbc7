"""Reads many files of one commit of the data repository, a hundred with one request of GraphQL.

The REST API has one file a request, and the archive holds the whole repository. `object(expression: "COMMIT:PATH")` is null for a
path that does not exist. https://docs.github.com/en/graphql/reference/objects#blob says that `text` is null for a binary file and
`isTruncated` whether it is cut: such a file is read by REST. That `text` keeps each byte of UTF-8 is not checked.
Without GraphQL, all files are read by REST; while a query fails, only those that a write needs: that takes a request for each file.
Its limits and outages are not those of REST.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from core.errors import MissingPermission, NotAvailable, OutOfTime, PermanentError, RetryableError, Unavailable
from core.github.bounded_response import Limits
from core.github.git_data import GitData
from core.github.graphql import GraphQLClient
from core.github.trees import existing_files
from core.payload import Fields

AT_ONCE = 100
"""Files of one query. A record has 2 KB; GitHub gives up on a query after 10 s.
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api"""
_LIMITS = Limits(size=32 * 1024 * 1024)
_FRAGMENT = " fragment File on GitObject { __typename ... on Blob { text isTruncated } }"


class GitFiles:
    """Reads files of a commit. Methods raise Unavailable."""

    def __init__(self, git: GitData) -> None:
        self._git = git
        self._graphql = GraphQLClient(git.api, _LIMITS)
        self._has_graphql = True

    def read(self, paths: Iterable[str], commit: str, *, is_urgent: bool) -> Iterator[tuple[str, bytes]]:
        """Yield the path and the content of each of these files that the commit has.

        If a query fails for now, an urgent read is done by REST; another one raises Unavailable.
        """
        rest = iter(paths)
        while part := list(islice(rest, AT_ONCE)):
            found = self._query(part, commit, is_urgent=is_urgent) if self._has_graphql else None
            if found is None:  # of all further files at once: each folder is listed once
                found = dict.fromkeys(self._listed([*part, *rest], commit))
            for path, text in found.items():
                content = self._git.file(path, commit) if text is None else text.encode()
                if content is not None:
                    yield path, content

    def _query(self, paths: Sequence[str], commit: str, *, is_urgent: bool) -> dict[str, str | None] | None:
        """Return the texts of the files that exist, None for one to be read by REST; None if GraphQL does not say it."""
        names = {f"f{number}": path for number, path in enumerate(("", *paths))}
        variables = {"owner": self._git.repository.owner, "repo": self._git.repository.name}
        try:
            data = self._graphql.data(
                files_query(names), variables | {name: f"{commit}:{path}" for name, path in names.items()}
            )
            repository = Fields(data).child("repository")
            found = {path: repository.child_or_none(name) for name, path in names.items()}
            if found.pop("") is None:  # no root folder: this server does not have the commit yet
                return None
            return {path: _text(file) for path, file in found.items() if file and file.text("__typename") == "Blob"}
        except (MissingPermission, NotAvailable):  # this server or this token cannot do it: do not ask for every write
            self._has_graphql = False
            return None
        except OutOfTime:
            raise
        except RetryableError as error:
            if not is_urgent:
                raise Unavailable(f"the data repository: {error}", error.retry_after) from None
            return None
        except PermanentError:  # of a source: the store is never a reason to drop an event
            return None

    def _listed(self, paths: Sequence[str], commit: str) -> list[str]:
        """Return those of the paths that the commit has, with a request for each folder."""
        tree = self._git.tree_of(commit)
        if tree is None:
            raise Unavailable("GitHub does not return the data repository's newest commit yet")
        return existing_files(self._git, tree, paths)


def files_query(names: Iterable[str]) -> str:
    """Return the query of the objects of the expressions in these variables."""
    declared = "".join(f", ${name}: String!" for name in names)
    files = " ".join(f"{name}: object(expression: ${name}) {{ ...File }}" for name in names)
    return (
        f"query StoredFiles($owner: String!, $repo: String!{declared}) "
        f"{{ repository(owner: $owner, name: $repo) {{ {files} }} }}{_FRAGMENT}"
    )


def _text(file: Fields) -> str | None:
    return file.text_or_none("text") if file.flag_or_none("isTruncated") is False else None
