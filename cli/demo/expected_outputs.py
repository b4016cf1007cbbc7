"""Computes the expected output of the record of each fact, from the payload and the state of the fake GitHub.

Follows the published format (docs/METRICS.md) without the collectors, because the demo verifies them.
"""

from collections.abc import Callable
from typing import NamedTuple

from cli.demo import expected_deployments, expected_pull_requests
from cli.demo.times import day, elapsed, ms
from core.payload import Json
from fakes.github.state import Repository


class Expected(NamedTuple):
    """Expected key, day, output and anomalies of a record."""

    key: str
    day: str
    """Empty if the path has no day."""
    output: Json
    anomalies: tuple[str, ...] = ()


_TEST_JOBS = ("unit tests (3.12)", "e2e-tests (cypress)")
_TEST_STEPS = ("Run unit tests", "Run cypress", "Post Run cypress")
"""Test steps of checks.JOBS, selected manually by name."""


def expected(metric: str, payload: Json, repository: Repository) -> Expected:
    """Return the expected record of a metric; raises KeyError for a metric that the demo does not know."""
    return _METRICS[metric](payload, repository)


def _check_suite(payload: Json, _: Repository) -> Expected:
    suite = payload["check_suite"]
    output = {
        "id": suite["id"],
        "head_sha": suite["head_sha"],
        "pull_requests": [{"id": pull["id"]} for pull in suite["pull_requests"]],
        "created_at": ms(suite["created_at"]),
        "conclusion": suite["conclusion"],
        "is_app_owner": False,
        "updated_at": ms(suite["updated_at"]),
        "head_branch": suite["head_branch"],
    }
    return Expected(f"{suite['id']}-{ms(suite['updated_at'])}", day(suite["created_at"]), output)


def _workflow_job(payload: Json, _: Repository) -> Expected:
    job, anomalies = payload["workflow_job"], list[str]()
    started_at, completed_at = job["started_at"], job["completed_at"]
    output = {
        "id": job["id"],
        "head_sha": job["head_sha"],
        "completed_at": ms(completed_at),
        "created_at": ms(job.get("created_at")),
        "started_at": ms(started_at),
        "conclusion": job["conclusion"],
        "workflow_name": job["workflow_name"],
        "run_attempt": job["run_attempt"],
        "duration": elapsed(started_at, completed_at, anomalies),
        "steps": [_step(step, anomalies) for step in job["steps"] or ()],
        "head_branch": job["head_branch"],
        "run_id": job["run_id"],
        "name": job["name"],
        "is_copy": _is_copy(job),
        "labels": job["labels"],
        "runner_group_id": job["runner_group_id"],
        "runner_kind": "github-hosted" if job["runner_group_name"] == "GitHub Actions" else None,
        **dict.fromkeys(("run_event", "workflow_path", "environment", "deployment_id", "approval_wait")),
    }
    return Expected(f"{job['id']}-{job['run_attempt']}", day(completed_at), output, tuple(anomalies))


def _test_coverage(payload: Json, _: Repository) -> Expected:
    job, anomalies = payload["workflow_job"], list[str]()
    steps = [_step(step, anomalies) for step in job["steps"] or () if step["name"] in _TEST_STEPS]
    durations = [step["duration"] for step in steps if step["duration"] is not None]
    output = {
        "id": job["id"],
        "conclusion": job["conclusion"],
        "is_job_name_about_test": job["name"] in _TEST_JOBS,
        "is_workflow_name_about_test": False,
        "has_failed_steps": any(step["conclusion"] == "failure" for step in steps),
        "total_tests_duration": sum(durations) if durations or not steps else None,
        "steps_about_test": steps,
        "head_branch": job["head_branch"],
        "is_copy": _is_copy(job),
    }
    return Expected(f"{job['id']}-{job['run_attempt']}", day(job["completed_at"]), output, tuple(anomalies))


def _is_copy(job: Json) -> bool | None:
    """Return False: every job of the demo runs in its attempt; None for a later attempt without a creation time."""
    return None if job["run_attempt"] > 1 and job.get("created_at") is None else False


def _step(step: Json, anomalies: list[str]) -> Json:
    times = {name: ms(step[name]) for name in ("started_at", "completed_at")}
    duration = elapsed(step["started_at"], step["completed_at"], anomalies)
    return {name: step[name] for name in ("name", "conclusion", "number")} | times | {"duration": duration}


def _code_review_involvement(payload: Json, repository: Repository) -> Expected:
    pull, anomalies = payload["pull_request"], list[str]()
    output = expected_pull_requests.code_review_involvement(pull, repository, anomalies)
    return _of_pull_request(pull, output, anomalies)


def _commits_per_pr(payload: Json, repository: Repository) -> Expected:
    pull = payload["pull_request"]
    counts = {name: pull[name] for name in ("additions", "deletions")}
    listed = {"commits": expected_pull_requests.commits(pull, repository)}
    return _of_pull_request(pull, {"pr_id": pull["id"], "head_sha": pull["head"]["sha"], **counts, **listed})


def _documentation_updated(payload: Json, repository: Repository) -> Expected:
    pull = payload["pull_request"]
    about = {"pr_id": pull["id"], "head_sha": pull["head"]["sha"]}
    return _of_pull_request(pull, about | expected_pull_requests.files(pull, repository))


def _of_pull_request(pull: Json, output: Json, anomalies: list[str] | None = None) -> Expected:
    return Expected(f"{pull['id']}-{ms(pull['closed_at'])}", day(pull["closed_at"]), output, tuple(anomalies or ()))


def _review(payload: Json, _: Repository) -> Expected:
    review, pull = payload["review"], payload["pull_request"]
    output = {
        "id": review["id"],
        "pr_id": pull["id"],
        "pr_number": pull["number"],
        "state": review["state"],
        "submitted_at": ms(review["submitted_at"]),
        "is_bot": review["user"]["type"] == "Bot",
    }
    return Expected(str(review["id"]), day(review["submitted_at"]), output)


def _incident(payload: Json, _: Repository) -> Expected:
    issue, action = payload["issue"], payload["action"]
    at = issue[{"opened": "created_at", "closed": "closed_at"}.get(action, "updated_at")]
    output = {
        "id": issue["id"],
        "number": issue["number"],
        "action": action,
        "at": ms(at),
        "opened_at": ms(issue["created_at"]),
        "closed_at": ms(issue["closed_at"]),
        "labels": [label["name"] for label in issue["labels"] if label["name"].lower() == "incident"],
        "state_reason": issue.get("state_reason"),
        "is_transferred": False if action == "opened" else None,
        "transferred_from": None,
        "transferred_to": None,
        "all_labels": [label["name"] for label in issue["labels"]],
        "issue_type": None,
        "severity": None,
        "cause_sha": None,
        "cause_number": None,
        "is_exempt": False,
    }
    return Expected(f"{issue['id']}-{ms(at)}", day(at), output)


def _deployment(payload: Json, repository: Repository) -> Expected:
    deployment = payload["deployment"]
    output = expected_deployments.deployment(payload, repository)
    return Expected(str(deployment["id"]), day(deployment["created_at"]), output)


def _deployment_status(payload: Json, repository: Repository) -> Expected:
    deployment, status = payload["deployment"], payload["deployment_status"]
    output = expected_deployments.status(payload, repository)
    return Expected(f"{deployment['id']}-{status['id']}", day(status["created_at"]), output)


def _workflow_run(payload: Json, _: Repository) -> Expected:
    run = payload["workflow_run"]
    times = {name: ms(run[name]) for name in ("created_at", "run_started_at", "updated_at")}
    plain = {
        name: run[name] for name in ("id", "run_attempt", "path", "event", "head_branch", "head_sha", "conclusion")
    }
    output = {"name": payload["workflow"]["name"], **plain, **times}
    return Expected(f"{run['id']}-{run['run_attempt']}", day(run["run_started_at"]), output)


def _release_versions(payload: Json, repository: Repository) -> Expected:
    """Parse the two kinds of version tags of the demo: 1.N.0-rc.1 and v1.N.0. The release before both is v1.(N-1).0."""
    tag = payload["ref"]
    text = tag.removeprefix("v")
    numbers, _, candidate = text.partition("-rc.")
    major, minor, patch = (int(part) for part in numbers.split("."))
    version = {"raw": text, "major": major, "minor": minor, "patch": patch}
    version |= {"prerelease": ["rc", int(candidate)] if candidate else [], "build": [], "version": text}
    commit, before = repository.history.tags[tag], repository.history.tags.get(f"v1.{minor - 1}.0")
    output = {
        "release_version": version,
        "prefix": "",
        "sha": commit["sha"],
        "committed_at": ms(commit["commit"]["committer"]["date"]),
        **dict.fromkeys(("tagged_at", "previous", "comparison_status", "changes")),
    }
    if before is not None:
        times = ms(before["commit"]["committer"]["date"])
        output["previous"] = {"tag": f"v1.{minor - 1}.0", "sha": before["sha"], "committed_at": times}
        output |= expected_deployments.between_releases(repository, before["sha"], commit["sha"])
    return Expected(tag, "", output)


def _tooling_usage(payload: Json, _: Repository) -> Expected:
    config = {"exists": True, "parsable": True, "version": "2.4.0"}
    return Expected(payload["day"], payload["day"], {"documentation_skeleton_config": config})


_METRICS: dict[str, Callable[[Json, Repository], Expected]] = {
    "check-suite": _check_suite,
    "code-review-involvement": _code_review_involvement,
    "commits-per-pr": _commits_per_pr,
    "deployment": _deployment,
    "deployment-status": _deployment_status,
    "documentation-updated": _documentation_updated,
    "incident": _incident,
    "release-versions": _release_versions,
    "review": _review,
    "test-coverage": _test_coverage,
    "tooling-usage": _tooling_usage,
    "workflow-job": _workflow_job,
    "workflow-run": _workflow_run,
}


def is_modelled(metric: str) -> bool:
    """Return whether the demo knows what the records of a metric must be."""
    return metric in _METRICS
