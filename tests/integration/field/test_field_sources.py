"""Each field of schema 2, from GitHub's own example of its source through webhook, queue and worker into record and database.

The sources are those of docs/METRICS.md: the examples of webhooks (`@octokit/webhooks-examples`), and those of the REST API's
description (`@octokit/openapi`). What GraphQL answers is compared with its schema in tests/contract/test_github_graphql.py.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.backfill.new_fields import NEW_FIELDS
from core.metrics import all_metrics
from core.payload import milliseconds
from core.text_facts import fingerprint
from fakes.github.response import Response
from fakes.github.state import Deployment, DeploymentStatus
from tests.builders import NOW
from tests.conftest import NPM
from tests.contract.test_webhook_examples import Example, Harness, variants
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.schema.columns import quote_identifier
from warehouse.schema.metric_tables import tables

pytestmark = [pytest.mark.npm, pytest.mark.usefixtures("npm")]

Payload = dict[str, Any]
Read = Callable[[Payload], Any]


def at(path: str) -> Read:
    """Read a value of the payload; None where a part of the path is absent."""

    def read(payload: Payload) -> Any:
        value: Any = payload
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    return read


def time_at(path: str) -> Read:
    def read(payload: Payload) -> Any:
        value = at(path)(payload)
        return None if value is None else milliseconds(value)

    return read


def names_at(path: str) -> Read:
    return lambda payload: [label["name"] for label in at(path)(payload)]


def kind_at(path: str) -> Read:
    kinds = {"User": "person", "Bot": "bot"}
    return lambda payload: kinds[at(f"{path}.type")(payload)]


def constant(value: Any) -> Read:
    """The examples have nothing in this field's source, or nothing that says it."""
    return lambda _: value


def run(payload: Payload) -> Any:
    if not payload.get("workflow_run"):
        return None
    of_run = {name: payload["workflow_run"].get(name) for name in ("path", "event", "head_branch", "run_attempt")}
    return {"id": payload["workflow_run"]["id"], "name": at("workflow.name")(payload), **of_run}


def job(payload: Payload) -> Any:
    check = payload.get("check_run")
    return {name: check[name] for name in ("id", "name")} if check else None


def runner(payload: Payload) -> Any:
    if "self-hosted" in payload["workflow_job"]["labels"]:
        return "self-hosted"
    return "github-hosted" if payload["workflow_job"].get("runner_group_name") == "GitHub Actions" else None


DEPLOYMENT: dict[str, Read] = {
    **{name: at(f"deployment.{name}") for name in ("task", "production_environment", "transient_environment")},
    "creator_kind": kind_at("deployment.creator"),
    "workflow_run": run,
}
COMMIT = {
    "parents": 1,
    "author_kind": "person",
    "assistants": [],
    "fingerprint": fingerprint(milliseconds("2011-04-14T16:00:49Z"), "Fix all the bugs"),
    "title_kind": "other",
    "revert_depth": 0,
    "reverts_number": None,
    "number_kind": None,
}
"""The facts of the commit that each example of the REST API has."""
SHA = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
LISTED = {"sha": SHA, "number": None, "reverts_sha": None, **COMMIT}

FIELDS: dict[str, dict[str, Read]] = {
    "code-review-involvement": {
        "author_kind": kind_at("pull_request.user"),
        "title_kind": constant("other"),
        "revert_depth": constant(0),
        "reverts_sha": constant(None),
        "reverts_number": constant(None),
        "closes": constant([]),
        "assistants": constant([]),
        "labels": names_at("pull_request.labels"),
        "head_ref": at("pull_request.head.ref"),
        "is_draft": at("pull_request.draft"),
        "timeline": constant(None),
    },
    "deployment": DEPLOYMENT,
    "deployment-status": {
        **DEPLOYMENT,
        "check_run": job,
        "in_progress_at": constant(None),
        "comparison_status": constant(None),
    },
    "incident": {
        "all_labels": names_at("issue.labels"),
        "issue_type": at("issue.type.name"),
        "severity": constant(None),
        "cause_sha": constant(None),
        "cause_number": constant(None),
        "is_exempt": constant(value=False),
    },
    "workflow-job": {
        "labels": at("workflow_job.labels"),
        "runner_group_id": at("workflow_job.runner_group_id"),
        "runner_kind": runner,
        "run_event": constant(None),
        "workflow_path": constant(None),
        "environment": at("deployment.environment"),
        "deployment_id": at("deployment.id"),
        "approval_wait": constant(None),
    },
    "workflow-run": {
        **{
            name: at(f"workflow_run.{name}")
            for name in ("id", "run_attempt", "event", "head_branch", "head_sha", "path")
        },
        **{name: time_at(f"workflow_run.{name}") for name in ("created_at", "run_started_at", "updated_at")},
        "name": at("workflow.name"),
        "conclusion": at("workflow_run.conclusion"),
    },
}
"""By metric: the fields whose source is a payload."""
REST = {
    "commits-per-pr": {"commits.commit_timestamps[]": LISTED},
    "documentation-updated": {"paths": {"names": ["file1.txt"], "cut": False}},
    "release-versions": {
        "sha": "c" * 40,
        "committed_at": milliseconds("2026-11-24T05:00:00Z"),
        "tagged_at": None,
        "previous": {"tag": "v1.2.2", "sha": "b" * 40, "committed_at": milliseconds("2026-11-24T04:00:00Z")},
        "comparison_status": "behind",
        "changes.commits[]": COMMIT,
    },
    "deployment-status": {"comparison_status": "behind", "changes.commits[]": COMMIT},
}
"""By metric: what the examples of the REST API say, for the fields whose source it is."""


@cache
def examples() -> list[Example]:
    index = NPM / "@octokit" / "webhooks-examples" / "api.github.com" / "index.json"
    return [
        Example(event["name"], payload, f"{event['name']}-{number}")
        for event in json.loads(index.read_text())
        for number, payload in enumerate(event["examples"])
    ]


@cache
def answer(path: str) -> bytes:
    """Return GitHub's example of the response of an operation."""
    description = json.loads((NPM / "@octokit" / "openapi" / "generated" / "api.github.com.deref.json").read_text())
    content = description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    return json.dumps(next(iter(content["examples"].values()))["value"]).encode()


class Outcome(NamedTuple):
    """What became of one example."""

    payload: Payload
    record: Payload
    row: dict[str, Any]
    """The row of the database, by field."""


def collected(
    folder: Path, example: Example, earlier: tuple[Deployment, ...] = (), **answers: str
) -> Iterator[Outcome]:
    """Send one example through both halves; `answers` are examples of the REST API by the end of the request's path.

    The repository also has `earlier` deployments, and a release before.
    """
    folder.mkdir(exist_ok=True)
    harness = Harness(folder / "store", incident_labels="bug")
    harness.github.earlier = earlier
    repository = harness.github.find(example.payload.get("repository", {}).get("full_name"), 0)
    if repository is not None:
        tag = {"sha": "b" * 40, "node_id": "C", "commit": {"committer": {"date": "2026-11-24T04:00:00Z"}}}
        repository.history.tags["v1.2.2"] = tag
    for end, path in answers.items():
        harness.fake.fail_at("GET", f"/{end}", *[Response(200, {}, answer(path))] * 3)
    harness.send(example)
    harness.work()
    with open_database(folder / "database") as connection:
        merge(connection, Source(harness.store, "test"), now=lambda: NOW)
        for record in harness.records().values():
            table = tables()[record["metric_signature"]]
            columns = ", ".join(quote_identifier(field.column) for field in table.fields)
            [row] = connection.execute(f"SELECT {columns} FROM {table.name}").fetchall()  # noqa: S608 (names of ours)
            names = (field.name for field in table.fields)
            yield Outcome(example.payload, record, dict(zip(names, row, strict=True)))


def of_events(*events: str) -> list[Example]:
    return [example for example in examples() if example.event in events]


def as_in_database(value: Any) -> Any:
    """Return a value without its times, which the database has as such, and which other tests compare."""
    if isinstance(value, dict):
        return {name: as_in_database(item) for name, item in value.items() if not name.endswith("_at")}
    return [as_in_database(item) for item in value] if isinstance(value, list) else value


def test_every_field_of_schema_2_has_an_example_here() -> None:
    for metric, fields in NEW_FIELDS.items():
        rest = {
            f"{name}.{inner}" if inner else name
            for name, said in REST.get(metric, {}).items()
            for inner in (said if name.endswith("[]") else [""])
        }
        known = FIELDS.get(metric, {}).keys() | rest | {name.partition(".")[0] for name in rest}
        assert {name for name in fields.names() if "number_kind" not in name} <= known, metric
    assert FIELDS["workflow-run"].keys() == set(output_of("workflow-run")._fields)


def output_of(metric: str) -> Any:
    return next(item.output for item in all_metrics() if item.name == metric)


@pytest.mark.parametrize("metric", sorted(FIELDS))
def test_each_field_of_a_payload_reaches_record_and_database(metric: str, tmp_path: Path) -> None:
    trigger = next(item.trigger for item in all_metrics() if item.name == metric).removeprefix("github::")
    said: dict[str, list[Any]] = {name: [] for name in FIELDS[metric]}
    for number, example in enumerate(of_events(trigger)):
        for outcome in collected(tmp_path / str(number), example):
            if outcome.record["metric_signature"] != metric:
                continue
            for name, read in FIELDS[metric].items():
                expected = read(outcome.payload)
                assert outcome.record["output"][name] == expected, (example.delivery, name)
                said[name].append(expected)
                if not name.endswith("_at"):
                    assert as_in_database(outcome.row[name]) == as_in_database(expected), (example.delivery, name)
    assert all(said.values()), "no example has come through"


def merged_pull_request() -> Example:
    """GitHub has no example of a merge: the closing is changed in what says so."""
    return next(variant for example in of_events("pull_request") for variant in variants(example))


def within(output: Any, path: str) -> Any:
    for name in path.split("."):
        output = output[name.removesuffix("[]")]
        output = output[0] if name.endswith("[]") else output
    return output


def check(outcome: Outcome, metric: str) -> None:
    for path, expected in REST[metric].items():
        for found in (outcome.record["output"], outcome.row):
            value = within(found, path)
            if isinstance(expected, dict):
                assert as_in_database({name: value[name] for name in expected}) == as_in_database(expected), path
            elif not path.endswith("_at"):
                assert value == expected, path
        if path.endswith("_at"):
            assert within(outcome.record["output"], path) == expected


def test_the_commits_and_files_of_the_rest_api_reach_record_and_database(tmp_path: Path) -> None:
    pull = "/repos/{owner}/{repo}/pulls/{pull_number}"
    answers = {r"pulls/\d+/commits$": f"{pull}/commits", r"pulls/\d+/files$": f"{pull}/files"}
    outcomes = {item.record["metric_signature"]: item for item in collected(tmp_path, merged_pull_request(), **answers)}
    check(outcomes["commits-per-pr"], "commits-per-pr")
    check(outcomes["documentation-updated"], "documentation-updated")


COMPARE = {r"compare/[0-9a-f.]+$": "/repos/{owner}/{repo}/compare/{basehead}"}


def test_the_comparison_of_a_deployment_reaches_record_and_database(tmp_path: Path) -> None:
    created_at = milliseconds("2019-05-15T15:00:00Z")
    before = Deployment(1, "production", created_at, statuses=(DeploymentStatus(2, "success", created_at + 1000),))
    listed = of_events("deployment_status")
    success = next(item for item in listed if item.payload["deployment_status"]["state"] == "success")
    [outcome] = collected(tmp_path, success, (before,), **COMPARE)
    check(outcome, "deployment-status")


def test_the_comparison_of_a_release_reaches_record_and_database(tmp_path: Path) -> None:
    tag = next(variant for example in of_events("create") for variant in variants(example))
    [outcome] = collected(tmp_path, tag, **COMPARE)
    check(outcome, "release-versions")
