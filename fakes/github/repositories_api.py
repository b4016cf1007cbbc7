"""Serves repositories, their branches, and the contents API."""

from fakes.github.git_data_api import RULES, signature
from fakes.github.git_database import GitDatabase
from fakes.github.git_serializers import account_object, branch_object, git_commit_object, repository_object
from fakes.github.json_object import Json
from fakes.github.request import Call
from fakes.github.response import HttpError, Response, abort, json_answer
from fakes.github.serializers import entry_object, node_object
from fakes.github.trees_api import decode_content, is_malformed

_NAME_EXISTS = {
    "message": "Repository creation failed.",
    "errors": [
        {
            "resource": "Repository",
            "code": "custom",
            "field": "name",
            "message": "name already exists on this account",
        }
    ],
    "documentation_url": "https://docs.github.com/rest/repos/repos",
    "status": "422",
}


def get_repository(call: Call) -> Response:
    """Get a repository."""
    return json_answer(repository_object(call.urls, call.repository, may_write=call.repository.writable))


def get_account(call: Call) -> Response:
    """Get the token's account."""
    return json_answer(account_object(call.urls, call.login))


def get_branch(call: Call) -> Response:
    """Get a branch."""
    branch = call.parts["branch"]
    head = call.git.head(branch)
    if head is None:
        raise abort(404, "Branch not found")
    return json_answer(branch_object(call.urls, call.repository, branch, call.git.get_commit(head)))


def post_repository(call: Call) -> Response:
    """Create a repository of the account or organization in the route."""
    fields, owner = call.require("name"), call.parts.get("org") or call.login
    full_name = f"{owner}/{fields['name']}"
    if call.state.find(full_name, 0) is not None:
        raise HttpError(json_answer(_NAME_EXISTS, 422))
    repository = call.state.data_repository(full_name, empty=True)
    repository.private, repository.description = bool(fields.get("private")), fields.get("description")
    urls = call.urls._replace(full_name=full_name)
    new_call = call._replace(repository=repository, urls=urls)
    if fields.get("auto_init"):
        _commit(new_call, repository.default_branch, "README.md", f"# {fields['name']}\n".encode(), "Initial commit")
    return json_answer(repository_object(urls, repository, may_write=True), 201)


def get_committed(call: Call) -> Response:
    """Get a file or folder of a data repository."""
    git, path, ref = call.git, call.parts["file"].strip("/"), call.query.get("ref")
    sha = git.head(ref or call.repository.default_branch) or ref
    if sha not in git.commits:
        raise abort(404, f"No commit found for the ref {ref}" if ref else "This repository is empty.")
    node = git.at(git.commits[sha].tree, path)
    if node is None:
        raise abort(404, "Not Found")
    ref_name = ref or call.repository.default_branch
    if node.is_tree:
        inner = [(f"{path}/{name}".strip("/"), child) for name, child in git.trees[node.sha].items()]
        return json_answer(
            [node_object(call.urls, name, ref_name, git.blobs.get(child.sha), child.sha) for name, child in inner]
        )
    content = git.blobs[node.sha]
    if "raw" in call.headers.get("Accept", ""):
        return Response(200, {"Content-Type": "application/vnd.github.raw+json; charset=utf-8"}, content)
    return json_answer(entry_object(call.urls, path, ref_name, content, node.sha))


def put_contents(call: Call) -> Response:
    """Create or update one file in its own commit, which may be the first of the repository.

    https://docs.github.com/en/rest/repos/contents#create-or-update-file-contents
    """
    fields, git, path = call.require("message", "content"), call.git, call.parts["file"].strip("/")
    if is_malformed(path):
        raise abort(422, "path contains a malformed path component")
    branch = str(fields.get("branch") or call.repository.default_branch)
    head = git.head(branch)
    if head is None and git.branches:
        raise abort(404, f"Branch {branch} not found")
    if branch in call.repository.protected:
        raise abort(409, RULES)
    existing = git.at(git.get_commit(head).tree, path) if head is not None else None
    if existing is not None and "sha" not in fields:
        raise abort(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if existing is not None and fields["sha"] != existing.sha:
        raise abort(409, f"{path} does not match {fields['sha']}")
    result = _commit(call, branch, path, decode_content({**fields, "encoding": "base64"}), str(fields["message"]))
    return json_answer(result, 201 if existing is None else 200)


def _commit(call: Call, branch: str, path: str, content: bytes, message: str) -> Json:
    git: GitDatabase = call.git
    fields = call.json()
    head = git.head(branch)
    author = signature(call, fields.get("author"), None)
    committer = signature(call, fields.get("committer"), author)
    sha = git.blob(content)
    tree = git.changed(None if head is None else git.get_commit(head).tree, {path: sha})
    new_commit = git.commit(tree, () if head is None else (head,), message, author, committer)
    git.show(branch, new_commit.sha)
    return {
        "content": entry_object(call.urls, path, branch, content, sha),
        "commit": git_commit_object(call.urls, new_commit),
    }
