"""Serves trees and blobs of the git database API: https://docs.github.com/en/rest/git/trees."""

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
    """Get a tree, with `recursive` all entries below it, but at most `tree_limit` of the state."""
    git, sha = call.nonempty_git, call.parts["sha"]
    sha = git.head(sha) or sha
    if sha in git.commits:
        sha = git.commits[sha].tree
    if sha not in git.trees:
        raise abort(404, "Not Found")
    nodes = list(git.paths(sha)) if "recursive" in call.query else list(git.trees[sha].items())
    limit = call.state.tree_limit
    return json_answer(tree_object(call.urls, git, sha, nodes[:limit], truncated=len(nodes) > limit))


def post_tree(call: Call) -> Response:
    """Create a tree from a base tree and changes."""
    fields, git = call.require("tree"), call.nonempty_git
    base, entries = fields.get("base_tree"), fields["tree"]
    if base is not None and base not in git.trees:
        raise abort(422, "base_tree is not a valid tree oid")
    if base is None and not entries:
        raise abort(422, "Invalid tree info")
    sha = git.changed(base, dict(_change(call, base, entry) for entry in entries))
    return json_answer(tree_object(call.urls, git, sha, list(git.trees[sha].items()), truncated=False), 201)


def get_blob(call: Call) -> Response:
    """Get a blob by its SHA."""
    git, sha = call.nonempty_git, call.parts["sha"]
    if sha not in git.blobs:
        raise abort(404, "Not Found")
    return json_answer(blob_object(call.urls, sha, git.blobs[sha]))


def post_blob(call: Call) -> Response:
    """Create a blob, which no tree contains yet."""
    fields, git = call.require("content"), call.nonempty_git
    sha = git.blob(decode_content(fields))
    return json_answer({"sha": sha, "url": f"{call.urls.repo}/git/blobs/{sha}"}, 201)


def decode_content(fields: Mapping[str, Any]) -> bytes:
    """Return the content in a request's body; raises HttpError 422 for invalid base64."""
    content = str(fields.get("content"))
    if fields.get("encoding", "utf-8") != "base64":
        return content.encode()
    try:
        return base64.b64decode("".join(content.split()), validate=True)  # base64 usually has line breaks
    except binascii.Error:
        raise abort(422, "content is not valid Base64") from None


def is_malformed(path: str) -> bool:
    """Return whether git does not allow this path."""
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
    """Return the object that an entry names, or None to remove it; raises HttpError 422."""
    if sha is None:
        if base is None or call.git.at(base, path) is None:
            raise abort(422, "GitRPC::BadObjectState")
        return None
    node = Node(mode, str(sha))
    if node.sha not in (call.git.trees if node.is_tree else call.git.blobs):
        raise abort(422, f"tree.sha {sha} is not a valid {'tree' if node.is_tree else 'blob'}")
    return node
