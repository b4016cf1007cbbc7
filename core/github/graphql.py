"""Queries GitHub's GraphQL API, for facts that its REST API does not have or has only in many requests.

Its budget of points is another one than that of the REST API, so the primary rate limit of one does not block the other.
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests

from core.errors import (
    AccessBlocked,
    MissingPermission,
    NotAvailable,
    NotFound,
    PermanentError,
    QueryTooLarge,
    TelemetryError,
    TransientReadError,
)
from core.github.api import GitHubApi, TransportError
from core.github.bounded_response import USUAL, Limits
from core.github.read_errors import to_exception, transport_failure
from core.github.responses import BLOCKED, parse_json_response
from core.payload import Json

_NOT_FOUND = "NOT_FOUND"
_NO_PERMISSION = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES"})
_RATE_LIMIT = frozenset({"RATE_LIMITED", "RATE_LIMIT"})
"""The second one is reported in https://github.com/yanyongyu/githubkit/issues/271."""
_TOO_MUCH = frozenset({"MAX_NODE_LIMIT_EXCEEDED", "RESOURCE_LIMITS_EXCEEDED"})
"""A retry changes nothing, and what is there is incomplete: "return partial results along with an error"."""
_TYPE = re.compile(r"[A-Z][A-Z_]{0,39}", re.ASCII)


def graphql_url(api_url: str) -> str:
    """Return the URL of GraphQL beside a REST API: https://HOST/api/graphql for https://HOST/api/v3.

    https://docs.github.com/en/enterprise-server/graphql/guides/forming-calls-with-graphql#the-graphql-endpoint
    """
    base = api_url.rstrip("/")
    return f"{base.removesuffix('/v3')}/graphql" if base.endswith("/api/v3") else f"{base}/graphql"


class GraphQLClient:
    """Queries with a client beside that of the REST API: its primary rate limit is that of GraphQL, its secondary one the same."""

    def __init__(self, api: GitHubApi, limits: Limits = USUAL) -> None:
        self._url = graphql_url(api.url)
        self._api = api.beside()
        self._limits = limits

    def data(self, query: str, variables: Mapping[str, str | int]) -> Json:
        """Return the data of a query; see core.ports.GitHubReader.graphql. A redirect is never followed."""
        what = f"POST {urlsplit(self._url).path}"
        body = {"query": query, "variables": dict(variables)}
        try:
            response = self._api.send("POST", self._url, json=body, redirects=False, limits=self._limits)
        except TransportError as error:
            raise transport_failure(self._api, error) from None
        if response.status_code == 200:
            return self._data(response, what)
        raise self._to_exception(response, f"{what}: {response.status_code}")

    def _to_exception(self, response: requests.Response, what: str) -> TelemetryError:
        if response.status_code in (401, 403, 429) and "Authorization" not in response.request.headers:
            return NotAvailable(f"{what}: GitHub answers GraphQL queries only with a token")
        if 300 <= response.status_code < 400:
            return TransientReadError(f"{what}: a redirect is not followed")
        exception = to_exception(self._api, response, what)
        # 404: the server has no GraphQL. 400: it does not understand the query. Neither says anything about the repository.
        return NotAvailable(what) if type(exception) in (NotFound, PermanentError) else exception

    def _data(self, response: requests.Response, what: str) -> Json:
        answer = parse_json_response(response, self._limits.values)
        if type(answer) is not dict:
            raise TransientReadError(f"{what}: the answer is no object")
        data, errors = answer.get("data"), answer.get("errors") or []
        failure = self._failure(errors, response, what)
        if failure is not None:
            raise failure
        if type(data) is dict:
            return data
        raise NotFound(f"{what}: not found") if errors else TransientReadError(f"{what}: the answer has no data")

    def _failure(self, errors: Any, response: requests.Response, what: str) -> TelemetryError | None:
        """Return the exception of the errors in a 200, the one that concerns all requests first; None if nothing is wrong.

        https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#exceeding-the-rate-limit
        """
        if type(errors) is not list or any(type(error) is not dict for error in errors):
            return TransientReadError(f"{what}: the errors are not GitHub's")
        types, messages = [error.get("type") for error in errors], _messages(errors)
        if _RATE_LIMIT.intersection(map(str, types)) or any("rate limit" in message for message in messages):
            return TransientReadError(f"{what} (rate limit)", retry_after=self._api.limit(response))
        if any(phrase in message for phrase in BLOCKED for message in messages):
            return AccessBlocked(f"{what}: GitHub blocks access to the repository")
        return _concerning_query(errors, types, what)


def _concerning_query(errors: Sequence[Json], types: Sequence[object], what: str) -> TelemetryError | None:
    if _NO_PERMISSION.intersection(map(str, types)):
        return MissingPermission(f"{what}: the source token lacks a permission for this query")
    if _TOO_MUCH.intersection(map(str, types)):
        return QueryTooLarge(f"{what}: the query is too large for GitHub")
    if any(_is_invalid(error) for error in errors):
        return NotAvailable(f"{what}: this server does not know the query")
    unknown = [type for type in types if type != _NOT_FOUND]
    return TransientReadError(f"{what}: {_name(unknown[0])}") if unknown else None


def _messages(errors: Sequence[Json]) -> list[str]:
    return [error["message"].lower() for error in errors if type(error.get("message")) is str]


def _is_invalid(error: Json) -> bool:
    """Return whether the error says that the query does not fit the server's schema, such as `undefinedField`.

    An older GitHub Enterprise Server lacks fields and types. graphql-ruby, which GitHub uses, names the broken rule:
    https://github.com/rmosolgo/graphql-ruby/tree/master/lib/graphql/static_validation/rules
    """
    extensions = error.get("extensions")
    return "type" not in error and type(extensions) is dict and type(extensions.get("code")) is str


def _name(kind: object) -> str:
    """Return the type of an error for the log, if it looks like one of GitHub's."""
    return kind if type(kind) is str and _TYPE.fullmatch(kind) else "an error without a type"
