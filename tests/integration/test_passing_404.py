"""404s that pass, as GitHub answers them right after a webhook: from the queue through the worker into the store."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from core import message
from core.batch import work
from core.collect_metrics import READS_UNTIL_PARTIAL
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.payload import milliseconds
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.stores.directory import DirectoryStore
from fakes.github.git_database import GitDatabase, Signature
from fakes.github.response import json_answer
from fakes.github.server import FakeGitHub, error
from fakes.github.state import Deployment, DeploymentStatus
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW, Clock, a_github, processing, signed, webhook
from tests.memory_adapters import MemoryQueue, MemorySecrets

HOUR = 3_600_000
MERGED = "pull_request_merged"
EVENTS = {MERGED: "github::pull_request", "deployment": "github::deployment"}
EVENTS |= {"deployment_status": "github::deployment_status", "tooling_usage": "deven::tooling-usage"}
EVENTS |= {"deployment_status_failure": "github::deployment_status", "workflow_job": "github::workflow_job"}
THIS = webhook("deployment_status_failure")["deployment"]["id"]


class Worker:
    """A queue, a folder and a fake GitHub that knows the payloads; `run` works until nothing is queued."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.folder = Clock(), folder
        self.fake, self.shas = github()
        session = pooled_session()
        session.mount("https://", FakeGitHubAdapter(self.fake))
        secrets = SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"}))
        client = GitHubClient(session, secrets, self.fake.api_url, now=self.clock.seconds)
        self.services = processing(DirectoryStore(str(folder)), client, clock=self.clock)
        self.queue = cast("MemoryQueue", self.services.queue)

    def run(self, name: str) -> dict[str, Any]:
        """Process one event; return the records by metric."""
        changes: dict[str, Any] = {"deployment__sha": self.shas[-1]} if name.startswith("deployment") else {}
        if name == "workflow_job":
            changes = {"deployment": {"id": THIS, "environment": "production"}}
        event = signed(EVENTS[name], webhook(name, **changes), received_at=NOW)
        self.queue.send(message.encode(event))
        for _ in range(10_000):
            received = self.queue.receive()
            result = work(received, self.services) if received else None
            for entry in received:
                if result and entry.id not in result.failed:
                    self.queue.delete(entry)
            if not len(self.queue):
                break
            self.clock.move(1)
        records = [json.loads(path.read_text()) for path in self.folder.rglob("*.json") if "_system" not in path.parts]
        return {record["metric_signature"]: record for record in records}


def github() -> tuple[FakeGitHub, list[str]]:
    """Return a GitHub with two commits, and a deployment of the first that succeeded."""
    fake, git, author = a_github(), GitDatabase(), Signature("octocat", "octocat@users.noreply.github.com", NOW // 1000)
    repository, shas = fake.state.repository("octo-org/hello-world"), list[str]()
    files = {"package.json": git.blob(b'{"version":"1.2.3"}'), "README.md": git.blob(b"")}
    files["deven-skeleton-install.config.json"] = git.blob(b'{"version":"2.0.0"}')
    for number in range(2):
        shas.append(git.commit(git.changed(None, files), tuple(shas[-1:]), f"Change {number}", author).sha)
    git.show("main", shas[-1])
    repository.git = git
    before = NOW - 100 * 24 * HOUR
    repository.deployments[:] = [
        Deployment(1, "production", before, shas[0], statuses=(DeploymentStatus(1, "success", before),)),
        Deployment(THIS, "elsewhere", before, shas[0], statuses=_statuses(before)),
    ]
    return fake, shas


def _statuses(before: int) -> tuple[DeploymentStatus, DeploymentStatus]:
    """Return a status of an earlier time, and one of the job that the payload `workflow_job` is about."""
    created_at = milliseconds(webhook("workflow_job")["workflow_job"]["created_at"])
    return DeploymentStatus(2, "in_progress", before), DeploymentStatus(3, "queued", created_at)


READS = [
    (MERGED, r"/pulls/2/commits", "commits-per-pr"),
    (MERGED, r"/pulls/2/files", "documentation-updated"),
    ("deployment", r"/deployments$", "deployment"),
    ("deployment", r"/contents/package", "deployment"),
    ("deployment_status", r"/deployments$", "deployment-status"),
    ("deployment_status", r"/deployments/1/statuses$", "deployment-status"),
    ("deployment_status", r"/compare/", "deployment-status"),
    ("deployment_status_failure", rf"/deployments/{THIS}/statuses$", "deployment-status"),
    ("workflow_job", rf"/deployments/{THIS}/statuses$", "workflow-job"),
    ("tooling_usage", r"/contents/deven", "tooling-usage"),
]


@pytest.mark.parametrize("times", [1, READS_UNTIL_PARTIAL - 1])
@pytest.mark.parametrize(("name", "path", "metric"), READS)
def test_a_404_that_passes_changes_no_record(tmp_path: Path, name: str, path: str, metric: str, times: int) -> None:
    plain, missing = Worker(tmp_path / "plain"), Worker(tmp_path / "missing")
    missing.fake.miss(path, times)
    expected, found = plain.run(name)[metric], missing.run(name)[metric]
    assert (found["status"], found["anomalies"], found["output"]) == ("success", [], expected["output"])
    assert (missing.fake.faults.pending, missing.queue.dead) == (0, [])


@pytest.mark.parametrize(
    ("name", "path", "metric"),
    [read for read in READS if "pulls" in read[1] or ("deployments" in read[1] and f"{THIS}" not in read[1])],
)
def test_a_404_that_lasts_is_dead_lettered_and_stores_no_nulls(
    tmp_path: Path, name: str, path: str, metric: str
) -> None:
    worker = Worker(tmp_path)
    worker.fake.miss(path, 100)
    assert metric not in worker.run(name)
    assert ["404" in letter.reason for letter in worker.queue.dead] == [True]
    assert worker.fake.faults.pending == 100 - READS_UNTIL_PARTIAL


@pytest.mark.parametrize(("name", "path", "metric"), [read for read in READS if "contents" in read[1]])
def test_a_file_that_is_listed_and_stays_missing_is_unknown(tmp_path: Path, name: str, path: str, metric: str) -> None:
    worker = Worker(tmp_path)
    worker.fake.miss(path, 100)
    record = worker.run(name)[metric]
    output = record["output"]
    assert (record["status"], output.get("package_json", output.get("documentation_skeleton_config"))) == (
        "networkError",
        None,
    )


def test_a_compared_commit_that_stays_missing_is_known_to_be_absent(tmp_path: Path) -> None:
    worker = Worker(tmp_path)
    worker.fake.miss("/compare/", 100)
    record = worker.run("deployment_status")["deployment-status"]
    assert (record["status"], record["anomalies"], record["output"]["changes"]) == ("success", ["no_comparison"], None)
    assert (record["output"]["previous"]["id"], worker.queue.dead) == (1, [])


NOT_YET = {"type": "NOT_FOUND", "path": ["repository", "pullRequest"], "message": "Could not resolve to a PullRequest"}


@pytest.mark.parametrize("times", [1, READS_UNTIL_PARTIAL - 1])
def test_a_pull_request_that_graphql_has_late_changes_no_record(tmp_path: Path, times: int) -> None:
    plain, missing = Worker(tmp_path / "plain"), Worker(tmp_path / "missing")
    body = {"data": {"repository": {"pullRequest": None}}, "errors": [NOT_YET]}
    missing.fake.fail_at("POST", r"/graphql$", *[json_answer(body)] * times)
    expected, found = plain.run(MERGED), missing.run(MERGED)
    metric = "code-review-involvement"
    assert (found[metric]["anomalies"], found[metric]["output"]) == ([], expected[metric]["output"])
    assert found[metric]["output"]["timeline"] is not None
    assert (missing.fake.faults.pending, missing.queue.dead) == (0, [])


def test_a_server_without_graphql_costs_only_its_fields(tmp_path: Path) -> None:
    plain, old = Worker(tmp_path / "plain"), Worker(tmp_path / "old")
    old.fake.fail_at("POST", r"/graphql$", error(404, "Not Found"))
    expected, found = plain.run(MERGED), old.run(MERGED)
    metric = "code-review-involvement"
    assert found[metric]["output"] == expected[metric]["output"] | {"timeline": None}
    assert (found[metric]["status"], found[metric]["anomalies"]) == ("success", ["timeline_not_available"])
    assert found["commits-per-pr"]["output"] == expected["commits-per-pr"]["output"]
    assert old.queue.dead == []


@pytest.mark.parametrize(("name", "path", "metric"), [read for read in READS if f"{THIS}" in read[1]])
def test_statuses_that_stay_missing_cost_only_what_they_say(tmp_path: Path, name: str, path: str, metric: str) -> None:
    worker = Worker(tmp_path)
    worker.fake.miss(path, 100)
    record = worker.run(name)[metric]
    unknown = [record["output"].get(field) for field in ("in_progress_at", "approval_wait")]
    assert (record["status"], record["anomalies"], unknown) == ("success", ["no_statuses"], [None, None])
    assert worker.queue.dead == []
