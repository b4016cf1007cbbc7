"""Turn records of schema 2 into those that a collector of schema 1 would have written."""

import copy
from typing import Any

from tests.histories.extend import Record


def degraded(record: Record) -> Record:
    """Return a record as a collector of schema 1 would have written it."""
    old = copy.deepcopy(record)
    old["schema"] = 1
    output = old["output"]
    for field in SINCE_SCHEMA_2.get(old["metric_signature"], ()):
        output.pop(field, None)
    for entry in (output.get("changes") or {"commits": []})["commits"]:
        _keep(entry, OLD_LISTED)
    if old["metric_signature"] == "commits-per-pr":
        for entry in (output["commits"] or {"commit_timestamps": []})["commit_timestamps"]:
            _keep(entry, ("authored", "committed"))
    return old


def _keep(entry: dict[str, Any], fields: tuple[str, ...]) -> None:
    for field in entry.keys() - set(fields):
        del entry[field]


OLD_LISTED = ("sha", "authored_at", "committed_at", "is_revert", "reverts", "pr_number", "parents")
SINCE_SCHEMA_2 = {
    "deployment-status": (
        "task",
        "production_environment",
        "transient_environment",
        "creator_kind",
        "workflow_run",
        "check_run",
        "in_progress_at",
        "comparison_status",
    ),
    "code-review-involvement": (
        "author_kind",
        "title_kind",
        "revert_depth",
        "reverts_sha",
        "reverts_number",
        "closes",
        "assistants",
        "labels",
        "head_ref",
        "is_draft",
        "timeline",
    ),
    "documentation-updated": ("paths",),
    "workflow-job": (
        "labels",
        "runner_group_id",
        "runner_kind",
        "run_event",
        "workflow_path",
        "environment",
        "deployment_id",
        "approval_wait",
    ),
    "release-versions": ("sha", "committed_at", "tagged_at", "previous", "comparison_status", "changes"),
    "incident": ("all_labels", "issue_type", "severity", "cause_sha", "cause_number", "is_exempt"),
}
NEW_METRICS = ("comparison", "workflow-run")
"""Metrics that schema 1 does not have."""
