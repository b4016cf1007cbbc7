"""Serves GraphQL: answers the project's own queries by the name of their operation, and fails on any other.

Each module `fakes/github/graphql_*.py` with OPERATIONS answers some of them. tests/contract/test_github_graphql.py executes each
query on GitHub's public schema with this answer.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

import fakes.github
from fakes.github.json_object import Json
from fakes.github.request import Call
from fakes.github.response import Response, UnknownRequest, json_answer
from fakes.github.state import Repository

_OPERATION = re.compile(r"\s*query (\w+)")


class Query(NamedTuple):
    """A query about one repository."""

    text: str
    variables: Mapping[str, str | int]
    repository: Repository


class Answer(NamedTuple):
    """The value of `repository`, and the errors of what it does not have."""

    repository: Json
    errors: list[Json]


Resolver = Callable[[Query], Answer]


@cache
def operations() -> dict[str, Resolver]:
    """Return the function that answers each operation."""
    names = [
        module.name for module in pkgutil.iter_modules(fakes.github.__path__) if module.name.startswith("graphql_")
    ]
    modules = [importlib.import_module(f"fakes.github.{name}") for name in names if name != "graphql_api"]
    return {name: resolve for module in modules for name, resolve in module.OPERATIONS.items()}


def not_found(message: str, *path: str) -> Json:
    """Return the error of a value that is null because it does not exist."""
    return {"type": "NOT_FOUND", "path": list(path), "locations": [{"line": 1, "column": 1}], "message": message}


def post_query(call: Call) -> Response:
    """Answer a query: https://docs.github.com/en/graphql/guides/forming-calls-with-graphql."""
    body = call.require("query")
    match = _OPERATION.match(body["query"])
    if match is None or match[1] not in operations() or set(body) - {"query", "variables"}:
        raise UnknownRequest(f"POST /graphql {match[1] if match else body['query'][:40]}")
    variables = body.get("variables") or {}
    name = f"{variables['owner']}/{variables['repo']}"
    repository = call.state.find(name, 0)
    if repository is None:
        error = not_found(f"Could not resolve to a Repository with the name '{name}'.", "repository")
        return json_answer({"data": {"repository": None}, "errors": [error]})
    answer = operations()[match[1]](Query(body["query"], variables, repository))
    return json_answer(
        {"data": {"repository": answer.repository}} | ({"errors": answer.errors} if answer.errors else {})
    )
