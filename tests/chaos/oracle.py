"""What must be stored, worked out from the payloads and from GitHub's world alone: nothing of the product's metrics is used here.

Written from the published format (docs/METRICS.md). A fact is a path, and what stands in it but for the three volatile fields.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fakes.github.state import Repository
from tests.chaos.odd_github import expected_commits, expected_dates, expected_package
from tests.chaos.story import Planned, Story

VOLATILE = ("created_at", "delivery_id", "collected_by")
ONLY_BACKFILLED = ("run_event", "workflow_path")
"""Fields of a job that its payload lacks, so that they depend on how the fact was collected."""
_TIMES_OF_TIMELINE = (
    "first_ready_at",
    "last_ready_at",
    "drafted_at",
    "first_review_at",
    "last_approval_at",
    "queued_at",
)
Facts = dict[str, dict[str, Any]]


def expected(story: Story) -> Facts:
    """Every fact that was sent, or that GitHub's REST API tells."""
    facts: Facts = {}
    for delivery in story.deliveries:
        facts |= of_delivery(delivery, story)
    for repository in story.repositories:
        facts |= dict(_of_history(repository))
    return facts


def of_delivery(delivery: Planned, story: Story) -> Facts:
    """The facts of one delivery."""
    owner, _, name = delivery.payload["repository"]["full_name"].partition("/")
    repository = next(candidate for candidate in story.repositories if candidate.full_name == f"{owner}/{name}")
    return dict(_pairs(repository, delivery.event, delivery.payload))


def _of_history(repository: Repository) -> Iterator[tuple[str, dict[str, Any]]]:
    history = repository.history
    for pull in history.pulls.values():
        yield from _pairs(repository, "pull_request", {"pull_request": pull})
    for jobs in history.jobs.values():
        for job in jobs:
            yield from _pairs(repository, "workflow_job", {"workflow_job": job})
    for run in history.runs:
        yield from _pairs(repository, "workflow_run", {"workflow_run": run})
    for suites in history.suites.values():
        for suite in suites:
            yield from _pairs(repository, "check_suite", {"check_suite": suite})
    for name in history.tags:
        yield from _pairs(repository, "create", {"ref": name})
    for deployment in repository.deployments:
        at = datetime.fromtimestamp(deployment.created_at / 1000, UTC).isoformat()
        fields = {
            "id": deployment.id,
            "environment": deployment.environment,
            "sha": deployment.sha,
            "ref": deployment.ref,
            "created_at": at,
        }
        yield from _pairs(repository, "deployment", {"deployment": {**fields, "updated_at": at}})


def _pairs(repository: Repository, event: str, payload: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    what = {
        "check_suite": _suite,
        "workflow_job": _job,
        "workflow_run": _run,
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
            "schema": 2,
            "anomalies": anomalies,
        }
        yield f"{owner}/{name}/{metric}/{f'{day}/' if day else ''}{key}.json", fact


_Fact = tuple[str, str, str, dict[str, Any], list[str]]


def _suite(_: Repository, payload: dict[str, Any]) -> Iterator[_Fact]:
    fields = payload["check_suite"]
    output = {
        "id": fields["id"],
        "head_sha": fields["head_sha"],
        "pull_requests": [{"id": pull_request["id"]} for pull_request in fields["pull_requests"]],
        "created_at": ms(fields["created_at"]),
        "conclusion": fields["conclusion"],
        "is_app_owner": False,
        "updated_at": ms(fields["updated_at"]),
        "head_branch": fields["head_branch"],
    }
    yield "check-suite", day(fields["created_at"]), f"{fields['id']}-{ms(fields['updated_at'])}", output, []


def _job(_: Repository, payload: dict[str, Any]) -> Iterator[_Fact]:
    fields = payload["workflow_job"]
    taken, steps, anomalies = _between(fields["started_at"], fields["completed_at"]), [], list[str]()
    for step in fields["steps"]:
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
    key = f"{fields['id']}-{fields['run_attempt']}"
    output = {
        "id": fields["id"],
        "head_sha": fields["head_sha"],
        "completed_at": ms(fields["completed_at"]),
        "created_at": ms(fields["created_at"]),
        "started_at": ms(fields["started_at"]),
        "conclusion": fields["conclusion"],
        "workflow_name": fields["workflow_name"],
        "run_attempt": fields["run_attempt"],
        "duration": taken,
        "steps": steps,
        "head_branch": fields["head_branch"],
        "run_id": fields["run_id"],
        "name": fields["name"],
        "is_copy": False,
        "labels": fields["labels"],
        "runner_group_id": fields["runner_group_id"],
        "runner_kind": "github-hosted" if fields["runner_group_name"] == "GitHub Actions" else None,
        "environment": None,
        "deployment_id": None,
        "approval_wait": None,
    }
    yield "workflow-job", day(fields["completed_at"]), key, output, anomalies
    about = [step for step in steps if step["name"] == "Run pytest"]
    if fields["name"] == "unit-tests":
        tests = {
            "id": fields["id"],
            "conclusion": fields["conclusion"],
            "is_job_name_about_test": True,
            "is_workflow_name_about_test": False,
            "has_failed_steps": False,
            "total_tests_duration": sum(step["duration"] or 0 for step in about),
            "steps_about_test": about,
            "head_branch": fields["head_branch"],
            "is_copy": False,
        }
        yield "test-coverage", day(fields["completed_at"]), key, tests, []


def _run(_: Repository, payload: dict[str, Any]) -> Iterator[_Fact]:
    fields = payload["workflow_run"]
    same = ("id", "run_attempt", "path", "event", "head_branch", "head_sha", "conclusion")
    output = {name: fields[name] for name in same}
    output |= {name: ms(fields[name]) for name in ("created_at", "run_started_at", "updated_at")}
    output["name"] = "CI" if fields["conclusion"] == "success" else None  # a run that did not start has no job
    yield "workflow-run", day(fields["run_started_at"]), f"{fields['id']}-{fields['run_attempt']}", output, []


def _pull(repository: Repository, payload: dict[str, Any]) -> Iterator[_Fact]:
    fields = payload["pull_request"]
    key, when = f"{fields['id']}-{ms(fields['closed_at'])}", day(fields["closed_at"])
    merged = bool(fields["merged"])
    output = {
        "pr_id": fields["id"],
        "head_sha": fields["head"]["sha"],
        "merged": merged,
        "created_at": ms(fields["created_at"]),
        "updated_at": ms(fields["updated_at"]),
        "closed_at": ms(fields["closed_at"]),
        "merged_at": ms(fields["merged_at"]) if merged else None,
        "total_duration": _between(fields["created_at"], fields["closed_at"]),
        "created_to_merged_duration": _between(fields["created_at"], fields["merged_at"]) if merged else None,
        "updated_to_closed": _between(fields["updated_at"], fields["closed_at"]),
        "comments": fields["comments"],
        "review_comments": fields["review_comments"],
        "changed_files": fields["changed_files"],
        "has_been_merged_by_author": fields["merged_by"]["id"] == fields["user"]["id"] if merged else None,
        "requested_reviewers": 0,
        "requested_teams": 0,
        "number": fields["number"],
        "base_ref": fields["base"]["ref"],
        "merge_commit_sha": fields["merge_commit_sha"] if merged else None,
        "is_revert": fields["title"].startswith('Revert "'),
        "author_kind": "person",
        "title_kind": "other",
        "revert_depth": 0,
        "reverts_sha": None,
        "reverts_number": None,
        "closes": [],
        "assistants": [],
        "labels": [],
        "head_ref": fields["head"]["ref"],
        "is_draft": False,
        "timeline": dict.fromkeys(_TIMES_OF_TIMELINE) | {"is_merged_by_queue": False} if merged else None,
    }
    yield "code-review-involvement", when, key, output, []
    if not merged:
        return
    parts = repository.pulls[fields["number"]]
    dates, anomalies = expected_dates(parts.commits)
    facts = expected_commits(repository, parts.commits)
    timestamps = [{**date, **fact} for date, fact in zip(dates, facts, strict=True)]
    commits = {"amount": len(parts.commits), "commit_timestamps": timestamps}
    common = {"pr_id": fields["id"], "head_sha": fields["head"]["sha"]}
    counts = {"additions": fields["additions"], "deletions": fields["deletions"]}
    yield "commits-per-pr", when, key, {**common, **counts, "commits": commits}, anomalies
    files = {"over_100_files": False, "md_files_changed": 1}
    places = {"names": ["README.md"], "cut": False}
    yield "documentation-updated", when, key, {**common, "pr_files": files, "paths": places}, []


def _deployment(repository: Repository, payload: dict[str, Any]) -> Iterator[_Fact]:
    fields = payload["deployment"]
    at = ms(fields["created_at"])
    order = sorted((other.created_at, other.id) for other in repository.deployments)
    older = [earlier for earlier in order if earlier < (at, fields["id"])]
    package, anomalies = expected_package(repository, fields["sha"])
    output = {
        "env": fields["environment"],
        "deploy_time": at,
        "duration": 0,
        "environment_deployments": {
            "is_initial_deployment": not older,
            "time_since_last_deploy": at - older[-1][0] if older else None,
        },
        "package_json": package,
        "id": fields["id"],
        "sha": fields["sha"],
        "ref": fields["ref"],
        "task": "deploy",
        "production_environment": None,
        "transient_environment": None,
        "creator_kind": "person",
        "workflow_run": None,
    }
    yield "deployment", day(fields["created_at"]), str(fields["id"]), output, anomalies


def _tag(repository: Repository, payload: dict[str, Any]) -> Iterator[_Fact]:
    name = payload["ref"]
    prefix, text = name[: -len("1.0.0")], "1.0.0"
    version = {"major": 1, "minor": 0, "patch": 0, "prerelease": [], "build": [], "version": text}
    commit = repository.history.tags[name]
    output = {
        "release_version": {"raw": text, **version},
        "prefix": prefix,
        "sha": commit["sha"],
        "committed_at": ms(commit["commit"]["committer"]["date"]),
        **dict.fromkeys(("tagged_at", "previous", "comparison_status", "changes")),
    }
    yield "release-versions", "", name, output, []


def ms(text: str | None) -> int | None:
    """UNIX ms."""
    return None if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)


def day(text: str) -> str:
    """The UTC day."""
    return datetime.fromisoformat(text).astimezone(UTC).date().isoformat()


def _between(start: str | None, end: str | None) -> int | None:
    first, last = ms(start), ms(end)
    return None if first is None or last is None or last < first else last - first


def lasting(record: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on how the fact was collected; what only a backfill knows is checked here."""
    fields = {name: value for name, value in record.items() if name not in VOLATILE}
    if record["metric_signature"] != "workflow-job":
        return fields
    run, stored = ("push", ".github/workflows/ci.yml"), tuple(record["output"][name] for name in ONLY_BACKFILLED)
    # a backfill also completes records of other origin, while GitHub has the run
    if stored == run or (stored == (None, None) and record["collected_by"] != "backfill"):
        fields["output"] = {name: value for name, value in record["output"].items() if name not in ONLY_BACKFILLED}
    return fields
