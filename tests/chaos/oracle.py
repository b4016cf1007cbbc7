"""What must be stored, worked out from the payloads and from GitHub's world alone: nothing of the product's metrics is used here.

Written from the published format (docs/METRICS.md). A fact is a path, and what stands in it but for the three volatile fields.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fakes.github.state import Repository
from tests.chaos.story import Planned, Story

VOLATILE = ("created_at", "delivery_id", "collected_by")
Facts = dict[str, dict[str, Any]]


def expected(story: Story) -> Facts:
    """Every fact that was sent, or that GitHub's REST API tells."""
    facts: Facts = {}
    for each in story.deliveries:
        facts |= of_delivery(each, story)
    for repository in story.repositories:
        facts |= dict(_of_history(repository))
    return facts


def of_delivery(each: Planned, story: Story) -> Facts:
    """The facts of one delivery."""
    owner, _, name = each.payload["repository"]["full_name"].partition("/")
    repository = next(found for found in story.repositories if found.full_name == f"{owner}/{name}")
    return dict(_told(repository, each.event, each.payload))


def _of_history(repository: Repository) -> Iterator[tuple[str, dict[str, Any]]]:
    history = repository.history
    for pull in history.pulls.values():
        yield from _told(repository, "pull_request", {"pull_request": pull})
    for jobs in history.jobs.values():
        for job in jobs:
            yield from _told(repository, "workflow_job", {"workflow_job": job})
    for suites in history.suites.values():
        for suite in suites:
            yield from _told(repository, "check_suite", {"check_suite": suite})
    for name in history.tags:
        yield from _told(repository, "create", {"ref": name})
    for each in repository.deployments:
        at = datetime.fromtimestamp(each.created_at / 1000, UTC).isoformat()
        told = {"id": each.id, "environment": each.environment, "sha": each.sha, "ref": each.ref, "created_at": at}
        yield from _told(repository, "deployment", {"deployment": {**told, "updated_at": at}})


def _told(repository: Repository, event: str, payload: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    what = {
        "check_suite": _suite,
        "workflow_job": _job,
        "pull_request": _pull,
        "deployment": _deployment,
        "create": _tag,
    }.get(event)
    owner, _, name = repository.full_name.partition("/")
    for metric, day, key, output, anomalies in what(repository, payload) if what else ():
        fact = {
            "owner": owner,
            "repo": name,
            "trigger_event_signature": f"github::{event}",
            "metric_signature": metric,
            "status": "success",
            "output": output,
            "id": f"{owner}/{name}/{metric}/{key}",
            "repository_id": repository.id,
            "github_host": "github.com",
            "schema": 1,
            "anomalies": anomalies,
        }
        yield f"{owner}/{name}/{metric}/{f'{day}/' if day else ''}{key}.json", fact


_Fact = tuple[str, str, str, dict[str, Any], list[str]]


def _suite(_: Repository, payload: dict[str, Any]) -> Iterator[_Fact]:
    told = payload["check_suite"]
    output = {
        "id": told["id"],
        "head_sha": told["head_sha"],
        "pull_requests": [{"id": each["id"]} for each in told["pull_requests"]],
        "created_at": ms(told["created_at"]),
        "conclusion": told["conclusion"],
        "is_app_owner": False,
        "updated_at": ms(told["updated_at"]),
        "head_branch": told["head_branch"],
    }
    yield "check-suite", day(told["created_at"]), f"{told['id']}-{ms(told['updated_at'])}", output, []


def _job(_: Repository, payload: dict[str, Any]) -> Iterator[_Fact]:
    told = payload["workflow_job"]
    taken, steps, anomalies = _between(told["started_at"], told["completed_at"]), [], list[str]()
    for step in told["steps"]:
        times = {name: ms(step[name]) for name in ("started_at", "completed_at")}
        lasted = _between(step["started_at"], step["completed_at"])
        steps.append(
            {
                "name": step["name"],
                "conclusion": step["conclusion"],
                "number": step["number"],
                **times,
                "duration": lasted,
            }
        )
    if taken is None:
        anomalies.append("negative_duration")
    key = f"{told['id']}-{told['run_attempt']}"
    output = {
        "id": told["id"],
        "head_sha": told["head_sha"],
        "completed_at": ms(told["completed_at"]),
        "created_at": ms(told["created_at"]),
        "started_at": ms(told["started_at"]),
        "conclusion": told["conclusion"],
        "workflow_name": told["workflow_name"],
        "run_attempt": told["run_attempt"],
        "duration": taken,
        "steps": steps,
        "head_branch": told["head_branch"],
        "run_id": told["run_id"],
        "name": told["name"],
    }
    yield "workflow-job", day(told["completed_at"]), key, output, anomalies
    about = [step for step in steps if step["name"] == "Run pytest"]
    if told["name"] == "unit-tests":
        tests = {
            "id": told["id"],
            "conclusion": told["conclusion"],
            "is_job_name_about_test": True,
            "is_workflow_name_about_test": False,
            "has_failed_steps": False,
            "total_tests_duration": sum(step["duration"] or 0 for step in about),
            "steps_about_test": about,
            "head_branch": told["head_branch"],
        }
        yield "test-coverage", day(told["completed_at"]), key, tests, []


def _pull(repository: Repository, payload: dict[str, Any]) -> Iterator[_Fact]:
    told = payload["pull_request"]
    key, when = f"{told['id']}-{ms(told['closed_at'])}", day(told["closed_at"])
    merged = bool(told["merged"])
    output = {
        "pr_id": told["id"],
        "head_sha": told["head"]["sha"],
        "merged": merged,
        "created_at": ms(told["created_at"]),
        "updated_at": ms(told["updated_at"]),
        "closed_at": ms(told["closed_at"]),
        "merged_at": ms(told["merged_at"]) if merged else None,
        "total_duration": _between(told["created_at"], told["closed_at"]),
        "created_to_merged_duration": _between(told["created_at"], told["merged_at"]) if merged else None,
        "updated_to_closed": _between(told["updated_at"], told["closed_at"]),
        "comments": told["comments"],
        "review_comments": told["review_comments"],
        "changed_files": told["changed_files"],
        "has_been_merged_by_author": told["merged_by"]["id"] == told["user"]["id"] if merged else None,
        "requested_reviewers": 0,
        "requested_teams": 0,
        "number": told["number"],
        "base_ref": told["base"]["ref"],
        "merge_commit_sha": told["merge_commit_sha"] if merged else None,
        "is_revert": told["title"].startswith('Revert "'),
    }
    yield "code-review-involvement", when, key, output, []
    if not merged:
        return
    parts = repository.pulls[told["number"]]
    commits = {
        "amount": len(parts.commits),
        "commit_timestamps": [{"authored": each.authored, "committed": each.committed} for each in parts.commits],
    }
    common = {"pr_id": told["id"], "head_sha": told["head"]["sha"]}
    counts = {"additions": told["additions"], "deletions": told["deletions"]}
    yield "commits-per-pr", when, key, {**common, **counts, "commits": commits}, []
    files = {"over_100_files": False, "md_files_changed": 1}
    yield "documentation-updated", when, key, {**common, "pr_files": files}, []


def _deployment(repository: Repository, payload: dict[str, Any]) -> Iterator[_Fact]:
    told = payload["deployment"]
    at = ms(told["created_at"])
    order = sorted((each.created_at, each.id) for each in repository.deployments)
    older = [each for each in order if each < (at, told["id"])]
    version = f"1.{told['id']}.0"
    output = {
        "env": told["environment"],
        "deploy_time": at,
        "duration": 0,
        "environment_deployments": {
            "is_initial_deployment": not older,
            "time_since_last_deploy": at - older[-1][0] if older else None,
        },
        "package_json": {"exists": True, "parsable": True, "version": version},
        "id": told["id"],
        "sha": told["sha"],
        "ref": told["ref"],
    }
    yield "deployment", day(told["created_at"]), str(told["id"]), output, []


def _tag(_: Repository, payload: dict[str, Any]) -> Iterator[_Fact]:
    name = payload["ref"]
    major, minor, patch = (int(part) for part in name.removeprefix("v").split("."))
    version = {"major": major, "minor": minor, "patch": patch, "prerelease": [], "build": [], "version": name[1:]}
    yield "release-versions", "", name, {"release_version": {"raw": name[1:], **version}}, []


def ms(text: str | None) -> int | None:
    """UNIX ms."""
    return None if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)


def day(text: str) -> str:
    """The UTC day."""
    return datetime.fromisoformat(text).astimezone(UTC).date().isoformat()


def _between(start: str | None, end: str | None) -> int | None:
    first, last = ms(start), ms(end)
    return None if first is None or last is None or last < first else last - first
