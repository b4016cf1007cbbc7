"""Extend records of schema 1 by the fields of schema 2, as the collector would have written them.

Without a patch a case's records say that nothing special happened: no label, no cause, a run and a job for each deployment.
"""

import copy
import hashlib
from typing import Any

Record = dict[str, Any]
RUNS = 9000
"""The run of deployment 2 is 9002."""
RECORD = {
    "trigger_event_signature": "github::event",
    "status": "success",
    "github_host": "github.com",
    "schema": 2,
    "delivery_id": "d-1",
    "collected_by": "webhook",
    "anomalies": [],
}


def extended(records: list[Record], extension: dict[str, Any] | None = None) -> list[Record]:
    """Return the records in schema 2, with the patches and the added records of an extension."""
    extension = extension or {}
    result = [extend(record) for record in copy.deepcopy(records)]
    by_id = {record["id"]: record for record in result}
    for record_id, patch in extension.get("patches", {}).items():
        _patch(by_id[record_id]["output"], patch)
    first = result[0]
    for added in extension.get("added", []):
        owner, repo = first["owner"], first["repo"]
        record_id = f"{owner}/{repo}/{added['metric']}/{added['key']}"
        base = {
            "created_at": first["created_at"],
            "owner": owner,
            "repo": repo,
            "repository_id": first["repository_id"],
        }
        result.append(
            {**RECORD, **base, "metric_signature": added["metric"], "id": record_id, "output": added["output"]}
        )
    return result


def _patch(output: dict[str, Any], patch: dict[str, Any]) -> None:
    for field, value in patch.items():
        if field == "commits":
            _patch_commits(output, value)
        elif field == "changes":
            output["changes"] = {
                "commits": [commit(entry) for entry in value["commits"]],
                "truncated": value["truncated"],
            }
        elif isinstance(value, dict) and isinstance(output.get(field), dict):
            output[field] = {**output[field], **value}
        else:
            output[field] = value


def _patch_commits(output: dict[str, Any], patches: dict[str, dict[str, Any]]) -> None:
    """Patch commits by their name; those of a pull request by their place, from 0."""
    if "changes" in output:
        for entry in output["changes"]["commits"]:
            entry.update(patches.get(entry["sha"], {}))
    else:
        for index, entry in enumerate(output["commits"]["commit_timestamps"]):
            entry.update(patches.get(str(index), {}))


def extend(record: Record) -> Record:
    """Return one record in schema 2."""
    record["schema"] = 2
    function = EXTENSIONS.get(record["metric_signature"])
    if function is not None:
        record["output"] = function(record["output"])
    return record


def fingerprint(authored: int | None, text: str = "") -> str | None:
    """Return a made-up fingerprint of an author time and a first line."""
    return None if authored is None else hashlib.sha256(f"{authored}{text}".encode()).hexdigest()[:16]


def commit(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a listed commit in schema 2."""
    return {
        **entry,
        "author_kind": "person",
        "assistants": [],
        "fingerprint": fingerprint(entry["authored_at"]),
        "title_kind": "revert" if entry["is_revert"] else "other",
        "revert_depth": int(entry["is_revert"]),
        "reverts_number": None,
        "number_kind": None,
    }


def _changes(changes: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if changes is None else {**changes, "commits": [commit(entry) for entry in changes["commits"]]}


def _comparison_status(output: dict[str, Any]) -> str | None:
    if output["changes"] is None:
        return None
    if output["is_rollback"]:
        return "behind"
    return "ahead" if output["changes"]["commits"] else "identical"


def _status(output: dict[str, Any]) -> dict[str, Any]:
    run = {
        "id": RUNS + output["deployment_id"],
        "name": "Deploy",
        "path": ".github/workflows/deploy.yml",
        "event": "push",
        "head_branch": "main",
        "run_attempt": 1,
    }
    return {
        **output,
        "changes": _changes(output["changes"]),
        "task": "deploy",
        "production_environment": output["env"] == "production",
        "transient_environment": False,
        "creator_kind": "bot",
        "workflow_run": run,
        "check_run": None,
        "in_progress_at": output["deployment_created_at"],
        "comparison_status": _comparison_status(output),
    }


def _pull_request(output: dict[str, Any]) -> dict[str, Any]:
    timeline = dict.fromkeys(
        ("first_ready_at", "last_ready_at", "drafted_at", "first_review_at", "last_approval_at", "queued_at")
    )
    return {
        **output,
        "author_kind": "person",
        "title_kind": "revert" if output["is_revert"] else "other",
        "revert_depth": int(output["is_revert"]),
        "reverts_sha": None,
        "reverts_number": None,
        "closes": [],
        "assistants": [],
        "labels": [],
        "head_ref": "topic",
        "is_draft": False,
        "timeline": {**timeline, "is_merged_by_queue": False},
    }


def _commits(output: dict[str, Any]) -> dict[str, Any]:
    if output["commits"] is None:
        return output
    listed: list[dict[str, Any]] = []
    for entry in output["commits"]["commit_timestamps"]:
        same = sum(other["authored"] == entry["authored"] for other in listed)
        listed.append(
            {
                **entry,
                "sha": f"w{entry['authored']}-{same}",
                "parents": 1,
                "author_kind": "person",
                "assistants": [],
                "fingerprint": fingerprint(entry["authored"]),
                "title_kind": "other",
                "revert_depth": 0,
                "reverts_sha": None,
                "reverts_number": None,
                "number": None,
                "number_kind": None,
            }
        )
    return {**output, "commits": {**output["commits"], "commit_timestamps": listed}}


def _job(output: dict[str, Any]) -> dict[str, Any]:
    added = {"labels": ["ubuntu-latest"], "runner_group_id": 0, "runner_kind": "github-hosted"}
    added |= dict.fromkeys(("run_event", "workflow_path", "environment", "deployment_id", "approval_wait"))
    return {**output, **added}


def _release(output: dict[str, Any]) -> dict[str, Any]:
    return {**output, **dict.fromkeys(("sha", "committed_at", "tagged_at", "previous", "comparison_status", "changes"))}


def _incident(output: dict[str, Any]) -> dict[str, Any]:
    none = dict.fromkeys(("issue_type", "severity", "cause_sha", "cause_number"))
    return {**output, "all_labels": output["labels"], **none, "is_exempt": False}


EXTENSIONS = {
    "deployment-status": _status,
    "code-review-involvement": _pull_request,
    "commits-per-pr": _commits,
    "workflow-job": _job,
    "release-versions": _release,
    "incident": _incident,
}
