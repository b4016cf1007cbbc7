"""Builds complete webhook payloads; tests/contract/test_demo_payloads.py validates them against GitHub's schemas.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Sequence

from core.payload import Json
from fakes.github.git_serializers import repository_object
from fakes.github.serializers import Urls, iso, node_id, user_object
from fakes.github.state import Repository

API = "https://api.github.com"
_NOT_IN_WEBHOOKS = ("permissions", "network_count", "subscribers_count")


def urls_of(repository: Repository) -> Urls:
    """Return the URLs of a repository."""
    return Urls(API, repository.full_name)


def user(login: str) -> Json:
    """Return the account object of a person or a bot."""
    account = user_object(Urls(API, ""), login)
    if not login.endswith("[bot]"):
        return account
    return {**account, "type": "Bot", "html_url": f"https://github.com/apps/{login.removesuffix('[bot]')}"}


def around(repository: Repository, sender: str, action: str | None = None) -> Json:
    """Return the fields that every payload has."""
    full = repository_object(urls_of(repository), repository, may_write=True)
    fields = {name: value for name, value in full.items() if name not in _NOT_IN_WEBHOOKS} | {
        "has_downloads": True,
        "topics": [],
    }
    return ({} if action is None else {"action": action}) | {"repository": fields, "sender": user(sender)}


def workflow_job(repository: Repository, id: int, run: int, sha: str, **fields: object) -> Json:
    """Return a workflow job; `fields` override the defaults."""
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
        **fields,
    }


def check_suite(repository: Repository, id: int, sha: str, began: int, ended: int, **fields: object) -> Json:
    """Return a completed check suite; `fields` override the defaults."""
    url, identity = f"{urls_of(repository).repo}/check-suites/{id}", {"name": "Ada", "email": "ada@octo.example"}
    commit = {
        "id": sha,
        "tree_id": sha[::-1],
        "message": "Change",
        "timestamp": iso(began),
        "author": identity,
        "committer": identity,
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
        **fields,
    }


def issue(repository: Repository, number: int, id: int, opened: int, labels: Sequence[Json], **fields: object) -> Json:
    """Return an open issue; `fields` override the defaults."""
    urls = urls_of(repository)
    url = f"{urls.repo}/issues/{number}"
    reactions = dict.fromkeys(("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes", "total_count"), 0)
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
        "reactions": {"url": f"{url}/reactions", **reactions},
        **fields,
    }


def label(repository: Repository, name: str) -> Json:
    """Return an issue label."""
    fields = {"id": 208_045_946, **node_id(name), "url": f"{urls_of(repository).repo}/labels/{name}", "name": name}
    return {**fields, "color": "d93f0b", "default": False, "description": None}


def _actions_app() -> Json:
    timestamp = iso(1_532_907_700_000)
    return {
        "id": 15368,
        **node_id("app"),
        "slug": "github-actions",
        "owner": {**user("github"), "type": "Organization"},
        "name": "GitHub Actions",
        "description": "Automate your workflow from idea to production",
        "external_url": "https://help.github.com/en/actions",
        "html_url": "https://github.com/apps/github-actions",
        "created_at": timestamp,
        "updated_at": timestamp,
        "permissions": {"checks": "write"},
        "events": ["workflow_dispatch"],
    }
