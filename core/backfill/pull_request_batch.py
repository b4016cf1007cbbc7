"""Asks GraphQL for all that a backfill reads of some pull requests, and returns it as the single reads of the REST API would.

Of the REST API each merged pull request takes three requests (commits, files, reviews), and its timeline one of GraphQL. One query has
them of twenty. A value is used only if it is certain that the REST API would give an equal one; None means that it must be read there:

- There are more commits, files or reviews than the query lists.
- A commit's author is not certainly the account of a person. GraphQL calls each author's account a `User`, also a bot's, and often has none
  (https://github.com/sourcecred/sourcecred/issues/996, https://github.com/apache/devlake/pull/9086), where the REST API names bots. A node's
  id says of what type it is.
- A file was renamed: GraphQL does not have its former name.
- A commit has a time that no commit of these decades has: GitHub may write it differently.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from core.metrics._timeline import TIMELINE_FIELDS
from core.payload import Fields, Json

AT_ONCE = 20
"""Pull requests of one query. It costs about ten points of the 5,000 an hour: the parents of each commit count as a connection.
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#calculating-a-rate-limit-score-before-running-the-query"""
_COMMITS, _FILES, _REVIEWS = 40, 100, 100
_FIELDS = f"""fragment PullRequestFacts on PullRequest {{
{TIMELINE_FIELDS}
      commits(first: {_COMMITS}) {{
        totalCount
        nodes {{ commit {{
          oid message authoredDate committedDate
          parents(first: 1) {{ totalCount }}
          author {{ email user {{ id login }} }}
        }} }}
      }}
      files(first: {_FILES}) {{ totalCount nodes {{ path changeType }} }}
      allReviews: reviews(first: {_REVIEWS}) {{
        totalCount
        nodes {{ fullDatabaseId state submittedAt author {{ __typename login }} }}
      }}
}}"""
_STATUS = {
    "ADDED": "added",
    "CHANGED": "changed",
    "COPIED": "copied",
    "DELETED": "removed",
    "MODIFIED": "modified",
}
"""The REST API's word for each PatchStatus: https://docs.github.com/en/graphql/reference/enums#patchstatus"""
_TIME = re.compile(r"(19[7-9][0-9]|20[0-9][0-9])-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_OWN = frozenset({"commits", "files", "allReviews"})
"""Fields that are not of the timeline."""


class PullRequestFacts(NamedTuple):
    """What a query returned of one pull request."""

    timeline: Json
    """The fields of TIMELINE_FIELDS."""
    lists: dict[str, list[Json]]
    """Its `commits`, `files` and `reviews`, without a list that must be read from the REST API."""


def batch_query(numbers: Sequence[int]) -> str:
    """Return the query of these pull requests; its variables are `owner` and `repo`."""
    fields = "\n".join(f"    p{number}: pullRequest(number: {number}) {{ ...PullRequestFacts }}" for number in numbers)
    return (
        "query PullRequests($owner: String!, $repo: String!) {\n"
        f"  repository(owner: $owner, name: $repo) {{\n{fields}\n  }}\n}}\n{_FIELDS}"
    )


def parse_batch(repository: Fields, numbers: Sequence[int]) -> dict[int, PullRequestFacts]:
    """Return the facts by number; a pull request that GitHub does not have is absent. Raises MalformedPayload."""
    pull_requests = {number: repository.child_or_none(f"p{number}") for number in numbers}
    return {number: _facts(fields) for number, fields in pull_requests.items() if fields is not None}


def _facts(pull_request: Fields) -> PullRequestFacts:
    timeline = {name: value for name, value in pull_request.data.items() if name not in _OWN}
    lists = {
        "commits": _converted(pull_request, "commits", _commit),
        "files": _converted(pull_request, "files", _file),
        "reviews": _converted(pull_request, "allReviews", _review),
    }
    return PullRequestFacts(timeline, {name: items for name, items in lists.items() if items is not None})


def _converted(pull_request: Fields, name: str, convert: Callable[[Fields], Json | None]) -> list[Json] | None:
    """Return all items of a connection as the REST API lists them; None if one is uncertain, or if there are others."""
    connection = pull_request.child_or_none(name)
    if connection is None or connection.data.get("nodes") is None:
        return None
    items = [item for node in connection.children("nodes") if (item := convert(node)) is not None]
    return items if len(items) == connection.integer("totalCount") else None


def _commit(node: Fields) -> Json | None:
    commit = node.child("commit")
    author = commit.child_or_none("author")
    user = author.child_or_none("user") if author else None
    authored, committed = (commit.text_or_none(name) or "" for name in ("authoredDate", "committedDate"))
    if author is None or user is None or not _is_person(user) or not (_TIME.match(authored) and _TIME.match(committed)):
        return None
    return {
        "sha": commit.text("oid"),
        "commit": {
            "message": commit.text("message"),
            "author": {"date": authored, "email": author.text_or_none("email")},
            "committer": {"date": committed},
        },
        "author": {"login": user.text("login"), "type": "User"},
        "parents": [{}] * commit.child("parents").integer("totalCount"),
    }


def _is_person(user: Fields) -> bool:
    """Return whether the node's id, in its new or its former form, is that of a user.

    https://docs.github.com/en/graphql/guides/migrating-graphql-global-node-ids and
    https://github.blog/changelog/2021-02-10-new-global-id-format-coming-to-graphql/
    """
    id = user.text("id")
    if id.startswith("U_"):
        return not user.text("login").endswith("[bot]")
    try:
        return base64.b64decode(id, validate=True).startswith(b"04:User")
    except (binascii.Error, ValueError):
        return False


def _file(node: Fields) -> Json | None:
    status = _STATUS.get(node.text("changeType"))
    return None if status is None else {"filename": node.text("path"), "status": status}


def _review(node: Fields) -> Json | None:
    id = node.data.get("fullDatabaseId")
    number = id if type(id) is int else int(id) if type(id) is str and id.isascii() and id.isdigit() else None
    if number is None:
        return None
    return {
        "id": number,
        "state": node.text("state"),
        "submitted_at": node.text_or_none("submittedAt"),
        "user": _account(node.child_or_none("author")),
    }


def _account(author: Fields | None) -> Json | None:
    """Return an account as the REST API names it: there, a bot's login ends with `[bot]`."""
    if author is None:
        return None
    kind, login = author.text("__typename"), author.text("login")
    return {"login": f"{login}[bot]" if kind == "Bot" and not login.endswith("[bot]") else login, "type": kind}
