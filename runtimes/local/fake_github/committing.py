"""The fake's answers about git objects and branches: https://docs.github.com/en/rest/git."""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.payload import Json
from runtimes.local.fake_github.answer import Answer, json_answer, refuse
from runtimes.local.fake_github.call import Call
from runtimes.local.fake_github.git import GitCommit, Signature, UnknownObject
from runtimes.local.fake_github.git_objects import (
    blob_object,
    git_commit_object,
    listed_commit_object,
    ref_object,
    tree_object,
)
from runtimes.local.fake_github.objects import file_object
from runtimes.local.fake_github.world import File

FILES_AT_MOST = 300
"""Files of a comparison: https://docs.github.com/en/rest/commits/commits#compare-two-commits"""
_BAD_PARTS = {"", ".", "..", ".git"}
_RULES = "Repository rule violations found\n\nChanges must be made through a pull request.\n\n"


def get_ref(call: Call) -> Answer:
    """What a branch shows; where a stale answer was ordered, what it showed before."""
    git, branch = call.begun_git, call.parts["branch"]
    shown = git.branches.get(branch)
    if not shown:
        raise refuse(404, "Not Found")
    sha = shown[-2] if call.stale and len(shown) > 1 else shown[-1]
    return json_answer(ref_object(call.urls, branch, sha))


def post_ref(call: Call) -> Answer:
    """A new branch."""
    told, git = call.json(), call.begun_git
    branch = str(told.get("ref")).removeprefix("refs/heads/")
    if branch in git.branches:
        raise refuse(422, "Reference already exists")
    if told.get("sha") not in git.commits:
        raise refuse(422, "Object does not exist")
    git.show(branch, str(told["sha"]))
    return json_answer(ref_object(call.urls, branch, str(told["sha"])), 201)


def patch_ref(call: Call) -> Answer:
    """Move a branch; without `force` only forward."""
    told, git, branch = call.json(), call.begun_git, call.parts["branch"]
    head, sha = git.head(branch), told.get("sha")
    if head is None:
        raise refuse(422, "Reference does not exist")
    if sha not in git.commits:
        raise refuse(422, "Object does not exist")
    if branch in call.repository.protected:
        raise refuse(422, _RULES)
    if not told.get("force") and not git.descends(sha, head):
        raise refuse(422, "Update is not a fast forward")
    if sha != head:
        git.show(branch, sha)
    return json_answer(ref_object(call.urls, branch, sha))


def get_commit(call: Call) -> Answer:
    """A commit, by its name."""
    return json_answer(git_commit_object(call.urls, _commit(call, call.parts["sha"])))


def post_commit(call: Call) -> Answer:
    """A commit that no branch shows yet."""
    told, git = call.json(), call.begun_git
    author = signature(call, told.get("author"), None)
    committer = signature(call, told.get("committer"), author)
    try:
        made = git.commit(
            str(told.get("tree")), tuple(told.get("parents", ())), str(told["message"]), author, committer
        )
    except UnknownObject:
        raise refuse(422, "Tree SHA does not exist") from None
    return json_answer(git_commit_object(call.urls, made), 201)


def get_tree(call: Call) -> Answer:
    """A tree, and with `recursive` all below it, but no more than the world's `tree_limit` entries."""
    git, sha = call.begun_git, call.parts["sha"]
    if sha in git.commits:
        sha = git.commits[sha].tree
    if sha not in git.trees:
        raise refuse(404, "Not Found")
    nodes = list(git.paths(sha)) if "recursive" in call.query else list(git.trees[sha].items())
    limit = call.world.tree_limit
    return json_answer(tree_object(call.urls, git, sha, nodes[:limit], truncated=len(nodes) > limit))


def post_tree(call: Call) -> Answer:
    """A tree made of another and of changes to it."""
    told, git = call.json(), call.begun_git
    base = told.get("base_tree")
    if base is not None and base not in git.trees:
        raise refuse(422, "base_tree is not a valid tree oid")
    sha = git.changed(base, dict(_change(call, entry) for entry in told["tree"]))
    return json_answer(tree_object(call.urls, git, sha, list(git.trees[sha].items()), truncated=False), 201)


def get_blob(call: Call) -> Answer:
    """A content, by its name."""
    git, sha = call.begun_git, call.parts["sha"]
    if sha not in git.blobs:
        raise refuse(404, "Not Found")
    return json_answer(blob_object(call.urls, sha, git.blobs[sha]))


def post_blob(call: Call) -> Answer:
    """A content that no tree shows yet."""
    told, git = call.json(), call.begun_git
    sha = git.blob(decoded(told))
    return json_answer({"sha": sha, "url": f"{call.urls.repo}/git/blobs/{sha}"}, 201)


def get_comparison(call: Call) -> Answer:
    """How a commit differs from where it parted from another."""
    git = call.begun_git
    base, head = _commit(call, call.parts["base"]), _commit(call, call.parts["head"])
    before = {commit.sha for commit in git.history(base.sha)}
    ahead = [commit for commit in git.history(head.sha) if commit.sha not in before]
    after = {commit.sha for commit in git.history(head.sha)}
    behind = [commit for commit in git.history(base.sha) if commit.sha not in after]
    common = next((commit for commit in git.history(head.sha) if commit.sha in before), None)
    if common is None:
        raise refuse(404, f"No common ancestor between {base.sha} and {head.sha}.")
    status = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    files = _files(call, common, head)[:FILES_AT_MOST] if call.query.get("page", "1") == "1" else []
    page = f"{call.urls.page}/compare/{base.sha}...{head.sha}"
    return json_answer(
        {
            "url": f"{call.urls.repo}/compare/{base.sha}...{head.sha}",
            "html_url": page,
            "permalink_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "base_commit": listed_commit_object(call.urls, base),
            "merge_base_commit": listed_commit_object(call.urls, common),
            "status": status.get((bool(ahead), bool(behind)), "diverged"),
            "ahead_by": len(ahead),
            "behind_by": len(behind),
            "total_commits": len(ahead),
            "commits": [listed_commit_object(call.urls, commit) for commit in reversed(ahead[:250])],
            "files": files,
        }
    )


def decoded(told: Mapping[str, Any]) -> bytes:
    """The content of a request's body."""
    content = str(told.get("content"))
    if told.get("encoding", "utf-8") != "base64":
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise refuse(422, "content is not valid Base64") from None


def _files(call: Call, before: GitCommit, after: GitCommit) -> list[Json]:
    old, new = (
        {path: node.sha for path, node in call.git.paths(each.tree) if not node.is_tree} for each in (before, after)
    )
    told = [File(path, "modified" if path in old else "added") for path in new if old.get(path) != new[path]]
    told += [File(path, "removed", 0, 1) for path in old if path not in new]
    return [file_object(call.urls, file) for file in sorted(told)]


def _commit(call: Call, name: str) -> GitCommit:
    git = call.begun_git
    try:
        return git.found(git.head(name) or name)
    except UnknownObject:
        raise refuse(404, "Not Found") from None


def _change(call: Call, entry: Mapping[str, Any]) -> tuple[str, str | None]:
    path, git = str(entry.get("path")), call.git
    if any(part.lower() in _BAD_PARTS for part in path.split("/")):
        raise refuse(422, "tree.path contains a malformed path component")
    if "content" in entry:
        return path, git.blob(str(entry["content"]).encode())
    if entry.get("sha") is not None and entry["sha"] not in git.blobs:
        raise refuse(422, f"tree.sha {entry['sha']} is not a valid blob")
    return path, entry.get("sha")


def signature(call: Call, told: Any, default: Signature | None) -> Signature:
    """Whom a request names; else the default, or whose token it is."""
    if not isinstance(told, dict):
        return default or Signature(call.login, f"{call.login}@users.noreply.github.com", call.now)
    if not re.fullmatch(r"[^<>\n]+", str(told.get("name", ""))) or "@" not in str(told.get("email")):
        raise refuse(422, "Invalid request. name and email are wrong")
    date = int(datetime.fromisoformat(told["date"]).timestamp()) if "date" in told else call.now
    return Signature(told["name"], told["email"], date)
