"""Asks GraphQL for fields that a record can do without: what GitHub cannot say is null, with an anomaly."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from core.errors import MissingPermission, NotFound, PermanentError
from core.metric import CollectContext
from core.payload import Fields
from core.ports import GitHubReader

T = TypeVar("T")


def query_repository(github: GitHubReader, query: str, variables: Mapping[str, str | int]) -> Fields:
    """Return the `repository` of a query's data. Raises NotFound if GitHub has none, or has none yet."""
    repository = Fields(github.graphql(query, variables), "data").child_or_none("repository")
    if repository is None:
        raise NotFound("POST /graphql: the repository was not found")
    return repository


def try_query(context: CollectContext, ask: Callable[[], T], anomaly: str) -> T | None:
    """Return the result; None, with the anomaly, if GitHub can never say it, as a server without GraphQL, or not to this token.

    The rest of the record, and older deployments, need no right to it. Transient failures raise as in `CollectContext.try_read`,
    and so does a token that is not valid.
    """
    try:
        return context.try_read(ask)
    except (PermanentError, MissingPermission):
        context.add_anomaly(anomaly)
        return None
