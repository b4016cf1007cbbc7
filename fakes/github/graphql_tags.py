"""Answers the GraphQL queries about tags."""

from fakes.github.graphql_api import Answer, Query
from fakes.github.json_object import Json

_SEARCHES = ("line", "major", "minor", "below_major", "below_minor", "padded_major", "padded_minor")
_PAGE = 100


def release_tag(query: Query) -> Answer:
    """Return a tag, another one, and what searches in the names of tags find; what does not exist is null, without an error."""
    searches: Json = {name: _search(query, str(query.variables[name])) for name in _SEARCHES}
    return Answer({"tag": _named(query, "tag"), "adjacent": _named(query, "adjacent")} | searches, [])


def tag_commit(query: Query) -> Answer:
    """Return one tag."""
    return Answer({"tag": _named(query, "tag")}, [])


def _search(query: Query, text: str) -> Json:
    """Return the first hundred tags whose names contain the text, in any case."""
    names = sorted(name for name in query.repository.history.tags if text.lower() in name.lower())
    return {
        "totalCount": len(names),
        "pageInfo": {"hasNextPage": len(names) > _PAGE},
        "nodes": [_ref(query, name) for name in names[:_PAGE]],
    }


def _named(query: Query, variable: str) -> Json | None:
    name = str(query.variables[variable]).removeprefix("refs/tags/")
    return _ref(query, name) if name in query.repository.history.tags else None


def _ref(query: Query, name: str) -> Json:
    history = query.repository.history
    commit = history.tags[name]
    written = (commit.get("commit") or {}).get("committer") or {}
    target: Json = {"__typename": "Commit", "oid": commit["sha"], "committedDate": written.get("date")}
    if name not in history.tagged:
        return {"name": name, "target": target}
    oid = commit["sha"][::-1]
    return {
        "name": name,
        "target": {"__typename": "Tag", "oid": oid, "tagger": {"date": history.tagged[name]}, "target": target},
    }


OPERATIONS = {"ReleaseTag": release_tag, "TagCommit": tag_commit}
