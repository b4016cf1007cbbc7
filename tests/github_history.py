"""A repository with a past, as the REST API lists it: GitHub's own objects, put into the fake one at a time."""

from collections.abc import Sequence
from typing import Any

from cli.demo import payloads
from cli.demo.pull_request_payloads import pull_request, review, side
from core.payload import Json
from fakes.github.git_database import GitDatabase, Signature
from fakes.github.serializers import Urls, commit_object, iso, user_object
from fakes.github.state import Commit, Deployment, DeploymentStatus, File, PullRequest, Repository
from tests.builders import NOW

HOUR, DAY = 3_600_000, 86_400_000
_API = "https://api.github.com"


def sha(text: object) -> str:
    """A commit's name that says where it came from."""
    return "".join(f"{byte:02x}" for byte in str(text).encode())[:40].ljust(40, "0")


def add_pull(
    repository: Repository, number: int, closed: int, *, merged: bool = True, opened: int = 0, **fields: Any
) -> Json:
    """A closed pull request of two commits and a file; times in UNIX ms."""
    created_at = iso(opened or closed - 5 * HOUR)
    over = {"closed_at": iso(closed), "updated_at": iso(closed), "state": "closed", "merged": merged}
    merge = {"merged_at": iso(closed), "merge_commit_sha": sha(f"m{number}"), "merged_by": payloads.user("ada")}
    counts = {"commits": 2, "changed_files": 1, "additions": 5, "deletions": 1, "comments": 1, "review_comments": 2}
    sides = {
        "head": side(repository, f"topic-{number}", sha(f"h{number}")),
        "base": side(repository, "main", sha("base")),
    }
    fields = {
        "title": f"Change {number}",
        "mergeable_state": "clean",
        **counts,
        **over,
        **(merge if merged else {}),
        **fields,
    }
    payload = pull_request(repository, number, 9_000_000 + number, "ada", created_at=created_at, **sides, **fields)
    repository.history.pulls[number] = payload
    commits = [Commit(sha(f"c{number}-{n}"), closed - n * HOUR, closed - n * HOUR) for n in (2, 1)]
    repository.pulls[number] = PullRequest(commits, [File("README.md")])
    return payload


def add_review(repository: Repository, number: int, id: int, at: int, state: str = "APPROVED") -> Json:
    """A review of a pull request; as the REST API has it, which lacks a time that webhooks have."""
    fields = review(repository.history.pulls[number], id, "grace", state, at) | {"body": "LGTM"}
    del fields["updated_at"]
    repository.history.reviews.setdefault(number, []).append(fields)
    return fields


def add_deployment(
    repository: Repository, id: int, at: int, state: str = "success", environment: str = "production"
) -> Deployment:
    """A deployment of a commit of its own, the newest of the default branch, and how it ended an hour later."""
    git = repository.git = repository.git or GitDatabase()
    ada = Signature("ada", "ada@octo.example", at // 1000 - 3600)
    tree = git.changed(None, {"package.json": git.blob(b'{"version":"1.%d.0"}' % id)})
    commit = git.commit(tree, tuple(git.branches.get("main", [])[-1:]), f"Change {id}", ada).sha
    git.show("main", commit)
    ends = (DeploymentStatus(2 * id, "in_progress", at), DeploymentStatus(2 * id + 1, state, at + HOUR))
    repository.deployments.append(Deployment(id, environment, at, commit, statuses=ends))
    return repository.deployments[-1]


def add_issue(
    repository: Repository, number: int, opened: int, label: str, *events: tuple[str, int], labeled: int | None = None
) -> Json:
    """An issue that has a label, by default from the first, and what was done to it after that: kinds and times."""
    issue = payloads.issue(repository, number, 7_000_000 + number, opened, (), title=f"Broken {number}")
    history = [("labeled", opened if labeled is None else labeled), *events]
    repository.history.issues[number] = issue | _as_left(repository, label, history)
    repository.history.issue_events[number] = [_issue_event(repository, label, *event) for event in history]
    return repository.history.issues[number]


def add_run(
    repository: Repository, id: int, at: int, jobs: int = 3, *, conclusion: str = "success", commit: str = ""
) -> list[Json]:
    """A workflow run of that many jobs for a commit, by default one of its own, and its check suite; returns the jobs."""
    urls, commit = Urls(_API, repository.full_name), commit or sha(f"r{id}")
    url = f"{urls.repo}/actions/runs/{id}"
    minimal = {"id": repository.id, "node_id": "R", "name": repository.full_name.partition("/")[2]}
    repository.history.runs.append(
        {
            **minimal,
            "id": id,
            "name": "CI",
            "head_branch": "main",
            "head_sha": commit,
            "path": ".github/workflows/ci.yml",
            "display_title": "Change",
            "run_number": id,
            "run_attempt": 1,
            "event": "push",
            "status": "completed",
            "conclusion": conclusion,
            "workflow_id": 7,
            "check_suite_id": 5_000_000 + id,
            "pull_requests": [],
            "created_at": iso(at),
            "updated_at": iso(at + HOUR),
            "run_started_at": iso(at),
            "url": url,
            "html_url": f"{urls.page}/actions/runs/{id}",
            **{f"{name}_url": f"{url}/{name}" for name in ("jobs", "logs", "artifacts", "cancel", "rerun")},
            "check_suite_url": f"{urls.repo}/check-suites/{5_000_000 + id}",
            "workflow_url": f"{urls.repo}/actions/workflows/7",
            "previous_attempt_url": None,
            "actor": user_object(urls, "ada"),
            "triggering_actor": user_object(urls, "ada"),
            "head_commit": None,
            "repository": _minimal(repository),
            "head_repository": _minimal(repository),
        }
    )
    suite = payloads.check_suite(repository, 5_000_000 + id, commit, at, at + HOUR, conclusion=conclusion)
    suite |= {"repository": _minimal(repository)}
    for only_webhooks in ("rerequestable", "runs_rerequestable"):
        suite.pop(only_webhooks)
    repository.history.suites.setdefault(commit, []).append(suite)
    repository.history.jobs[id] = [_job(repository, id, n, commit, at) for n in range(jobs)]
    return repository.history.jobs[id]


def add_tag(repository: Repository, name: str, at: int) -> None:
    """A tag of a commit of its own."""
    urls = Urls(_API, repository.full_name)
    repository.history.tags[name] = commit_object(urls, Commit(sha(f"t{name}"), at, at))


def _as_left(repository: Repository, label: str, events: Sequence[tuple[str, int]]) -> Json:
    kinds, times = dict(events), [at for _, at in events]
    is_closed = [kind for kind in kinds if kind in ("closed", "reopened")][-1:] == ["closed"]
    state: Json = {"state": "closed", "closed_at": iso(kinds["closed"])} if is_closed else {}
    has_label = [kind for kind in kinds if kind in ("labeled", "unlabeled")][-1] == "labeled"
    return {"updated_at": iso(max(times)), "labels": [payloads.label(repository, label)] * has_label, **state}


def _issue_event(repository: Repository, label: str, kind: str, at: int) -> Json:
    urls, about = Urls(_API, repository.full_name), payloads.label(repository, label)
    fields = {"id": at // 1000, "node_id": "E", "url": f"{urls.repo}/issues/events/{at // 1000}", "event": kind}
    nothing = dict.fromkeys(("commit_id", "commit_url", "performed_via_github_app"))
    of_label = {"label": {name: about[name] for name in ("name", "color")}} if "label" in kind else {}
    return {**fields, **nothing, "actor": user_object(urls, "grace"), "created_at": iso(at), **of_label}


def _minimal(repository: Repository) -> Json:
    """`minimal-repository`: the properties that it requires are among those of a whole one."""
    details = payloads.around(repository, "ghost")["repository"]
    return {name: value for name, value in details.items() if name != "security_and_analysis"}


def _job(repository: Repository, run: int, n: int, commit: str, at: int) -> Json:
    step = {"name": "Build", "status": "completed", "conclusion": "success", "number": 1}
    times = {"started_at": iso(at + 60_000), "completed_at": iso(at + 120_000)}
    fields = {"status": "completed", "conclusion": "success", "created_at": iso(at), "name": f"build {n}"}
    return payloads.workflow_job(
        repository, run * 100 + n, run, commit, **fields, **times, workflow_name="CI", steps=[{**step, **times}]
    )


def long_ago(days: float) -> int:
    """UNIX ms."""
    return NOW - round(days * DAY)
