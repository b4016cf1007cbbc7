"""Serves a source repository: lists in pages, and files."""

from posixpath import dirname, join, normpath

from fakes.github.pagination import paginate
from fakes.github.repositories_api import get_committed
from fakes.github.request import Call
from fakes.github.response import Response, error, json_answer
from fakes.github.serializers import (
    DEFAULT_BRANCH,
    commit_object,
    deployment_object,
    entry_object,
    file_object,
    node_object,
    status_object,
)
from fakes.github.state import Symlink

COMMITS_AT_MOST, FILES_AT_MOST = 250, 3000
"""GitHub's limits of these lists: https://docs.github.com/en/rest/pulls/pulls"""
FILTERS = ("environment", "ref", "sha")
_RAW = "application/vnd.github.raw+json; charset=utf-8"


def get_deployments(call: Call) -> Response:
    """List deployments, the newest first."""
    newest = sorted(call.repository.deployments, key=lambda item: (item.created_at, item.id), reverse=True)
    wanted = {name: call.query[name] for name in FILTERS if name in call.query}
    matching = [
        deployment_object(call.urls, deployment)
        for deployment in newest
        if wanted.items() <= deployment._asdict().items()
    ]
    return paginate(call, matching)


def get_deployment_statuses(call: Call) -> Response:
    """List the statuses of a deployment, the newest first."""
    number = int(call.parts["deployment"])
    deployment = next((item for item in call.repository.deployments if item.id == number), None)
    if deployment is None:
        return error(404, "Not Found")
    newest = sorted(deployment.statuses, key=lambda item: item.id, reverse=True)
    return paginate(call, [status_object(call.urls, deployment, item) for item in newest])


def get_pull_commits(call: Call) -> Response:
    """List the commits of a pull request."""
    pull = call.repository.pulls.get(int(call.parts["number"]))
    if pull is None:
        return error(404, "Not Found")
    return paginate(call, [commit_object(call.urls, commit) for commit in pull.commits[:COMMITS_AT_MOST]])


def get_pull_files(call: Call) -> Response:
    """List the files that a pull request changes."""
    pull = call.repository.pulls.get(int(call.parts["number"]))
    if pull is None:
        return error(404, "Not Found")
    return paginate(call, [file_object(call.urls, file) for file in pull.files[:FILES_AT_MOST]])


def get_contents(call: Call) -> Response:
    """Get a file, or list a folder."""
    if call.repository.git is not None:
        return get_committed(call)
    path, ref = call.parts["file"].strip("/"), call.query.get("ref")
    tree = call.repository.trees.get(None if ref == DEFAULT_BRANCH else ref)
    if tree is None:
        return error(404, f"No commit found for the ref {ref}")
    entry = tree.get(path)
    if isinstance(entry, Symlink):
        target = tree.get(normpath(join(dirname(path), entry.target)))
        entry = target if isinstance(target, bytes) else entry
    if "raw" in call.headers.get("Accept", "") and isinstance(entry, bytes):
        return Response(200, {"Content-Type": _RAW}, entry)
    if entry is not None:
        return json_answer(entry_object(call.urls, path, ref, entry))
    folder = f"{path}/" if path else ""
    names = sorted({folder + file.removeprefix(folder).split("/")[0] for file in tree if file.startswith(folder)})
    nodes = [node_object(call.urls, name, ref, tree.get(name)) for name in names]
    return json_answer(nodes) if nodes else error(404, "Not Found")
