"""Compares two commits: https://docs.github.com/en/rest/commits/commits#compare-two-commits."""

from fakes.github.git_data_api import resolve_commit
from fakes.github.git_database import GitCommit
from fakes.github.git_serializers import listed_commit_object
from fakes.github.json_object import Json
from fakes.github.pagination import links, page_items, page_number
from fakes.github.request import Call
from fakes.github.response import Response, abort, json_answer
from fakes.github.serializers import file_object
from fakes.github.state import File

COMMITS_AT_MOST, FILES_AT_MOST = 250, 300
"""Maximum commits of a comparison without paging, and files of any comparison, which only its first page has."""
_STATUS = {(False, False): "identical", (True, False): "ahead", (False, True): "behind", (True, True): "diverged"}


def get_comparison(call: Call) -> Response:
    """Get the difference between a commit and its merge base with another."""
    if call.repository.git is None:
        return _compare_tagged(call)
    base, head = resolve_commit(call, call.parts["base"]), resolve_commit(call, call.parts["head"])
    after = call.git.history(head.sha)
    before = set(call.git.history(base.sha))
    common = next((commit for commit in after if commit in before), None)
    if common is None:
        raise abort(404, f"No common ancestor between {base.sha} and {head.sha}.")
    ahead = [commit for commit in reversed(after) if commit not in before]
    behind = len(before.difference(after))
    is_paged = bool({"page", "per_page"} & call.query.keys())
    listed = page_items(call.query, ahead) if is_paged else ahead[-COMMITS_AT_MOST:]
    comparison = {
        **_addresses(call, base, head),
        "base_commit": listed_commit_object(call.urls, base),
        "merge_base_commit": listed_commit_object(call.urls, common),
        "status": _STATUS[bool(ahead), bool(behind)],
        "ahead_by": len(ahead),
        "behind_by": behind,
        "total_commits": len(ahead),
        "commits": [listed_commit_object(call.urls, commit) for commit in listed],
        "files": _files(call, common, head)[:FILES_AT_MOST] if page_number(call.query) == 1 else [],
    }
    return json_answer(comparison, headers=links(call, len(ahead)) if is_paged else None)


def _compare_tagged(call: Call) -> Response:
    """Compare the commits of two tags of a repository without git objects: they are one line, by date."""
    tagged = {commit["sha"]: commit for commit in call.repository.history.tags.values()}
    line = sorted(tagged, key=lambda sha: (tagged[sha]["commit"]["committer"]["date"], sha))
    if not {call.parts["base"], call.parts["head"]} <= tagged.keys():
        raise abort(404, "Not Found")
    base, head = line.index(call.parts["base"]), line.index(call.parts["head"])
    ahead, behind = line[base + 1 : head + 1], max(0, base - head)
    comparison = {
        "base_commit": tagged[line[base]],
        "merge_base_commit": tagged[line[min(base, head)]],
        "status": _STATUS[bool(ahead), bool(behind)],
        "ahead_by": len(ahead),
        "behind_by": behind,
        "total_commits": len(ahead),
        "commits": [tagged[sha] for sha in page_items(call.query, ahead)],
        "files": [],
    }
    return json_answer(comparison, headers=links(call, len(ahead)))


def _addresses(call: Call, base: GitCommit, head: GitCommit) -> Json:
    page = f"{call.urls.page}/compare/{base.sha}...{head.sha}"
    return {
        "url": f"{call.urls.repo}/compare/{base.sha}...{head.sha}",
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
    }


def _files(call: Call, before: GitCommit, after: GitCommit) -> list[Json]:
    files = []
    for path, status in sorted(call.git.diff(before.tree, after.tree).items()):
        node = call.git.at(before.tree if status == "removed" else after.tree, path)
        counts = (0, 1) if status == "removed" else (1, 0)
        files.append(file_object(call.urls, File(path, status, *counts), node and node.sha, after.sha))
    return files
