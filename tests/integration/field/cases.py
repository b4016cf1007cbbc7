"""Payloads from public reports, two of our own beside each kind, and what each must become over HTTP.

`tests/webhooks/field/` has the payloads, with made-up names. A case changes one of them: `a__b=value` sets `payload["a"]["b"]`,
`...` deletes it.
"""

import copy
import json
from typing import Any, NamedTuple

from core.payload import milliseconds
from tests.builders import WEBHOOKS

ACCEPTED, IGNORED, PONG = 202, 200, 200
FERRY = "acme-labs/ferry"
FOUR_PARTS = "the tag has four numbers or more, which is no semantic version"
NOT_AFTER_PREFIX = "the tag is no semantic version after a prefix"


class Case(NamedTuple):
    """A delivery and its outcome."""

    name: str
    event: str
    payload: dict[str, Any]
    records: dict[str, dict[str, Any]]
    """By path: fields of the output, and `anomalies` or `github_host` of the record. Empty: it is ignored or dead-lettered."""
    reason: str = ""
    """Part of the reason of the response or the dead letter, if there is no record."""
    is_dead: bool = False
    form: bool = False
    """Whether it is sent as a form, GitHub's default."""


def payload(stem: str, **changes: Any) -> dict[str, Any]:
    """Return the payload of tests/webhooks/field/STEM.json with these changes."""
    document: dict[str, Any] = json.loads((WEBHOOKS / "field" / f"{stem}.json").read_text())
    for path, value in changes.items():
        *parents, last = path.split("__")
        target: Any = document
        for parent in parents:
            target = target[int(parent) if parent.isdigit() else parent]
        if value is ...:
            target.pop(last, None)
        else:
            target[last] = copy.deepcopy(value)
    return document


def _suites() -> list[Case]:
    day = "2026-11-20"

    def case(stem: str, expected: dict[str, Any], own: str = "", name: str = FERRY, **changes: Any) -> Case:
        body = payload(stem, **changes)
        suite = body["check_suite"]
        path = f"{name}/check-suite/{day}/{suite['id']}-{milliseconds(suite['updated_at'])}.json"
        return Case(stem + own, "check_suite", body, {path: expected})

    told = {
        name: {"conclusion": name, "anomalies": []}
        for name in ("stale", "startup_failure", "action_required", "neutral")
    }
    return [
        *(case(f"check_suite_{name}", expected) for name, expected in told.items()),
        case(
            "check_suite_neutral",
            told["neutral"] | {"conclusion": "timed_out"},
            "+timed_out",
            check_suite__conclusion="timed_out",
        ),
        case(
            "check_suite_neutral",
            {"conclusion": None, "anomalies": ["unknown_conclusion"]},
            "+unknown",
            check_suite__conclusion="evaporated",
        ),
        case("check_suite_null_conclusion_app", {"conclusion": None, "head_branch": None, "anomalies": []}),
        case("check_suite_null_conclusion_app", {"conclusion": None}, "+absent", check_suite__conclusion=...),
        case(
            "check_suite_null_conclusion_app",
            {"created_at": None, "anomalies": ["impossible_time"]},
            "+year_1",
            check_suite__created_at="0001-01-01T00:00:00Z",
        ),
        case("check_suite_owner_leading_hyphen", {"conclusion": "success"}, name="-Jerry-/ferry"),
        case("check_suite_owner_leading_hyphen", {}, "+short", "-a/ferry", repository__owner__login="-a"),
        case("check_suite_owner_leading_hyphen", {}, "+two", "--x--/ferry", repository__owner__login="--x--"),
        case("check_suite_owner_emu_underscore", {"conclusion": "success"}, name="kim_acme/ferry"),
        case(
            "check_suite_owner_emu_underscore",
            {},
            "+admin",
            "kim-s_admin/ferry",
            repository__owner__login="kim-s_admin",
        ),
        case("check_suite_owner_emu_underscore", {}, "+digits", "k1_2/ferry", repository__owner__login="k1_2"),
    ]


def _tags() -> list[Case]:
    def release(stem: str, file: str, version: str, prefix: str = "", tag: str = "") -> Case:
        body = payload(stem, **({"ref": tag} if tag else {}))
        expected = {"prefix": prefix, "release_version__raw": version}
        name = stem + (f"+{tag}" if tag else "")
        return Case(name, "create", body, {f"{FERRY}/release-versions/{file}.json": expected})

    def ignored(stem: str, reason: str, tag: str = "", **changes: Any) -> Case:
        body = payload(stem, **({"ref": tag} if tag else {}), **changes)
        return Case(stem + (f"+{tag}" if tag else "") + "+".join(["", *changes]), "create", body, {}, reason)

    branch = "no metric applies to this github::create"
    return [
        release("create_tag_semver", "v1.2.3", "1.2.3"),
        release("create_tag_semver", "%561.2.4", "1.2.4", "V", "V1.2.4"),
        release("create_tag_semver", "1.2.5", "1.2.5", "", "1.2.5"),
        release("create_tag_prerelease", "v2.0.0-rc.1%2Bbuild.5", "2.0.0-rc.1+build.5"),
        release("create_tag_prerelease", "v2.0.0beta2", "2.0.0-beta2", "", "v2.0.0beta2"),
        release("create_tag_prerelease", "api%2Fv2.0.0-rc.2", "2.0.0-rc.2", "api/v", "api/v2.0.0-rc.2"),
        release("create_tag_calver", "2026.11.20", "2026.11.20"),
        release("create_tag_calver", "release-2026.11.21", "2026.11.21", "release-", "release-2026.11.21"),
        ignored("create_tag_calver", "the tag has no version of three numbers", "2026.11"),
        release("create_tag_go_submodule", "sub%2Fmod%2Fv1.2.3", "1.2.3", "sub/mod/v"),
        release("create_tag_go_submodule", "sub%2Fv0.1.0", "0.1.0", "sub/v", "sub/v0.1.0"),
        release("create_tag_go_submodule", "a%2Fb%2Fc%2Fv10.0.1", "10.0.1", "a/b/c/v", "a/b/c/v10.0.1"),
        release("create_tag_changesets", "%40acme%2Fferry%401.2.3", "1.2.3", "@acme/ferry@"),
        release("create_tag_changesets", "ferry%402.0.0", "2.0.0", "ferry@", "ferry@2.0.0"),
        ignored("create_tag_changesets", "the tag has more than one version", "ferry@1.2.3+harbour@4.5.6"),
        release("create_tag_maven", "ferry-1.2.3", "1.2.3", "ferry-"),
        release("create_tag_maven", "ferry-api-1.2.4", "1.2.4", "ferry-api-", "ferry-api-1.2.4"),
        ignored("create_tag_maven", NOT_AFTER_PREFIX, "ferry-2.0.0.RELEASE"),
        ignored("create_tag_emoji", NOT_AFTER_PREFIX),
        ignored("create_tag_emoji", NOT_AFTER_PREFIX, "🚢1.0.0"),
        ignored("create_tag_emoji", "the tag has no version of three numbers", "🎉"),
        *(ignored("create_tag_four_parts", FOUR_PARTS, tag) for tag in ("", "120.0.6099.109", "ferry-2026.11.20.1")),
        ignored("create_branch_version_name", branch),
        ignored("create_branch_version_name", branch, "release/2.0.0"),
        ignored("create_branch_version_name", branch, "v9.9.9"),
        ignored("create_repository", branch),
        ignored("create_repository", branch, "1.0.0"),
        ignored("create_repository", branch, pusher_type="deploy_key"),
    ]


def _deployments() -> list[Case]:
    cases = []
    for kind, own in {
        "empty_string": (None, " "),
        "json_string": ('"{}"', "not json"),
        "array": ([], [{"a": 1}]),
        "object": ({}, {"sha": 7, "nested": {"payload": "x"}}),
    }.items():
        for suffix, value in (("", ...), ("+own_1", own[0]), ("+own_2", own[1])):
            stem = f"deployment_payload_{kind}"
            body = payload(stem) if value is ... else payload(stem, deployment__payload=value)
            path = f"{FERRY}/deployment/2026-11-20/{body['deployment']['id']}.json"
            cases.append(Case(stem + suffix, "deployment", body, {path: {"env": body["deployment"]["environment"]}}))
    return cases


def _deployment_statuses() -> list[Case]:
    ignored = "no metric applies to this github::deployment_status"
    cases = []
    for state in ("waiting", "queued", "pending", "in_progress", "inactive"):
        stem = f"deployment_status_{state}"
        own = {
            "+staging": {"deployment_status__environment": "staging"},
            "+no_run": {"workflow_run": ..., "check_run": ...},
        }
        cases += [
            Case(stem + suffix, "deployment_status", payload(stem, **changes), {}, ignored)
            for suffix, changes in ({"": {}} | own).items()
        ]
    for stem, own in {
        "deployment_status_error": {"+failure": {"deployment_status__state": "failure"}, "+no_sender": {"sender": ...}},
        "deployment_status_success_env_unicode": {
            "+emoji": {"deployment_status__environment": "prod 🚢"},
            "+combining": {"deployment_status__environment": "e\u0301u"},
        },
    }.items():
        for suffix, changes in ({"": {}} | own).items():
            body = payload(stem, **changes)
            status = body["deployment_status"]
            path = f"{FERRY}/deployment-status/2026-11-20/{body['deployment']['id']}-{status['id']}.json"
            expected = {"state": status["state"], "env": status["environment"]}
            cases.append(Case(stem + suffix, "deployment_status", body, {path: expected}))
    return cases


def _others() -> list[Case]:
    cases = []
    for stem, event, own in (
        (
            "deployment_protection_rule",
            "deployment_protection_rule",
            {"+env": {"environment": "x"}, "+no_ref": {"event": ...}},
        ),
        (
            "merge_group_checks_requested",
            "merge_group",
            {"+destroyed": {"action": "destroyed"}, "+null": {"sender": None}},
        ),
        (
            "installation_created",
            "installation",
            {"+deleted": {"action": "deleted"}, "+suspend": {"action": "suspend"}},
        ),
    ):
        cases += [
            Case(stem + suffix, event, payload(stem, **changes), {}, f"no metric listens to github::{event}")
            for suffix, changes in ({"": {}} | own).items()
        ]
    for stem in ("ping_org", "ping_app"):
        own = {"+zen": {"zen": "Keep it logically awesome."}, "+no_hook_id": {"hook_id": ...}}
        cases += [
            Case(stem + suffix, "ping", payload(stem, **changes), {}) for suffix, changes in ({"": {}} | own).items()
        ]
    return cases


def _issues() -> list[Case]:
    opened, moved = milliseconds("2026-11-10T08:00:00Z"), milliseconds("2026-11-20T08:00:00Z")
    harbour = "acme-labs/harbour"

    def case(stem: str, path: str, own: str = "", expected: dict[str, Any] | None = None, **changes: Any) -> Case:
        return Case(stem + own, "issues", payload(stem, **changes), {path: expected or {}})

    first = f"{FERRY}/incident/2026-11-10/20001-{opened}.json"
    away = f"{FERRY}/incident/2026-11-20/20001-transferred.json"
    arrived = f"{harbour}/incident/2026-11-10/20002-{opened}.json"
    return [
        case("issues_opened_incident", first, "", {"action": "opened", "is_transferred": False, "closed_at": None}),
        case(
            "issues_opened_incident", first, "+capital", {"labels": ["Incident"]}, issue__labels=[{"name": "Incident"}]
        ),
        case("issues_opened_incident", first, "+ghost", {"action": "opened"}, sender=...),
        case("issues_transferred", away, "", {"action": "transferred", "at": moved, "transferred_to": 20002}),
        case("issues_transferred", away, "+no_issue", {"transferred_to": None}, changes__new_issue=None),
        case("issues_transferred", away, "+no_changes", {"transferred_to": None, "opened_at": opened}, changes=...),
        case(
            "issues_opened_by_transfer",
            arrived,
            "",
            {"is_transferred": True, "transferred_from": 20001, "opened_at": opened},
        ),
        case(
            "issues_opened_by_transfer",
            arrived,
            "+no_issue",
            {"is_transferred": True, "transferred_from": None},
            changes__old_issue=None,
        ),
        case("issues_opened_by_transfer", arrived, "+no_changes", {"is_transferred": False}, changes=...),
        case(
            "issues_transferred",
            f"{FERRY}/incident/2026-11-20/20001-deleted.json",
            "+deleted",
            {"action": "deleted"},
            action="deleted",
            changes=...,
        ),
        case(
            "issues_transferred",
            f"{FERRY}/incident/2026-11-20/20001-{moved}-unlabeled.json",
            "+unlabeled",
            {"action": "unlabeled", "labels": []},
            action="unlabeled",
            changes=...,
            label={"name": "incident"},
            issue__labels=[],
        ),
        *(
            case(
                "issues_transferred",
                f"{FERRY}/incident/2026-11-20/20001-{moved}.json",
                f"+{reason}",
                {"action": "closed", "closed_at": moved, "state_reason": reason},
                action="closed",
                changes=...,
                issue__state="closed",
                issue__closed_at="2026-11-20T08:00:00Z",
                issue__state_reason=reason,
            )
            for reason in ("not_planned", "duplicate", "completed")
        ),
    ]


def _pull_requests() -> list[Case]:
    closed = milliseconds("2026-11-20T09:00:00Z")

    def case(stem: str, expected: dict[str, dict[str, Any]], own: str = "", **changes: Any) -> Case:
        body = payload(stem, **changes)
        key = f"2026-11-20/{body['pull_request']['id']}-{closed}.json"
        records = {f"{FERRY}/{metric}/{key}": fields for metric, fields in expected.items()}
        return Case(stem + own, "pull_request", body, records)

    review, commits, files = "code-review-involvement", "commits-per-pr", "documentation-updated"
    merged: dict[str, dict[str, Any]] = {review: {"merged": True}, commits: {}, files: {}}
    huge = {
        review: {"changed_files": 4000},
        commits: {"commits__amount": 900, "anomalies": ["commit_list_truncated"]},
        files: {"pr_files__over_100_files": True, "anomalies": ["file_list_truncated"]},
    }
    unavailable = merged | {files: {"pr_files": None, "anomalies": ["diff_not_available"]}}
    cloud = {metric: {"github_host": "acme.ghe.com"} for metric in merged}
    ghost = {review: {"has_been_merged_by_author": None, "merged": False}}
    return [
        case("pull_request_ghost_no_sender", ghost),
        case("pull_request_ghost_no_sender", ghost, "+null", pull_request__user=None),
        case("pull_request_ghost_no_sender", ghost, "+absent", pull_request__user=...),
        case("pull_request_null_user_merged", merged | {review: {"has_been_merged_by_author": None}}),
        case("pull_request_null_user_merged", merged, "+merger", pull_request__merged_by=None),
        case("pull_request_null_user_merged", merged, "+reviewers", pull_request__requested_reviewers=None),
        case("pull_request_merge_queue", merged),
        case("pull_request_merge_queue", merged, "+no_merger", pull_request__merged_by=...),
        case("pull_request_merge_queue", merged, "+auto_merge", pull_request__auto_merge={"merge_method": "squash"}),
        case("pull_request_draft_closed", {review: {"merged": False}}),
        case("pull_request_draft_closed", {review: {"merged": None}}, "+null", pull_request__merged=None),
        case("pull_request_draft_closed", {review: {}}, "+year_1", pull_request__updated_at="0001-01-01T00:00:00Z"),
        case("pull_request_4000_files", huge),
        case(
            "pull_request_4000_files",
            huge | {commits: {"commits__amount": 251}},
            "+251_commits",
            pull_request__commits=251,
        ),
        case(
            "pull_request_4000_files",
            huge | {review: {"changed_files": 3001}},
            "+3001_files",
            pull_request__changed_files=3001,
        ),
        case("pull_request_diff_not_available", unavailable),
        case("pull_request_diff_not_available", unavailable, "+no_count", pull_request__changed_files=...),
        case("pull_request_diff_not_available", unavailable, "+ghost", pull_request__user=None),
        case("pull_request_ghe_com", cloud),
        case(
            "pull_request_ghe_com",
            {metric: {"github_host": "other.ghe.com"} for metric in merged},
            "+other",
            repository__html_url="https://other.ghe.com/acme-labs/ferry",
        ),
        case(
            "pull_request_ghe_com",
            {metric: {"github_host": "github.example.org"} for metric in merged},
            "+server",
            repository__html_url="https://github.example.org/acme-labs/ferry",
            pull_request__closed_at="2026-11-20T10:00:00+01:00",
        ),
    ]


def _jobs() -> list[Case]:
    def case(
        stem: str,
        job: dict[str, Any],
        tests: dict[str, Any] | None,
        own: str = "",
        *,
        form: bool = False,
        **changes: Any,
    ) -> Case:
        body = payload(stem, **changes)
        fields = body["workflow_job"]
        times = (fields.get(name) for name in ("completed_at", "started_at", "created_at"))
        day = next(time[:10] for time in times if time and time >= "1970")
        key = f"{day}/{fields['id']}-{fields['run_attempt']}.json"
        records = {f"{FERRY}/workflow-job/{key}": job}
        if tests is not None:
            records[f"{FERRY}/test-coverage/{key}"] = tests
        return Case(stem + own, "workflow_job", body, records, form=form)

    dead = "workflow_job: expected an object, got "
    null, year_1 = "workflow_job_null_queued", "workflow_job_zero_started_skipped"
    zero = {"started_at": None, "duration": None, "anomalies": ["impossible_time", "missing_time"]}
    step: dict[str, Any] = {"anomalies": ["missing_time"]}
    negative = {"duration": None, "anomalies": ["negative_duration"]}
    passed: dict[str, Any] = {"has_failed_steps": False}
    copied = {"workflow_job__created_at": "2026-11-21T09:00:00Z"}
    matrix = "workflow_job_rerun_1_unit"
    return [
        Case(null, "workflow_job", payload(null), {}, "no metric applies to this github::workflow_job"),
        *(
            Case(f"{null}+{action}", "workflow_job", payload(null, action=action), {}, "no metric applies")
            for action in ("in_progress", "waiting")
        ),
        Case(
            "workflow_job_null_completed",
            "workflow_job",
            payload("workflow_job_null_completed"),
            {},
            f"{dead}null",
            is_dead=True,
        ),
        *(
            Case(
                f"workflow_job_null_completed+{name}",
                "workflow_job",
                payload("workflow_job_null_completed", workflow_job=value),
                {},
                f"{dead}{name}",
                is_dead=True,
            )
            for name, value in (("a list", []), ("a string", ""))
        ),
        case(year_1, zero, {}),
        case(year_1, zero | {"completed_at": None}, {}, "+both", workflow_job__completed_at="0001-01-01T00:00:00Z"),
        case(year_1, {"created_at": None}, {}, "+year_10000", workflow_job__created_at="10000-01-01T00:00:00Z"),
        case("workflow_job_skipped_step_null_times", step, passed),
        case(
            "workflow_job_skipped_step_null_times",
            {"anomalies": ["impossible_time", "missing_time"]},
            passed,
            "+year_1",
            workflow_job__steps__2__started_at="0001-01-01T00:00:00Z",
        ),
        case(
            "workflow_job_skipped_step_null_times",
            {"anomalies": ["unknown_conclusion", "missing_time"]},
            {"anomalies": ["unknown_conclusion"], "has_failed_steps": False},
            "+unknown",
            workflow_job__steps__1__conclusion="evaporated",
        ),
        case("workflow_job_skipped_negative", negative, {}),
        case(
            "workflow_job_skipped_negative", negative, {}, "+second", workflow_job__completed_at="2026-11-20T10:04:59Z"
        ),
        case("workflow_job_skipped_negative", negative, {}, "+cancelled", workflow_job__conclusion="cancelled"),
        case("workflow_job_cancelled_steps", {"conclusion": "cancelled"}, passed),
        case(
            "workflow_job_cancelled_steps",
            step,
            passed | step | {"total_tests_duration": None},
            "+never_ran",
            workflow_job__steps__1__started_at=None,
            workflow_job__steps__1__completed_at=None,
        ),
        case(
            "workflow_job_cancelled_steps",
            {"conclusion": "cancelled"},
            {"has_failed_steps": True},
            "+failed",
            workflow_job__steps__1__conclusion="failure",
        ),
        case("workflow_job_runner_lost", {"conclusion": "failure"}, passed),
        case("workflow_job_runner_lost", {}, passed, "+queued", workflow_job__steps__2__status="queued"),
        case(
            "workflow_job_runner_lost",
            {},
            {"has_failed_steps": True},
            "+tests_failed",
            workflow_job__steps__1__name="Run pytest before",
            workflow_job__steps__1__conclusion="failure",
        ),
        case(matrix, {"is_copy": False}, {"is_copy": False}),
        case(
            matrix,
            {"name": "build / test (🐧, 3.12) / e\u0301"},
            {"is_job_name_about_test": True},
            "+reusable_matrix_emoji",
            form=True,
            workflow_job__name="build / test (🐧, 3.12) / e\u0301",
        ),
        case(
            matrix,
            {"workflow_name": "CI & more = 100 %"},
            {},
            "+form_signs",
            form=True,
            workflow_job__workflow_name="CI & more = 100 %",
        ),
        case("workflow_job_rerun_1_e2e", {"is_copy": False, "duration": 720_000}, {"is_copy": False}),
        case("workflow_job_rerun_2_e2e", {"is_copy": False, "duration": 720_000}, {"is_copy": False}),
        case("workflow_job_rerun_2_unit_copied", {"is_copy": True}, {"is_copy": True}),
        case("workflow_job_rerun_2_unit_copied", {"is_copy": True}, {}, "+failed", workflow_job__conclusion="failure"),
        case(
            "workflow_job_rerun_2_unit_copied",
            {"is_copy": None},
            {"is_copy": None},
            "+no_created",
            workflow_job__created_at=...,
        ),
        case(
            "workflow_job_rerun_2_e2e",
            {"is_copy": True},
            {"is_copy": True},
            "+old",
            **copied,
            workflow_job__started_at="2026-11-20T10:00:05Z",
            workflow_job__completed_at="2026-11-20T10:12:00Z",
        ),
    ]


CASES = [
    *_suites(),
    *_tags(),
    *_deployments(),
    *_deployment_statuses(),
    *_others(),
    *_issues(),
    *_pull_requests(),
    *_jobs(),
]
