"""Asks what the numbers in first lines stand for: `#12` may be a pull request, an issue, or a number of another system."""

from collections.abc import Iterable, Mapping

from core.errors import MalformedPayload
from core.events import Repository
from core.metric import CollectContext
from core.metrics._graphql import query_repository, try_query
from core.payload import Fields
from core.ports import GitHubReader

NUMBERS_AT_MOST = 100
"""Numbers of one request."""
_LARGEST = 2**31 - 1
"""The largest Int of GraphQL, and so the largest number: https://spec.graphql.org/October2021/#sec-Int"""
_KINDS = {"PullRequest": "pull_request", "Issue": "issue"}


def number_kinds(github: GitHubReader, repository: Repository, numbers: Iterable[int]) -> dict[int, str]:
    """Return `pull_request`, `issue` or `none` for each number, with one request for up to NUMBERS_AT_MOST numbers.

    Deleted issues, discussions and numbers of other trackers are `none`. Raises as GitHubReader.graphql does, ValueError for
    more numbers, and NotFound if there is no such repository.
    """
    distinct = sorted(set(numbers))
    possible = [number for number in distinct if 0 < number <= _LARGEST]
    if len(possible) > NUMBERS_AT_MOST:
        raise ValueError(f"more than {NUMBERS_AT_MOST} numbers")
    kinds = dict.fromkeys(distinct, "none")
    if possible:
        answer = query_repository(github, _query(possible), {"owner": repository.owner, "repo": repository.name})
        kinds |= {number: _kind(answer, f"n{number}") for number in possible}
    return kinds


def _kind(answer: Fields, alias: str) -> str:
    """Return the kind of one number. Only an explicit null says that there is none; anything odd is a MalformedPayload."""
    found = answer.child_or_none(alias)
    kind = _KINDS.get(found.text("__typename")) if found else "none"
    if kind is None or alias not in answer.data:
        raise MalformedPayload(f"{answer.path(alias)}: neither an issue nor a pull request")
    return kind


def try_number_kinds(context: CollectContext, repository: Repository, numbers: Iterable[int]) -> Mapping[int, str]:
    """Return the kinds of the first NUMBERS_AT_MOST distinct numbers; an unknown kind is absent, with an anomaly."""
    distinct = list(dict.fromkeys(numbers))
    if len(distinct) > NUMBERS_AT_MOST:
        context.add_anomaly("number_kinds_truncated")
    asked = distinct[:NUMBERS_AT_MOST]
    kinds = try_query(context, lambda: number_kinds(context.github, repository, asked), "number_kinds_not_available")
    return kinds or {}


def _query(numbers: Iterable[int]) -> str:
    fields = "\n".join(f"    n{number}: issueOrPullRequest(number: {number}) {{ __typename }}" for number in numbers)
    return f"""query NumberKinds($owner: String!, $repo: String!) {{
  repository(owner: $owner, name: $repo) {{
{fields}
  }}
}}"""
