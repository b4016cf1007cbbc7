"""The payloads of GitHub's webhooks, whole: tests/contract/test_demo_payloads.py holds them against GitHub's own schemas.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Sequence

from core.payload import Json
from fakes.github.git_serializers import repository_object
from fakes.github.serializers import Urls, iso, node_id, user_object
from fakes.github.state import Repository

API = "https://api.github.com"
_UNTOLD = ("permissions", "network_count", "subscribers_count")


def urls_of(repository: Repository) -> Urls:
    """Its addresses."""
    return Urls(API, repository.full_name)


def user(login: str) -> Json:
    """A person or a bot."""
    made = user_object(Urls(API, ""), login)
    if not login.endswith("[bot]"):
        return made
    return {**made, "type": "Bot", "html_url": f"https://github.com/apps/{login.removesuffix('[bot]')}"}


def around(repository: Repository, sender: str, action: str | None = None) -> Json:
    """What every payload has."""
    whole = repository_object(urls_of(repository), repository, may_write=True)
    told = {name: value for name, value in whole.items() if name not in _UNTOLD} | {"has_downloads": True, "topics": []}
    return ({} if action is None else {"action": action}) | {"repository": told, "sender": user(sender)}


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
