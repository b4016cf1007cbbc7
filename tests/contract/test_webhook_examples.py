"""GitHub's own example payloads, signed and sent through both halves: whole, and with their parts missing."""

import copy
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.batch import work
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.handler import Request, Response, accept
from core.metric import applies_to
from core.metrics import all_metrics, by_trigger
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.stores.directory import DirectoryStore
from core.webhook import sign
from fakes.github.server import FakeGitHub
from fakes.github.state import Content, Deployment, GitHubState, PullRequest, Repository
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW, SECRET, Clock, processing, receiving, signed
from tests.memory_adapters import MemoryQueue, MemorySecrets

pytestmark = pytest.mark.npm

Payload = dict[str, Any]
TESTS = re.compile("test|jest|cypress|playwright", re.IGNORECASE)
MAIN = {"issues": "issue", "pull_request_review": "review"}
"""The object that an event is about, where it has not the event's own name."""


class Example(NamedTuple):
    """A payload, and the delivery that brings it."""

    event: str
    payload: Payload
    delivery: str


class Boundlessly(dict[int, PullRequest]):
    """Every pull request, empty."""

    def get(self, *_: object) -> PullRequest:
        return PullRequest()


class AnyCommit(dict[str | None, dict[str, Content]]):
    """Every commit, with one file: that there is no other is known."""

    def get(self, *_: object) -> dict[str, Content]:
        return {"README.md": b""}


class Boundless(GitHubState):
    """Has every repository, pull request and commit that anyone asks for, and the examples' deployment; most are empty."""

    earlier: tuple[Deployment, ...] = ()
    """Further deployments."""

    def find(self, full_name: str | None, id: int) -> Repository | None:
        repository = super().find(full_name, id) or self.repository(full_name or "o/r")
        repository.pulls = Boundlessly()
        repository.trees = AnyCommit()
        repository.deployments = [Deployment(id, "only for its statuses", NOW) for id in (145988746, 875096709)]
        repository.deployments += self.earlier
        repository.history.tags["v1.2.3"] = {
            "sha": "c" * 40,
            "node_id": "C",
            "commit": {"committer": {"date": "2026-11-24T05:00:00Z"}},
        }
        return repository


class Harness:
    """Both halves, on memory and a folder."""

    def __init__(self, folder: Path, **options: str) -> None:
        self.clock = Clock()
        self.queue = MemoryQueue(self.clock.seconds)
        self.store = DirectoryStore(folder)
        self.receiving, _, _ = receiving(queue=self.queue, **options)
        self.github = Boundless()
        self.fake = FakeGitHub(self.github)
        session = pooled_session()
        session.mount("https://", FakeGitHubAdapter(self.fake))
        github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"})), self.fake.api_url)
        self.processing = processing(self.store, github, queue=self.queue, clock=self.clock, **options)

    def send(self, example: Example) -> Response:
        body = json.dumps(example.payload).encode()
        headers = {
            "x-github-event": example.event,
            "x-github-delivery": example.delivery,
            "x-hub-signature-256": sign(body, SECRET),
            "content-type": "application/json",
        }
        return accept(Request(headers, body), self.receiving)

    def work(self) -> None:
        """Everything that is queued, until nothing is left."""
        while messages := self.queue.receive():
            result = work(messages, self.processing)
            assert (result.failed, result.again) == ((), ())
            for message in messages:
                self.queue.delete(message)

    def records(self) -> dict[str, Payload]:
        paths = (path for path in self.store.list("") if not path.startswith("_system/"))
        return {path: json.loads(self.store.read(path) or b"") for path in paths}

    def receipts(self) -> dict[str, Payload]:
        """By delivery; each must have been settled once."""
        lines = [line for path in self.store.list("_system/") for line in (self.store.read(path) or b"").splitlines()]
        settled = [json.loads(line) for line in lines]
        assert len({log_line["delivery_id"] for log_line in settled}) == len(settled)
        return {log_line["delivery_id"]: log_line for log_line in settled}


@pytest.fixture(scope="module")
def examples(npm: Path) -> list[Example]:
    index = npm / "@octokit" / "webhooks-examples" / "api.github.com" / "index.json"
    return [
        Example(event["name"], payload, f"{event['name']}-{number}")
        for event in json.loads(index.read_text())
        for number, payload in enumerate(event["examples"])
    ]


@pytest.fixture(scope="module")
def varied(examples: list[Example]) -> list[Example]:
    """The examples, and those that GitHub has none of: merged pull requests, tags that are versions, jobs of tests, deployments that
    succeeded, issues that are incidents.
    """
    return [*examples, *(variant for example in examples for variant in variants(example))]


def variants(example: Example) -> Iterator[Example]:
    payload = copy.deepcopy(example.payload)
    if example.event == "pull_request" and payload["action"] == "closed":
        payload["pull_request"] |= {"id": 2, "merged": True, "merged_at": payload["pull_request"]["closed_at"]}
    elif example.event == "deployment_status":
        payload["deployment_status"] |= {"id": 2, "state": "success"}
    elif example.event == "issues":
        payload["issue"] |= {"id": 4, "labels": [{"name": "Incident"}]}
        payload |= {"label": {"name": "Incident"}} if "label" in payload else {}
    elif example.event == "create":
        payload["ref"] = "v1.2.3"
    elif example.event == "workflow_job" and payload["action"] == "completed":
        payload["workflow_job"] |= {"id": 3, "name": "Unit tests", "workflow_name": None, "run_attempt": 2}
    else:
        return
    yield example._replace(payload=payload, delivery=f"{example.delivery}-varied")


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path / "store")


# what must come out, told by the payload alone


class Expected(NamedTuple):
    """A metric's condition and the end of its path, written anew from the published description."""

    event: str
    applies: Callable[[Payload], bool]
    name: Callable[[Payload], str]


def milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def is_completed(payload: Payload) -> bool:
    return bool(payload["action"] == "completed")


def is_closed(payload: Payload) -> bool:
    return bool(payload["action"] == "closed")


def is_merged(payload: Payload) -> bool:
    return is_closed(payload) and bool(payload["pull_request"]["merged"])


def is_about_tests(payload: Payload) -> bool:
    job = payload["workflow_job"]
    names = [job["name"], job.get("workflow_name"), *(step["name"] for step in job["steps"])]
    return is_completed(payload) and any(TESTS.search(name or "") for name in names)


def suite_name(payload: Payload) -> str:
    suite = payload["check_suite"]
    return f"{suite['created_at'][:10]}/{suite['id']}-{milliseconds(suite['updated_at'])}"


def pull_request_name(payload: Payload) -> str:
    pull_request = payload["pull_request"]
    return f"{pull_request['closed_at'][:10]}/{pull_request['id']}-{milliseconds(pull_request['closed_at'])}"


def deployment_name(payload: Payload) -> str:
    return f"{payload['deployment']['created_at'][:10]}/{payload['deployment']['id']}"


def is_over(payload: Payload) -> bool:
    return payload["deployment_status"]["state"] in ("success", "failure", "error")


def status_name(payload: Payload) -> str:
    status = payload["deployment_status"]
    return f"{status['created_at'][:10]}/{payload['deployment']['id']}-{status['id']}"


def review_name(payload: Payload) -> str:
    return f"{payload['review']['submitted_at'][:10]}/{payload['review']['id']}"


def is_of_an_incident(payload: Payload) -> bool:
    actions = ("opened", "labeled", "unlabeled", "closed", "reopened", "deleted", "transferred")
    if payload["action"] not in actions:
        return False
    of_label = payload["action"] in ("labeled", "unlabeled")
    changed = [payload["label"]] if of_label else payload["issue"]["labels"]
    return "incident" in {label["name"].lower() for label in changed}


def incident_name(payload: Payload) -> str:
    times = {"opened": "created_at", "closed": "closed_at"}
    at, action = payload["issue"][times.get(payload["action"], "updated_at")], payload["action"]
    end = action if action in ("deleted", "transferred") else str(milliseconds(at))
    suffix = "-unlabeled" if action == "unlabeled" else ""
    return f"{at[:10]}/{payload['issue']['id']}-{end}{suffix}"


def job_name(payload: Payload) -> str:
    job = payload["workflow_job"]
    attempt = f"-{job['run_attempt']}" if "run_attempt" in job else ""
    return f"{job['completed_at'][:10]}/{job['id']}{attempt}"


def run_name(payload: Payload) -> str:
    run = payload["workflow_run"]
    return f"{run['run_started_at'][:10]}/{run['id']}-{run['run_attempt']}"


EXPECTED = {
    "check-suite": Expected("check_suite", is_completed, suite_name),
    "code-review-involvement": Expected("pull_request", is_closed, pull_request_name),
    "commits-per-pr": Expected("pull_request", is_merged, pull_request_name),
    "deployment": Expected("deployment", lambda payload: bool(payload["action"] == "created"), deployment_name),
    "deployment-status": Expected("deployment_status", is_over, status_name),
    "documentation-updated": Expected("pull_request", is_merged, pull_request_name),
    "incident": Expected("issues", is_of_an_incident, incident_name),
    "release-versions": Expected("create", lambda payload: bool(payload["ref"] == "v1.2.3"), lambda _: "v1.2.3"),
    "review": Expected("pull_request_review", lambda payload: bool(payload["action"] == "submitted"), review_name),
    "test-coverage": Expected("workflow_job", is_about_tests, job_name),
    "workflow-job": Expected("workflow_job", is_completed, job_name),
    "workflow-run": Expected("workflow_run", is_completed, run_name),
}
"""Other metrics, such as one that was just added, are checked by their own tests; their records are not looked at here."""


def expected(example: Example) -> Iterator[tuple[str, str]]:
    """Metric and path of each record that must come of an example."""
    for metric, events in EXPECTED.items():
        if events.event == example.event and events.applies(example.payload):
            repository = example.payload["repository"]
            folder = f"{repository['owner']['login']}/{repository['name']}/{metric}"
            yield metric, f"{folder}/{events.name(example.payload)}.json"


def is_wanted_by_another_metric(example: Example) -> bool:
    metrics = [metric for metric in by_trigger().get(f"github::{example.event}", ()) if metric.name not in EXPECTED]
    event = signed(f"github::{example.event}", example.payload) if metrics else None
    return event is not None and any(applies_to(metric, event, processing(None, None).settings) for metric in metrics)


# whole


def test_every_example_is_accepted_if_a_metric_uses_it(harness: Harness, varied: list[Example]) -> None:
    answers = {example.delivery: harness.send(example) for example in varied}
    wanted = {example.delivery for example in varied if list(expected(example)) or is_wanted_by_another_metric(example)}
    pings = {example.delivery for example in varied if example.event == "ping"}
    assert {delivery for delivery, answer in answers.items() if answer.status == 202} == wanted
    assert {delivery for delivery, answer in answers.items() if answer.body["status"] == "pong"} == pings
    others = {(a.status, a.body["status"]) for d, a in answers.items() if d not in wanted | pings}
    assert others == {(200, "ignored")}


def test_the_examples_become_exactly_the_records_whose_metrics_apply(harness: Harness, varied: list[Example]) -> None:
    for example in varied:
        harness.send(example)
    harness.work()
    records = harness.records()
    wanted = {path: metric for example in varied for metric, path in expected(example)}
    signatures = {path: record["metric_signature"] for path, record in records.items()}
    assert {path: metric for path, metric in signatures.items() if metric in EXPECTED} == wanted
    assert {record["status"] for record in records.values()} == {"success"}
    assert harness.queue.dead == []
    assert {receipt["outcome"] for receipt in harness.receipts().values()} == {"stored"}


def test_a_record_of_an_example_names_its_source(harness: Harness, varied: list[Example]) -> None:
    sources = {}
    for example in varied:
        harness.send(example)
        sources[example.delivery] = example
    harness.work()
    for path, record in harness.records().items():
        example = sources[record["delivery_id"]]
        repository = example.payload["repository"]
        assert {name: record[name] for name in ("owner", "repo", "repository_id", "trigger_event_signature")} == {
            "owner": repository["owner"]["login"],
            "repo": repository["name"],
            "repository_id": repository["id"],
            "trigger_event_signature": f"github::{example.event}",
        }
        assert (record["created_at"], record["github_host"], record["schema"]) == (NOW, "github.com", 2)
        assert record["id"] == f"{record['owner']}/{record['repo']}/{record['metric_signature']}/{Path(path).stem}"


def test_an_example_of_actions_is_recorded_with_its_run_and_its_job(harness: Harness, varied: list[Example]) -> None:
    for example in varied:
        if example.event == "deployment_status" and example.payload.get("check_run"):
            harness.send(example)
    harness.work()
    [output] = [record["output"] for record in harness.records().values()]
    assert (output["check_run"], output["in_progress_at"]) == ({"id": 128620228, "name": "deploy"}, None)
    run = {"id": 289782451, "name": None, "path": None, "event": "dynamic", "head_branch": "gh-pages", "run_attempt": 1}
    assert (output["workflow_run"], output["creator_kind"]) == (run, "bot")
    assert [output[name] for name in ("task", "production_environment", "transient_environment")] == [
        "deploy",
        False,
        False,
    ]


def test_an_example_of_a_job_with_an_environment_names_its_deployment(
    harness: Harness, examples: list[Example]
) -> None:
    [example] = [item for item in examples if item.event == "workflow_job" and item.payload.get("deployment")]
    ended = {"status": "completed", "conclusion": "success", "completed_at": "2023-04-19T21:20:00Z"}
    job = example.payload["workflow_job"] | ended
    harness.send(example._replace(payload=example.payload | {"action": "completed", "workflow_job": job}))
    harness.work()
    output = next(item["output"] for path, item in harness.records().items() if "/workflow-job/" in path)
    assert (output["environment"], output["deployment_id"], output["approval_wait"]) == ("Test", 875096709, None)
    assert (output["labels"], output["runner_kind"]) == (["self-hosted", "k8s"], "self-hosted")


def test_some_of_the_metrics_have_examples_and_the_others_variants(
    examples: list[Example], varied: list[Example]
) -> None:
    own = {metric for example in examples for metric, _ in expected(example)}
    all_of_them = {metric for example in varied for metric, _ in expected(example)}
    assert own == {
        "check-suite",
        "code-review-involvement",
        "deployment",
        "deployment-status",
        "review",
        "workflow-job",
        "workflow-run",
    }
    assert all_of_them == EXPECTED.keys() <= {metric.name for metric in all_metrics()}


def test_an_example_sent_twice_is_stored_once(harness: Harness, varied: list[Example]) -> None:
    ours = [example for example in varied if list(expected(example))]
    for example in ours:
        harness.send(example)
    harness.work()
    once = harness.records()
    for example in ours:
        harness.send(example)
    harness.work()
    assert harness.records() == once


# with parts missing

NAMES_A_FIELD = re.compile(r"[a-z-]+: [a-z_]+(\.[a-z_]+|\[\d+\])*: expected [a-z ]+(, got [a-z ]+)?")


def spoiled_by_null(examples: Iterable[Example]) -> Iterator[Example]:
    for example in examples:
        for key in example.payload:
            yield Example(example.event, {**example.payload, key: None}, f"{example.delivery}-{key}")


def spoiled_without_times(examples: Iterable[Example]) -> Iterator[Example]:
    for example in examples:
        name = MAIN.get(example.event, example.event)
        main = example.payload.get(name)
        if type(main) is dict:
            payload = copy.deepcopy(example.payload)
            payload[name] = {key: value for key, value in main.items() if not key.endswith("_at")}
            yield Example(example.event, payload, example.delivery)


@pytest.mark.parametrize("spoiled", [spoiled_by_null, spoiled_without_times])
def test_an_incomplete_example_is_stored_or_dead_lettered_with_a_reason(
    harness: Harness, varied: list[Example], spoiled: Callable[[Iterable[Example]], Iterator[Example]]
) -> None:
    answers = {example.delivery: harness.send(example).status for example in spoiled(varied)}
    harness.work()
    receipts = harness.receipts()
    accepted = {delivery for delivery, status in answers.items() if status == 202}
    assert set(answers.values()) <= {200, 202, 400}
    assert receipts.keys() == accepted
    assert {receipt["outcome"] for receipt in receipts.values()} <= {"stored", "failed"}
    dead = [receipt["reason"] for receipt in receipts.values() if receipt["outcome"] == "failed"]
    assert Counter(letter.reason for letter in harness.queue.dead) == Counter(dead)
    assert [reason for reason in dead if not all(map(NAMES_A_FIELD.fullmatch, reason.split("; ")))] == []
    assert any(receipt["outcome"] == "stored" for receipt in receipts.values())


def test_a_missing_repository_or_object_is_what_a_dead_letter_names(harness: Harness, varied: list[Example]) -> None:
    suite = next(example for example in varied if list(expected(example)) and example.event == "check_suite")
    for key in ("repository", "check_suite"):
        harness.send(Example(suite.event, {**suite.payload, key: None}, key))
    harness.work()
    reasons = {reason for letter in harness.queue.dead for reason in letter.reason.split("; ")}
    assert {reason for reason in reasons if reason.startswith("check-suite:")} == {
        "check-suite: repository: expected an object, got null",
        "check-suite: check_suite: expected an object, got null",
    }


def test_a_missing_time_leaves_a_record_without_a_day(harness: Harness, varied: list[Example]) -> None:
    for example in spoiled_without_times(varied):
        harness.send(example)
    harness.work()
    folders = {
        (record["metric_signature"], path.split("/")[-2])
        for path, record in harness.records().items()
        if record["metric_signature"] in EXPECTED
    }
    dated = EXPECTED.keys() - {"release-versions"}
    assert folders == {(metric, "undated") for metric in dated}
