"""A repository with a past, as the REST API lists it: GitHub's own objects, put into the fake one at a time."""

from typing import Any

from core.payload import Json
from runtimes.local.demo import payloads
from runtimes.local.demo.pull_payloads import pull_request, side
from runtimes.local.fake_github.objects import Urls, commit_object, iso, user_object
from runtimes.local.fake_github.world import Commit, File, PullRequest, Repository
from tests.building import NOW

HOUR, DAY = 3_600_000, 86_400_000
_API = "https://api.github.com"


def sha(text: object) -> str:
    """A commit's name that says where it came from."""
    return "".join(f"{byte:02x}" for byte in str(text).encode())[:40].ljust(40, "0")


def add_pull(
    repository: Repository, number: int, closed: int, *, merged: bool = True, opened: int = 0, **told: Any
) -> Json:
    """A closed pull request of two commits and a file; times in UNIX ms."""
    made = iso(opened or closed - 5 * HOUR)
    over = {"closed_at": iso(closed), "updated_at": iso(closed), "state": "closed", "merged": merged}
    merge = {"merged_at": iso(closed), "merge_commit_sha": sha(f"m{number}"), "merged_by": payloads.user("ada")}
    counts = {"commits": 2, "changed_files": 1, "additions": 5, "deletions": 1, "comments": 1, "review_comments": 2}
    sides = {
        "head": side(repository, f"topic-{number}", sha(f"h{number}")),
        "base": side(repository, "main", sha("base")),
    }
    told = {
        "title": f"Change {number}",
        "mergeable_state": "clean",
        **counts,
        **over,
        **(merge if merged else {}),
        **told,
    }
    whole = pull_request(repository, number, 9_000_000 + number, "ada", created_at=made, **sides, **told)
    repository.history.pulls[number] = whole
    commits = [Commit(sha(f"c{number}-{n}"), closed - n * HOUR, closed - n * HOUR) for n in (2, 1)]
    repository.pulls[number] = PullRequest(commits, [File("README.md")])
    return whole


def add_run(repository: Repository, id: int, at: int, jobs: int = 3, *, conclusion: str = "success") -> list[Json]:
    """A workflow run of that many jobs, and its check suite; returns the jobs."""
    urls, commit = Urls(_API, repository.full_name), sha(f"r{id}")
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


def _minimal(repository: Repository) -> Json:
    """`minimal-repository`: the properties that it requires are among those of a whole one."""
    told = payloads.around(repository, "ghost")["repository"]
    return {name: value for name, value in told.items() if name != "security_and_analysis"}


def _job(repository: Repository, run: int, n: int, commit: str, at: int) -> Json:
    step = {"name": "Build", "status": "completed", "conclusion": "success", "number": 1}
    times = {"started_at": iso(at + 60_000), "completed_at": iso(at + 120_000)}
    told = {"status": "completed", "conclusion": "success", "created_at": iso(at), "name": f"build {n}"}
    return payloads.workflow_job(
        repository, run * 100 + n, run, commit, **told, **times, workflow_name="CI", steps=[{**step, **times}]
    )


def long_ago(days: float) -> int:
    """UNIX ms."""
    return NOW - round(days * DAY)
