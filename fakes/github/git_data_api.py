"""Serves branches and commits of the git database API: https://docs.github.com/en/rest/git."""

import re
from datetime import UTC, datetime
from typing import Any

from fakes.github.git_database import GitCommit, Signature, UnknownObject
from fakes.github.git_serializers import git_commit_object, ref_object
from fakes.github.request import Call
from fakes.github.response import Response, UnknownRequest, abort, json_answer

RULES = "Repository rule violations found\n\nChanges must be made through a pull request.\n\n"
"""The message for a push to a protected branch: https://docs.github.com/en/rest/repos/rules."""
_NAME = re.compile(r"[0-9a-f]{40}")
_PARENTS = "Each SHA in the 'parents' parameter must be exactly 40 characters and contain only [0-9a-f]."


def get_ref(call: Call) -> Response:
    """Get the head of a branch; with the fault `stale`, its previous head."""
    git, branch = call.nonempty_git, call.parts["branch"]
    heads = git.branches.get(branch)
    if not heads:
        raise abort(404, "Not Found")
    sha = heads[-2] if call.stale and len(heads) > 1 else heads[-1]
    return json_answer(ref_object(call.urls, branch, sha))


def post_ref(call: Call) -> Response:
    """Create a branch."""
    fields, git = call.require("ref", "sha"), call.nonempty_git
    ref, sha = str(fields["ref"]), str(fields["sha"])
    if not ref.startswith("refs/"):
        raise abort(422, "Reference name must start with 'refs/'.")
    if not ref.startswith("refs/heads/"):
        raise UnknownRequest(f"POST git/refs: {ref}")
    branch = ref.removeprefix("refs/heads/")
    if branch in git.branches:
        raise abort(422, "Reference already exists")
    if sha not in git.commits:
        raise abort(422, "Object does not exist")
    git.show(branch, sha)
    return json_answer(ref_object(call.urls, branch, sha), 201)


def patch_ref(call: Call) -> Response:
    """Move a branch; without `force` only fast-forward."""
    fields, git, branch = call.require("sha"), call.nonempty_git, call.parts["branch"]
    head, sha = git.head(branch), str(fields["sha"])
    if head is None:
        raise abort(422, "Reference does not exist")
    if sha not in git.commits:
        raise abort(422, "Object does not exist")
    if branch in call.repository.protected:
        raise abort(422, RULES)
    if not fields.get("force") and not git.descends(sha, head):
        raise abort(422, "Update is not a fast forward")
    if sha != head:
        git.show(branch, sha)
    return json_answer(ref_object(call.urls, branch, sha))


def get_commit(call: Call) -> Response:
    """Get a commit by its SHA or branch."""
    return json_answer(git_commit_object(call.urls, resolve_commit(call, call.parts["sha"])))


def post_commit(call: Call) -> Response:
    """Create a commit, which no branch contains yet."""
    fields, git = call.require("message", "tree"), call.nonempty_git
    author = signature(call, fields.get("author"), None)
    committer = signature(call, fields.get("committer"), author)
    tree, parents = str(fields["tree"]), tuple(map(str, fields.get("parents") or ()))
    if tree not in git.trees:
        raise abort(422, "Tree SHA does not exist")
    if not all(_NAME.fullmatch(parent) for parent in parents):
        raise abort(422, _PARENTS)
    try:
        commit = git.commit(tree, parents, str(fields["message"]), author, committer)
    except UnknownObject:
        raise abort(422, "Parent SHA does not exist or is not a commit object") from None
    return json_answer(git_commit_object(call.urls, commit), 201)


def resolve_commit(call: Call, name: str) -> GitCommit:
    """Return a commit by its SHA or branch; raises HttpError 404."""
    git = call.nonempty_git
    try:
        return git.get_commit(git.head(name) or name)
    except UnknownObject:
        raise abort(404, "Not Found") from None


def signature(call: Call, person: Any, default: Signature | None) -> Signature:
    """Return the person that a request names, else the default or the token's account; raises HttpError 422."""
    if not isinstance(person, dict):
        return default or Signature(call.login, f"{call.login}@users.noreply.github.com", call.now)
    if not re.fullmatch(r"[^<>\n]+", str(person.get("name", ""))) or "@" not in str(person.get("email")):
        raise abort(422, "Invalid request. name and email are wrong")
    return Signature(person["name"], person["email"], _seconds(person["date"]) if "date" in person else call.now)


def _seconds(date: Any) -> int:
    try:
        moment = datetime.fromisoformat(str(date))
    except ValueError:
        raise abort(422, f"Invalid request.\n\n{date} is not a valid date-time.") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
