"""Serializes a data repository as GitHub's JSON objects with every property that its OpenAPI requires."""

import base64

from fakes.github.git_database import GitCommit, GitDatabase, Node, Signature
from fakes.github.json_object import Json
from fakes.github.serializers import Urls, iso, node_id, user_object
from fakes.github.state import Repository

_LISTS = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads "
    "events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages merges "
    "milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees"
)
_COUNTS = "forks forks_count open_issues open_issues_count stargazers_count watchers watchers_count network_count"
_FEATURES = "has_downloads has_projects has_wiki has_pages has_discussions"


def repository_object(urls: Urls, repository: Repository, *, may_write: bool) -> Json:
    """Return the schema `full-repository`."""
    owner, name = repository.full_name.split("/")
    when = iso(1_700_000_000_000)
    permissions = {"admin": may_write, "maintain": may_write, "push": may_write, "triage": may_write, "pull": True}
    return {
        "id": repository.id,
        **node_id(repository.full_name),
        "name": name,
        "full_name": repository.full_name,
        "owner": user_object(urls, owner),
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "description": repository.description,
        "default_branch": repository.default_branch,
        "archived": repository.archived,
        "disabled": repository.disabled,
        "fork": False,
        "permissions": permissions,
        "size": len(repository.git.blobs) if repository.git is not None else 0,
        **dict.fromkeys(_COUNTS.split(), 0),
        "subscribers_count": 0,
        **dict.fromkeys(_FEATURES.split(), False),
        "has_issues": repository.has_issues,
        **dict.fromkeys(("homepage", "language", "license", "mirror_url")),
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), when),
        "url": urls.repo,
        "html_url": urls.page,
        **{f"{path}_url": f"{urls.repo}/{path}" for path in _LISTS.split()},
        **dict.fromkeys(("clone_url", "svn_url"), f"{urls.page}.git"),
        "git_url": f"git://github.com/{repository.full_name}.git",
        "ssh_url": f"git@github.com:{repository.full_name}.git",
    }


def account_object(urls: Urls, login: str) -> Json:
    """Return the schema `private-user`: the token's account."""
    empty = ("bio", "blog", "company", "email", "hireable", "location", "name")
    counts = "followers following public_gists public_repos collaborators disk_usage owned_private_repos private_gists"
    return {
        **user_object(urls, login),
        **dict.fromkeys(empty),
        **dict.fromkeys((*counts.split(), "total_private_repos"), 0),
        **dict.fromkeys(("created_at", "updated_at"), iso(1_700_000_000_000)),
        "two_factor_authentication": True,
    }


def ref_object(urls: Urls, branch: str, sha: str) -> Json:
    """Return the schema `git-ref`."""
    target = {"type": "commit", "sha": sha, "url": f"{urls.repo}/git/commits/{sha}"}
    ref = f"refs/heads/{branch}"
    return {"ref": ref, **node_id(ref), "url": f"{urls.repo}/git/{ref}", "object": target}


def git_commit_object(urls: Urls, commit: GitCommit) -> Json:
    """Return the schema `git-commit`."""
    unsigned = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
    return {
        "sha": commit.sha,
        **node_id(commit.sha),
        "url": f"{urls.repo}/git/commits/{commit.sha}",
        "html_url": f"{urls.page}/commit/{commit.sha}",
        "author": _person(commit.author),
        "committer": _person(commit.committer),
        "tree": _tree_link(urls, commit),
        "message": commit.message,
        "parents": [_parent(urls, parent, "git/commits") for parent in commit.parents],
        "verification": unsigned,
    }


def listed_commit_object(urls: Urls, commit: GitCommit) -> Json:
    """Return the schema `commit`, as lists and comparisons contain it."""
    commit_fields = {
        "author": _person(commit.author),
        "committer": _person(commit.committer),
        "message": commit.message,
        "comment_count": 0,
        "url": f"{urls.repo}/git/commits/{commit.sha}",
        "tree": _tree_link(urls, commit),
    }
    url = f"{urls.repo}/commits/{commit.sha}"
    return {
        "sha": commit.sha,
        **node_id(commit.sha),
        "url": url,
        "html_url": f"{urls.page}/commit/{commit.sha}",
        "comments_url": f"{url}/comments",
        "commit": commit_fields,
        "author": None,
        "committer": None,
        "parents": [_parent(urls, parent, "commits") for parent in commit.parents],
    }


def tree_object(urls: Urls, git: GitDatabase, sha: str, nodes: list[tuple[str, Node]], *, truncated: bool) -> Json:
    """Return the schema `git-tree`."""
    return {
        "sha": sha,
        "url": f"{urls.repo}/git/trees/{sha}",
        "tree": [_node(urls, git, path, node) for path, node in nodes],
        "truncated": truncated,
    }


def blob_object(urls: Urls, sha: str, content: bytes) -> Json:
    """Return the schema `blob`."""
    url, text = f"{urls.repo}/git/blobs/{sha}", base64.b64encode(content).decode()
    return {"sha": sha, **node_id(sha), "size": len(content), "url": url, "content": text, "encoding": "base64"}


def branch_object(urls: Urls, repository: Repository, branch: str, commit: GitCommit) -> Json:
    """Return the schema `branch-with-protection`."""
    protection = f"{urls.repo}/branches/{branch}/protection"
    return {
        "name": branch,
        "commit": listed_commit_object(urls, commit),
        "_links": {"self": f"{urls.repo}/branches/{branch}", "html": f"{urls.page}/tree/{branch}"},
        "protected": branch in repository.protected,
        "protection": {"enabled": branch in repository.protected},
        "protection_url": protection,
    }


def _node(urls: Urls, git: GitDatabase, path: str, node: Node) -> Json:
    kind = "tree" if node.is_tree else "blob"
    entry = {"path": path, "mode": node.mode.zfill(6), "type": kind, "sha": node.sha}
    entry["url"] = f"{urls.repo}/git/{kind}s/{node.sha}"
    return entry if node.is_tree else {**entry, "size": len(git.blobs[node.sha])}


def _person(signature: Signature) -> Json:
    return {"name": signature.name, "email": signature.email, "date": iso(signature.date * 1000)}


def _tree_link(urls: Urls, commit: GitCommit) -> Json:
    return {"sha": commit.tree, "url": f"{urls.repo}/git/trees/{commit.tree}"}


def _parent(urls: Urls, sha: str, list_name: str) -> Json:
    return {"sha": sha, "url": f"{urls.repo}/{list_name}/{sha}", "html_url": f"{urls.page}/commit/{sha}"}
