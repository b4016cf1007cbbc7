"""Answers the GraphQL query of files by commit and path."""

from fakes.github.git_database import GitDatabase, UnknownObject
from fakes.github.graphql_api import Answer, Query
from fakes.github.json_object import Json
from fakes.github.response import UnknownRequest

_LONGEST = 512_000
"""Bytes of a text; the exact limit of GitHub is not known."""


def stored_files(query: Query) -> Answer:
    """Return the object of each expression `COMMIT:PATH`; what does not exist is null, without an error."""
    git = query.repository.git
    if git is None:
        raise UnknownRequest("POST /graphql: files of a source repository")
    expressions = {name: str(value) for name, value in query.variables.items() if name not in ("owner", "repo")}
    return Answer({name: _object(git, expression) for name, expression in expressions.items()}, [])


def _object(git: GitDatabase, expression: str) -> Json | None:
    revision, _, path = expression.partition(":")
    try:
        node = git.at(git.get_commit(revision).tree, path)
    except UnknownObject:
        return None
    if node is None:
        return None
    if node.is_tree:
        return {"__typename": "Tree"}
    content = git.blobs[node.sha]
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"__typename": "Blob", "text": None, "isTruncated": False}
    return {"__typename": "Blob", "text": text[:_LONGEST], "isTruncated": len(text) > _LONGEST}


OPERATIONS = {"StoredFiles": stored_files}
