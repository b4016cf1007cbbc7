"""Reads the commit of a tag and of the release before it, in at most three requests, whatever the number of tags.

The first request is a query of GraphQL: the tag, the tag that must precede it if it exists, and seven searches in the names of
tags (core/metrics/_tag_search.py). If they do not prove which release precedes it, the second one lists the tags of its prefix.
GitHub documents for neither how many it has or in which order:

- `refs(query:)` "filters refs with query on name": https://docs.github.com/en/graphql/reference/objects#repository. That it
  finds any part of a name is not checked; a search that does not is not believed. The order TAG_COMMIT_DATE is not by date
  for all tags (https://github.com/badges/shields/pull/3610), so nothing depends on an order.
- `git/matching-refs` ignores `per_page` and has no pages: https://github.com/google/go-github/issues/1567 and
  https://github.com/MetaMask/metamask-mobile/pull/32048. It is reported to end after 1,000 refs without saying so, which is
  not checked (https://github.com/tilework-tech/nori-cli/pull/509), so a list of 1,000 proves nothing.
"""

from typing import NamedTuple

from core.errors import MalformedPayload, MissingPermission, NotFound, PermanentError
from core.events import Repository
from core.metric import CollectContext
from core.metrics._graphql import query_repository
from core.metrics._tag_search import MOST_FOUND, Found, Searches, is_proven, searches
from core.metrics._version_order import TaggedVersion, highest_lower
from core.payload import Fields

MOST_REQUESTS = 3
"""Requests for a tag, its comparison with the release before included."""
_MOST_LISTED = 1000
_REFS = "refs/tags/"
_DETAILS = """
fragment Details on Ref { name target { ...Target ... on Tag { tagger { date } target {
  ...Target ... on Tag { target { ...Target } } } } } }
fragment Target on GitObject { __typename oid ... on Commit { committedDate } }"""
_SEARCH = (
    f'(refPrefix: "{_REFS}", first: {MOST_FOUND}, query: $%s) '
    "{ totalCount pageInfo { hasNextPage } nodes { ...Details } }"
)
_QUERY = (
    f"query ReleaseTag($owner: String!, $repo: String!, $tag: String!, $adjacent: String!, "
    f"{', '.join(f'${name}: String!' for name in Searches._fields)}) {{ repository(owner: $owner, name: $repo) {{\n"
    f"  tag: ref(qualifiedName: $tag) {{ ...Details }}\n  adjacent: ref(qualifiedName: $adjacent) {{ ...Details }}\n"
    + "".join(f"  {name}: refs{_SEARCH % name}\n" for name in Searches._fields)
    + f"}} }}{_DETAILS}"
)
_ONE_TAG = (
    "query TagCommit($owner: String!, $repo: String!, $tag: String!) "
    f"{{ repository(owner: $owner, name: $repo) {{ tag: ref(qualifiedName: $tag) {{ ...Details }} }} }}{_DETAILS}"
)


class TagCommit(NamedTuple):
    """What a tag points to."""

    sha: str | None
    """The commit; None for a tag of a tree or a file."""
    committed_at: int | None
    """When the commit was last written (UNIX ms)."""
    tagged_at: int | None
    """When an annotated tag was created (UNIX ms); None for another tag."""


_NO_COMMIT = TagCommit(None, None, None)


class PreviousRelease(NamedTuple):
    """The release before, as far as the repository has it."""

    tag: str
    """Its tag."""
    sha: str | None
    """The commit that the tag points to; null if it points to none."""
    committed_at: int | None
    """When that commit was last written (UNIX ms)."""


class ReleaseTag(NamedTuple):
    """A tag's commit, and the release before it."""

    commit: TagCommit
    previous: PreviousRelease | None
    requests_left: int


class _Tags(NamedTuple):
    """The response of the first request."""

    commit: TagCommit
    total: int
    """How many tags have the text `line` in their names; of an empty text, all tags of the repository."""
    refs: dict[str, Fields]
    """All tags in the response by name."""
    found: dict[str, Found]


def read_release_tag(repository: Repository, version: TaggedVersion, context: CollectContext) -> ReleaseTag | None:
    """Return the commit of a tag and the release before; None, with an anomaly, if GitHub does not have or say the tag."""
    tags = _ask(repository, version, context)
    if tags is None:
        return None
    if tags.commit.sha is None:
        context.add_anomaly("tag_without_commit")
    before, left = highest_lower(version, tags.refs), MOST_REQUESTS - 1
    if not is_proven(version, before, tags.found):
        has_too_many = tags.total >= _MOST_LISTED and not version.prefix
        listed = None if has_too_many else _list(repository, version, context)
        left -= not has_too_many
        if listed is None:
            if not context.read_failed:
                context.add_anomaly("previous_not_found")
            return ReleaseTag(tags.commit, None, left)
        before = highest_lower(version, listed)
    if before is None:
        return ReleaseTag(tags.commit, None, left)
    ref = tags.refs.get(before.tag)
    commit = _listed_commit(ref, context) if ref else read_tag_commit(repository, before.tag, context)
    previous = PreviousRelease(before.tag, commit.sha, commit.committed_at)
    return ReleaseTag(tags.commit, previous, left if ref else left - 1)


def _ask(repository: Repository, version: TaggedVersion, context: CollectContext) -> _Tags | None:
    adjacent = version.adjacent
    name = version.tag if adjacent is None else version.head + ".".join(map(str, adjacent))
    variables = {**_variables(repository, version.tag), "adjacent": _REFS + name, **searches(version)._asdict()}

    def ask() -> _Tags:
        answer = query_repository(context.github, _QUERY, variables)
        tag = answer.child_or_none("tag")
        if tag is None:
            raise NotFound("POST /graphql: the tag was not found")
        line = answer.child("line")
        is_all = (
            line.child("pageInfo").flag_or_none("hasNextPage") is False
        )  # then the other searches find nothing else
        lists = {"line": line} if is_all else {name: answer.child(name) for name in Searches._fields}
        refs: dict[str, Fields] = {}
        found: dict[str, Found] = {}
        for search, listed in lists.items():
            tags = {ref.text("name"): ref for ref in listed.children("nodes")}
            refs |= tags
            is_complete = listed.child("pageInfo").flag_or_none("hasNextPage") is False
            found[search] = Found(frozenset(tags), is_complete)
        if (ref := answer.child_or_none("adjacent")) is not None:
            refs[name] = ref
        return _Tags(_commit(tag, context), line.integer("totalCount"), refs, found)

    try:
        return context.try_read(ask)
    except NotFound:
        context.add_anomaly("tag_not_found")
    except (PermanentError, MissingPermission):
        context.add_anomaly("tag_not_available")
    return None


def _variables(repository: Repository, tag: str) -> dict[str, str]:
    return {"owner": repository.owner, "repo": repository.name, "tag": _REFS + tag}


def _commit(ref: Fields, context: CollectContext) -> TagCommit:
    """Return the commit of a tag, also of an annotated tag of an annotated tag. Raises MalformedPayload."""
    target = ref.child_or_none("target")
    tagger = target.child_or_none("tagger") if target else None
    tagged_at = context.time(tagger, "date") if tagger else None
    while target and target.text("__typename") == "Tag":
        target = target.child_or_none("target")
    if target is None or target.text("__typename") != "Commit":
        return TagCommit(None, None, tagged_at)
    return TagCommit(target.text("oid"), context.time(target, "committedDate"), tagged_at)


def _list(repository: Repository, version: TaggedVersion, context: CollectContext) -> list[str] | None:
    """Return all tags that begin with the prefix; None if they are not known to be all, or if one cannot be read."""
    from urllib.parse import quote  # noqa: PLC0415 (5 ms, and only the worker reads GitHub)

    path = f"/repos/{repository.owner}/{repository.name}/git/matching-refs/tags/{quote(version.prefix)}"
    try:
        page = context.try_read(lambda: context.github.page(path))
    except (PermanentError, MissingPermission):
        return None
    if page is None:
        return None
    items, following = page
    refs = [item.get("ref") if type(item) is dict else None for item in items]
    tags = [ref.removeprefix(_REFS) for ref in refs if type(ref) is str and ref.startswith(_REFS)]
    is_complete = following is None and len(tags) == len(items) < _MOST_LISTED and version.tag in tags
    return tags if is_complete else None


def read_tag_commit(repository: Repository, tag: str, context: CollectContext) -> TagCommit:
    """Return the commit of a tag; without a commit if GitHub no longer has or says it."""

    def ask() -> TagCommit:
        answer = query_repository(context.github, _ONE_TAG, _variables(repository, tag)).child_or_none("tag")
        if answer is None:
            raise NotFound("POST /graphql: the previous tag was not found")
        return _commit(answer, context)

    try:
        return context.try_read(ask) or _NO_COMMIT
    except (PermanentError, MissingPermission):
        return _NO_COMMIT


def _listed_commit(ref: Fields, context: CollectContext) -> TagCommit:
    try:
        return _commit(ref, context)
    except MalformedPayload:
        return _NO_COMMIT
