"""The fake's answers about trees and blobs: https://docs.github.com/en/rest/git/trees."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from fakes.github.git_database import Node
from fakes.github.git_serializers import blob_object, tree_object
from fakes.github.request import Call
from fakes.github.response import Response, UnknownRequest, abort, json_answer

_MODES = {"100644", "100755", "120000", "40000"}
_BAD_PARTS = {"", ".", "..", ".git"}
_EITHER = "Must supply either tree.sha or tree.content. Request will be rejected if both are present."


def get_tree(call: Call) -> Response:
    """A tree, and with `recursive` all below it, but no more than the world's `tree_limit` entries."""
    git, sha = call.nonempty_git, call.parts["sha"]
    sha = git.head(sha) or sha
    if sha in git.commits:
        sha = git.commits[sha].tree
    if sha not in git.trees:
        raise abort(404, "Not Found")
    nodes = list(git.paths(sha)) if "recursive" in call.query else list(git.trees[sha].items())
    limit = call.world.tree_limit
    return json_answer(tree_object(call.urls, git, sha, nodes[:limit], truncated=len(nodes) > limit))


def post_tree(call: Call) -> Response:
    """A tree made of another and of changes to it."""
    fields, git = call.require("tree"), call.nonempty_git
    base, entries = fields.get("base_tree"), fields["tree"]
    if base is not None and base not in git.trees:
        raise abort(422, "base_tree is not a valid tree oid")
    if base is None and not entries:
        raise abort(422, "Invalid tree info")
    sha = git.changed(base, dict(_change(call, base, entry) for entry in entries))
    return json_answer(tree_object(call.urls, git, sha, list(git.trees[sha].items()), truncated=False), 201)


def get_blob(call: Call) -> Response:
    """A content, by its name."""
    git, sha = call.nonempty_git, call.parts["sha"]
    if sha not in git.blobs:
        raise abort(404, "Not Found")
    return json_answer(blob_object(call.urls, sha, git.blobs[sha]))


def post_blob(call: Call) -> Response:
    """A content that no tree shows yet."""
    fields, git = call.require("content"), call.nonempty_git
    sha = git.blob(decoded(fields))
    return json_answer({"sha": sha, "url": f"{call.urls.repo}/git/blobs/{sha}"}, 201)


def decoded(told: Mapping[str, Any]) -> bytes:
    """The content of a request's body."""
    content = str(told.get("content"))
    if told.get("encoding", "utf-8") != "base64":
        return content.encode()
    try:
        return base64.b64decode("".join(content.split()), validate=True)  # lines are usual
    except binascii.Error:
        raise abort(422, "content is not valid Base64") from None


def is_malformed(path: str) -> bool:
    """Whether git cannot hold this path."""
    return any(part.lower() in _BAD_PARTS for part in path.split("/"))


def _change(call: Call, base: str | None, entry: Mapping[str, Any]) -> tuple[str, Node | None]:
    path, mode = str(entry.get("path")), str(entry.get("mode")).lstrip("0")
    if is_malformed(path):
        raise abort(422, "tree.path contains a malformed path component")
    if mode == "160000":
        raise UnknownRequest(f"POST git/trees: {path} is a submodule")
    if mode not in _MODES:
        raise abort(422, "Must supply a valid tree.mode")
    if ("sha" in entry) == ("content" in entry):
        raise abort(422, _EITHER)
    if "content" in entry:
        return path, Node(mode, call.git.blob(str(entry["content"]).encode()))
    return path, _named(call, base, path, mode, entry["sha"])


def _named(call: Call, base: str | None, path: str, mode: str, sha: Any) -> Node | None:
    """The object that an entry names; None takes away what is there."""
    if sha is None:
        if base is None or call.git.at(base, path) is None:
            raise abort(422, "GitRPC::BadObjectState")
        return None
    node = Node(mode, str(sha))
    if node.sha not in (call.git.trees if node.is_tree else call.git.blobs):
        raise abort(422, f"tree.sha {sha} is not a valid {'tree' if node.is_tree else 'blob'}")
    return node
