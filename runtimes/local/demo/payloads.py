"""The payloads of GitHub's webhooks, whole: tests/contract/test_demo_payloads.py holds them against GitHub's own schemas.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Sequence
from typing import Any

from core.payload import Json
from runtimes.local.fake_github.git_objects import repository_object
from runtimes.local.fake_github.objects import Urls, iso, node_id, user_object
from runtimes.local.fake_github.world import Repository

API = "https://api.github.com"
_UNTOLD = ("permissions", "network_count", "subscribers_count")
_PULL_LINKS = {
    "html": "/pull/{n}",
    "issue": "/issues/{n}",
    "comments": "/issues/{n}/comments",
    "review_comments": "/pulls/{n}/comments",
    "review_comment": "/pulls/comments{{/number}}",
    "commits": "/pulls/{n}/commits",
    "statuses": "/statuses/{sha}",
}


def urls_of(repository: Repository) -> Urls:
    """Its addresses."""
    return Urls(API, repository.full_name)


def user(login: str) -> Json:
    """A person or a bot."""
    made = user_object(Urls(API, ""), login)
    return {**made, "type": "Bot", "html_url": "https://github.com/apps/dependabot"} if "[bot]" in login else made


def around(repository: Repository, sender: str, action: str | None = None) -> Json:
    """What every payload has."""
    whole = repository_object(urls_of(repository), repository, may_write=True)
    told = {name: value for name, value in whole.items() if name not in _UNTOLD} | {"has_downloads": True, "topics": []}
    return ({} if action is None else {"action": action}) | {"repository": told, "sender": user(sender)}


def side(repository: Repository, ref: str, sha: str) -> Json:
    """The head or the base of a pull request."""
    repo = around(repository, "ghost")["repository"]
    owner = repository.full_name.partition("/")[0]
    return {"label": f"{owner}:{ref}", "ref": ref, "sha": sha, "user": user(owner), "repo": repo}


def pull_request(repository: Repository, number: int, id: int, author: str | None, **told: Any) -> Json:
    """One that is open and untouched, but for what is told."""
    urls, times = urls_of(repository), ("created_at", "updated_at")
    head, base = told["head"], told["base"]
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
        **dict.fromkeys(times, told["created_at"]),
        **told,
        "head": head,
        "base": base,
    }


def review(pull: Json, id: int, reviewer: str, state: str, at: int) -> Json:
    """Of a pull request."""
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


def workflow_job(repository: Repository, id: int, run: int, sha: str, **told: object) -> Json:
    """A job, and whatever is told of it."""
    urls = urls_of(repository)
    return {
        "id": id,
        "run_id": run,
        "run_attempt": 1,
        **node_id(str(id)),
        "head_sha": sha,
        "head_branch": "main",
        "url": f"{urls.repo}/actions/jobs/{id}",
        "run_url": f"{urls.repo}/actions/runs/{run}",
        "html_url": f"{urls.page}/actions/runs/{run}/job/{id}",
        "check_run_url": f"{urls.repo}/check-runs/{id}",
        "labels": ["ubuntu-latest"],
        "runner_id": 7,
        "runner_name": "GitHub Actions 7",
        "runner_group_id": 2,
        "runner_group_name": "GitHub Actions",
        **told,
    }


def check_suite(repository: Repository, id: int, sha: str, began: int, ended: int, **told: object) -> Json:
    """A completed one."""
    url, who = f"{urls_of(repository).repo}/check-suites/{id}", {"name": "Ada", "email": "ada@octo.example"}
    commit = {
        "id": sha,
        "tree_id": sha[::-1],
        "message": "Change",
        "timestamp": iso(began),
        "author": who,
        "committer": who,
    }
    return {
        "id": id,
        **node_id(str(id)),
        "head_branch": "main",
        "head_sha": sha,
        "status": "completed",
        "conclusion": "success",
        "url": url,
        "before": None,
        "after": sha,
        "pull_requests": [],
        "app": _actions_app(),
        "created_at": iso(began),
        "updated_at": iso(ended),
        "latest_check_runs_count": 4,
        "check_runs_url": f"{url}/check-runs",
        "head_commit": commit,
        "rerequestable": True,
        "runs_rerequestable": True,
        **told,
    }


def checked_pull_request(repository: Repository, pull: Json) -> Json:
    """As a check suite names it."""
    repo = {"id": repository.id, "url": urls_of(repository).repo, "name": repository.full_name.partition("/")[2]}
    sides = {name: {"ref": pull[name]["ref"], "sha": pull[name]["sha"], "repo": repo} for name in ("head", "base")}
    return {"id": pull["id"], "number": pull["number"], "url": pull["url"], **sides}


def issue(repository: Repository, number: int, id: int, opened: int, labels: Sequence[Json], **told: object) -> Json:
    """One that is open, but for what is told."""
    urls = urls_of(repository)
    url = f"{urls.repo}/issues/{number}"
    faces = dict.fromkeys(("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes", "total_count"), 0)
    return {
        "id": id,
        **node_id(str(id)),
        "number": number,
        "url": url,
        "repository_url": urls.repo,
        "html_url": f"{urls.page}/issues/{number}",
        **{f"{name}_url": f"{url}/{name}" for name in ("comments", "events")},
        "labels_url": f"{url}/labels{{/name}}",
        "user": user("grace"),
        "labels": list(labels),
        "assignees": [],
        **dict.fromkeys(("assignee", "milestone", "closed_at", "active_lock_reason", "body")),
        "comments": 0,
        "locked": False,
        "state": "open",
        "author_association": "MEMBER",
        "created_at": iso(opened),
        "updated_at": iso(opened),
        "reactions": {"url": f"{url}/reactions", **faces},
        **told,
    }


def label(repository: Repository, name: str) -> Json:
    """Of issues."""
    told = {"id": 208_045_946, **node_id(name), "url": f"{urls_of(repository).repo}/labels/{name}", "name": name}
    return {**told, "color": "d93f0b", "default": False, "description": None}


def _actions_app() -> Json:
    when = iso(1_532_907_700_000)
    return {
        "id": 15368,
        **node_id("app"),
        "slug": "github-actions",
        "owner": {**user("github"), "type": "Organization"},
        "name": "GitHub Actions",
        "description": "Automate your workflow from idea to production",
        "external_url": "https://help.github.com/en/actions",
        "html_url": "https://github.com/apps/github-actions",
        "created_at": when,
        "updated_at": when,
        "permissions": {"checks": "write"},
        "events": ["workflow_dispatch"],
    }
