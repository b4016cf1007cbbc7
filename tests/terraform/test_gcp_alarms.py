"""Every alert policy on Google Cloud watches what is there, or a line that a function of ours printed."""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest

from core import message
from core.clock import now
from core.jobs import all_jobs
from core.webhook import sign
from fakes.google.server import FakeGoogle
from runtimes.gcp import google_clients, webhook_main, webhook_wiring, worker_main, worker_wiring
from tests.builders import SECRET, signed
from tests.builders import webhook as payload
from tests.terraform.google_terraform import PROJECT, REGION, VERSIONS, Applied, stand_in

pytestmark = pytest.mark.terraform
TERM = re.compile(r'([\w.]+)(=|:|>)("[^"]*"|\d+)')
QUERY = re.compile(
    r"logging_googleapis_com:(user_\w+)\{monitored_resource=\"cloud_run_revision\"(?:,job=\"(\w+)\")?\}\[(\d+[mh])\]"
)


@pytest.fixture(scope="module")
def resources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, Any]]]:
    version = VERSIONS[-1]
    if not stand_in(version):
        pytest.skip(
            f"TF_PLUGIN_DIR holds no stand-in of hashicorp/google {version}: nothing is created in a real project"
        )
    module = Applied(tmp_path_factory.mktemp("alarms"), version, "test")
    module.init()
    module.apply()
    yield module.resources()
    module.destroy()


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What Cloud Logging has of a webhook without its secret, a job that succeeded, a worker without a store, and requests."""
    printed: dict[str, str] = {}
    prefix = f"projects/{PROJECT}"
    with FakeGoogle(PROJECT, authenticated=False) as google:
        topic, subscription = f"{prefix}/topics/telemetry-test-events", f"{prefix}/subscriptions/telemetry-test-events"
        google.pubsub.add_topic(topic)
        google.pubsub.add_subscription(subscription, topic)
        no_folder = tmp_path / "file"
        no_folder.touch()
        environment = {
            "ENVIRONMENT_ID": "test",
            "QUEUE_URL": topic,
            "QUEUE_SUBSCRIPTION": subscription,
            "WATCHED_REPOSITORIES": "octo-org/hello-world",
        }
        for name, value in {**environment, **google.environment, "STORE_DIRECTORY": str(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        forget()
        capfd.readouterr()
        body = json.dumps(payload("check_suite")).encode()
        headers = {"X-GitHub-Event": "check_suite", "X-Hub-Signature-256": sign(body, SECRET)}
        app = flask.Flask("functions")
        with app.test_request_context("/telemetry", method="POST", data=body, headers=headers):
            assert webhook_main.webhook(flask.request)[1] == 503
        google.secrets.put(f"{prefix}/secrets/telemetry-test-github-webhook-secret-token", SECRET)
        leaked = {**headers, "X-Github-Encoded-Secret": "c2VjcmV0"}
        with app.test_request_context("/telemetry", method="POST", data=body, headers=leaked):
            assert webhook_main.webhook(flask.request)[1] == 202
        printed["webhook"] = capfd.readouterr().err
        with app.test_request_context("/", method="POST", data=b'{"job":"survey_tooling"}'):
            assert worker_main.schedule(flask.request)[1] == 200
        printed["schedule"] = capfd.readouterr().err
        forget()
        monkeypatch.setenv("STORE_DIRECTORY", str(no_folder))
        monkeypatch.setenv("LOG_LEVEL", "error")
        hours_ago = signed("github::check_suite", payload("check_suite"), received_at=now() - 2 * 3_600_000)
        google_clients.pubsub(google.environment, "").publish(topic, message.encode(hours_ago).encode(), {})
        assert worker_main.worker(None)[1] == 200
        printed["worker"] = capfd.readouterr().err
        forget()
    lines = [
        _entry(function, jsonPayload={key: value for key, value in json.loads(line).items() if key != "severity"})
        for function, text in printed.items()
        for line in text.splitlines()
    ]
    return lines + [_request(*request) for request in REQUESTS]


NO_INSTANCE = "The request was aborted because there was no available instance."
REQUESTS = (
    ("webhook", 202, ""),
    ("webhook", 429, NO_INSTANCE),
    ("webhook", 500, NO_INSTANCE),
    ("webhook", 500, ""),
    ("worker", 429, NO_INSTANCE),
)
"""Cloud Run's own lines: https://cloud.google.com/run/docs/troubleshooting#abort-request."""


def _request(function: str, status: int, text: str) -> dict[str, Any]:
    name = f"projects/{PROJECT}/logs/run.googleapis.com%2Frequests"
    return _entry(function, logName=name, httpRequest={"status": status}, **({"textPayload": text} if text else {}))


def _entry(function: str, **fields: Any) -> dict[str, Any]:
    labels = {"location": REGION, "service_name": f"telemetry-test-{function}"}
    return {"resource": {"type": "cloud_run_revision", "labels": labels}, **fields}


def forget() -> None:
    """As a new instance would begin."""
    for build in (webhook_wiring.webhook_services, worker_wiring.worker_services, worker_wiring.subscription):
        build.cache_clear()


def matches(filter: str, entry: dict[str, Any]) -> bool:
    """Whether a line meets a filter: https://cloud.google.com/logging/docs/view/logging-query-language."""
    return all(
        any(meets(term, entry) for term in conjunct.removeprefix("(").removesuffix(")").split(" OR "))
        for conjunct in filter.split(" AND ")
    )


def meets(term: str, entry: dict[str, Any]) -> bool:
    parts = TERM.fullmatch(term)
    assert parts, term
    actual, wanted = at(entry, parts[1]), json.loads(parts[3])
    if actual is None:
        return False
    return bool(
        {"=": actual == wanted, ":": str(wanted) in str(actual), ">": parts[2] == ">" and actual > wanted}[parts[2]]
    )


def at(entry: dict[str, Any], path: str) -> Any:
    return functools.reduce(lambda value, key: (value or {}).get(key), path.split("."), entry)


def of(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [resource["values"] for resource in resources if resource["type"] == kind]


def test_every_log_metric_counts_its_lines_and_no_others(
    resources: list[dict[str, Any]], entries: list[dict[str, Any]]
) -> None:
    counted = {
        metric["name"].removeprefix("telemetry-test-"): [entry for entry in entries if matches(metric["filter"], entry)]
        for metric in of(resources, "google_logging_metric")
    }
    assert {name: len(matches) for name, matches in counted.items()} == {
        "job-succeeded": 1,
        "overdue": 1,
        "secret-leaked": 1,
        "throttled": 2,
        "unavailable": 1,
    }
    assert [entry["httpRequest"]["status"] for entry in counted["throttled"]] == [429, 500]
    assert counted["overdue"][0]["jsonPayload"]["age_ms"] >= 2 * 3_600_000
    for metric in of(resources, "google_logging_metric"):
        [first, *_] = counted[metric["name"].removeprefix("telemetry-test-")]
        for label, extractor in (metric["label_extractors"] or {}).items():
            assert at(first, extractor.removeprefix("EXTRACT(").removesuffix(")")) == "survey_tooling", label


def test_an_event_of_the_last_hour_is_not_overdue(
    resources: list[dict[str, Any]], entries: list[dict[str, Any]]
) -> None:
    [overdue] = [
        resource for resource in of(resources, "google_logging_metric") if resource["name"].endswith("-overdue")
    ]
    [line] = [entry for entry in entries if matches(overdue["filter"], entry)]
    line["jsonPayload"]["age_ms"] = 3_600_000
    assert not matches(overdue["filter"], line)


def test_the_line_of_a_503_names_the_secret_that_is_missing(entries: list[dict[str, Any]]) -> None:
    reasons = [entry.get("jsonPayload", {}).get("reason", "") for entry in entries]
    assert "the secret telemetry-test-github-webhook-secret-token has no enabled version" in reasons


def test_every_policy_is_enabled_and_watches_an_existing_resource(resources: list[dict[str, Any]]) -> None:
    log_metrics = {resource["name"] for resource in of(resources, "google_logging_metric")}
    subscriptions = {resource["name"] for resource in of(resources, "google_pubsub_subscription")}
    services = {resource["name"] for resource in of(resources, "google_cloudfunctions2_function")}
    policies = of(resources, "google_monitoring_alert_policy")
    assert len(policies) == 15
    for policy in policies:
        assert policy["enabled"]
        [condition] = policy["conditions"]
        queries = condition["condition_prometheus_query_language"]
        if queries:
            watched = QUERY.findall(queries[0]["query"])
            assert len(watched) == queries[0]["query"].count("logging_googleapis_com") == 3
            [(metric, job, _)] = set(watched)
            assert metric in {f"user_{name.replace('-', '_')}" for name in log_metrics}
            assert (job in all_jobs()) is metric.endswith("job_succeeded")
            continue
        terms = {
            path: json.loads(value) for path, _, value in TERM.findall(condition["condition_threshold"][0]["filter"])
        }
        metric = terms["metric.type"]
        if metric.startswith("pubsub.googleapis.com/subscription/"):
            assert terms["resource.labels.subscription_id"] in subscriptions
        else:
            assert metric == "run.googleapis.com/request_count"
            assert terms["resource.labels.service_name"] in services
