"""Builds complete payloads about pull requests and pushes to their branches."""

from collections.abc import Sequence
from typing import Any

from cli.demo.payloads import around, urls_of, user
from core.payload import Json
from fakes.github.serializers import iso, node_id
from fakes.github.state import Commit, Repository

_ZERO_SHA = "0" * 40
"""`before` of a push that creates a branch."""
_PULL_LINKS = {
    "html": "/pull/{n}",
    "issue": "/issues/{n}",
    "comments": "/issues/{n}/comments",
    "review_comments": "/pulls/{n}/comments",
    "review_comment": "/pulls/comments{{/number}}",
    "commits": "/pulls/{n}/commits",
    "statuses": "/statuses/{sha}",
}


def side(repository: Repository, ref: str, sha: str) -> Json:
    """Return the head or the base of a pull request."""
    repo = around(repository, "ghost")["repository"]
    owner = repository.full_name.partition("/")[0]
    return {"label": f"{owner}:{ref}", "ref": ref, "sha": sha, "user": user(owner), "repo": repo}


def pull_request(repository: Repository, number: int, id: int, author: str | None, **fields: Any) -> Json:
    """Return an open pull request; `fields` override the defaults."""
    urls, times = urls_of(repository), ("created_at", "updated_at")
    head, base = fields["head"], fields["base"]
    links = {
        name: (urls.page if name == "html" else urls.repo) + path.format(n=number, sha=head["sha"])
        for name, path in _PULL_LINKS.items()
    }
    url = f"{urls.repo}/pulls/{number}"
    return {
        "id": id,
        **node_id(str(id)),
        "number": number,
        "url": url,
        **{f"{name}_url": link for name, link in links.items()},
        "diff_url": f"{links['html']}.diff",
        "patch_url": f"{links['html']}.patch",
        "_links": {"self": {"href": url}} | {name: {"href": link} for name, link in links.items()},
        "user": None if author is None else user(author),
        "state": "open",
        **dict.fromkeys(("locked", "draft", "merged", "maintainer_can_modify"), False),
        **dict.fromkeys(("assignee", "milestone", "auto_merge", "active_lock_reason", "mergeable", "rebaseable")),
        **dict.fromkeys(("body", "closed_at", "merged_at", "merged_by", "merge_commit_sha")),
        **{name: [] for name in ("assignees", "requested_reviewers", "requested_teams", "labels")},
        **dict.fromkeys(("additions", "deletions", "changed_files", "comments", "commits", "review_comments"), 0),
        "mergeable_state": "unknown",
        "author_association": "MEMBER",
        **dict.fromkeys(times, fields["created_at"]),
        **fields,
        "head": head,
        "base": base,
    }


def review(pull: Json, id: int, reviewer: str, state: str, at: int) -> Json:
    """Return a review of a pull request."""
    html = f"{pull['html_url']}#pullrequestreview-{id}"
    return {
        "id": id,
        **node_id(str(id)),
        "user": user(reviewer),
        "body": None,
        "commit_id": pull["head"]["sha"],
        "submitted_at": iso(at),
        "updated_at": iso(at),
        "state": state,
        "html_url": html,
        "pull_request_url": pull["url"],
        "author_association": "MEMBER",
        "_links": {"html": {"href": html}, "pull_request": {"href": pull["url"]}},
    }


def checked_pull_request(repository: Repository, pull: Json) -> Json:
    """Return a pull request as a check suite lists it."""
    repo = {"id": repository.id, "url": urls_of(repository).repo, "name": repository.full_name.partition("/")[2]}
    sides = {name: {"ref": pull[name]["ref"], "sha": pull[name]["sha"], "repo": repo} for name in ("head", "base")}
    return {"id": pull["id"], "number": pull["number"], "url": pull["url"], **sides}


def push(repository: Repository, pusher: str, ref: str, commits: Sequence[Commit], before: str | None) -> Json:
    """Return a push to a branch; `before` is None if the push creates the branch."""
    urls, pushed_commits = urls_of(repository), [_push_payload(repository, commit) for commit in commits]
    return around(repository, pusher) | {
        "ref": f"refs/heads/{ref}",
        "before": before or _ZERO_SHA,
        "after": commits[-1].sha,
        "created": before is None,
        **dict.fromkeys(("deleted", "forced"), False),
        "base_ref": None,
        "compare": f"{urls.page}/compare/{(before or commits[0].sha)[:12]}...{commits[-1].sha[:12]}",
        "commits": pushed_commits,
        "head_commit": pushed_commits[-1],
        "pusher": {"name": pusher, "email": f"{pusher.partition('[')[0]}@octo.example"},
    }


def _push_payload(repository: Repository, commit: Commit) -> Json:
    login = commit.login or "ghost"
    identity = {"name": login, "email": f"{login.partition('[')[0]}@octo.example", "username": login}
    return {
        "id": commit.sha,
        "tree_id": commit.sha[::-1],
        "distinct": True,
        "message": "Ändere die Anzeige ✨",
        "timestamp": iso(commit.committed or 0),
        "url": f"{urls_of(repository).page}/commit/{commit.sha}",
        **dict.fromkeys(("author", "committer"), identity),
        **{name: [] for name in ("added", "removed")},
        "modified": ["src/cart.py"],
    }
