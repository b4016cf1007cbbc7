"""Builds complete payloads about a workflow's run: the run, its workflow, and the check run of a job."""

from typing import NamedTuple

from cli.demo.parts import Part
from cli.demo.payloads import around, urls_of, user
from core.payload import Json
from fakes.github.serializers import iso, node_id
from fakes.github.state import Repository

DEPLOYER = "github-actions[bot]"
_WORKFLOW = 161_335
_LINKS = ("jobs", "logs", "artifacts", "cancel", "rerun")


class DeployRun(NamedTuple):
    """A run of a workflow that deploys. Times are UNIX ms."""

    repository: Repository
    part: Part
    id: int
    sha: str
    at: int


def workflow(run: DeployRun) -> Json:
    """Return the workflow of a run."""
    urls, created = urls_of(run.repository), iso(1_700_000_000_000)
    id = _WORKFLOW + sum(run.part.path.encode())
    return {
        "id": id,
        **node_id(str(id)),
        "name": run.part.workflow,
        "path": run.part.path,
        "state": "active",
        "created_at": created,
        "updated_at": created,
        "url": f"{urls.repo}/actions/workflows/{id}",
        "html_url": f"{urls.page}/blob/main/{run.part.path}",
        "badge_url": f"{urls.page}/workflows/{run.part.workflow.replace(' ', '%20')}/badge.svg",
    }


def workflow_run(run: DeployRun, ended: int | None = None, conclusion: str | None = None) -> Json:
    """Return a run started by hand on the default branch: in progress, or completed at a time (UNIX ms)."""
    urls = urls_of(run.repository)
    url, flow, suite = f"{urls.repo}/actions/runs/{run.id}", workflow(run), run.id + 1
    repository = around(run.repository, "ghost")["repository"]
    return {
        "id": run.id,
        **node_id(str(run.id)),
        "name": run.part.workflow,
        "path": run.part.path,
        "display_title": run.part.workflow,
        "event": "workflow_dispatch",
        "head_branch": "main",
        "head_sha": run.sha,
        "run_number": run.id % 10_000,
        "run_attempt": 1,
        "status": "in_progress" if ended is None else "completed",
        "conclusion": conclusion,
        "workflow_id": flow["id"],
        "workflow_url": flow["url"],
        "check_suite_id": suite,
        "check_suite_node_id": node_id(str(suite))["node_id"],
        "check_suite_url": f"{urls.repo}/check-suites/{suite}",
        "url": url,
        "html_url": f"{urls.page}/actions/runs/{run.id}",
        **{f"{name}_url": f"{url}/{name}" for name in _LINKS},
        "previous_attempt_url": None,
        "pull_requests": [],
        "referenced_workflows": [],
        "created_at": iso(run.at),
        "run_started_at": iso(run.at),
        "updated_at": iso(run.at if ended is None else ended),
        "actor": user("ada"),
        "triggering_actor": user("ada"),
        "head_commit": {
            "id": run.sha,
            "tree_id": run.sha[::-1],
            "message": "Change",
            "timestamp": iso(run.at),
            "author": {"name": "Ada", "email": "ada@octo.example"},
            "committer": {"name": "Ada", "email": "ada@octo.example"},
        },
        "repository": repository,
        "head_repository": repository,
    }


def check_run(run: DeployRun, id: int, name: str, started: int, ended: int | None, conclusion: str | None) -> Json:
    """Return the check run of a job, whose id is the job's; `ended` is None while it runs."""
    urls = urls_of(run.repository)
    page = f"{urls.page}/actions/runs/{run.id}/job/{id}"
    return {
        "id": id,
        **node_id(str(id)),
        "name": name,
        "head_sha": run.sha,
        "external_id": "",
        "url": f"{urls.repo}/check-runs/{id}",
        "html_url": page,
        "details_url": page,
        "status": "in_progress" if ended is None else "completed",
        "conclusion": conclusion,
        "started_at": iso(started),
        "completed_at": None if ended is None else iso(ended),
    }
