"""Every alert policy on Google Cloud watches what is there, or a line that a function of ours printed."""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest

from core.webhook import sign
from fakes.google.server import FakeGoogle
from runtimes.gcp import main, wiring
from tests.builders import SECRET
from tests.builders import webhook as payload
from tests.terraform.google_terraform import REGION, VERSIONS, Applied, stand_in

pytestmark = pytest.mark.terraform
TERM = re.compile(r'([\w.]+)="([^"]*)"')


@pytest.fixture(scope="module")
def resources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, Any]]]:
    version = VERSIONS[-1]
    if not stand_in(version):
        pytest.skip(f"TF_PLUGIN_DIR holds no stand-in of hashicorp/google {version}: nothing is made in a real project")
    place = Applied(tmp_path_factory.mktemp("alarms"), version, "test")
    place.init()
    place.apply()
    yield place.resources()
    place.destroy()


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What Cloud Logging makes of the lines of a webhook without its secret, and of a job that succeeded."""
    printed: dict[str, str] = {}
    with FakeGoogle("octo-telemetry", authenticated=False) as google:
        topic = "projects/octo-telemetry/topics/telemetry-test-events"
        google.pubsub.add_topic(topic)
        told = {"ENVIRONMENT_ID": "test", "QUEUE_URL": topic, "WATCHED_REPOSITORIES": "octo-org/hello-world"}
        for name, value in {**told, **google.environment, "STORE_DIRECTORY": str(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        forget()
        capfd.readouterr()
        body = json.dumps(payload("check_suite")).encode()
        headers = {"X-GitHub-Event": "check_suite", "X-Hub-Signature-256": sign(body, SECRET)}
        app = flask.Flask("functions")
        with app.test_request_context("/telemetry", method="POST", data=body, headers=headers):
            assert main.webhook(flask.request)[1] == 503
        google.secrets.put("projects/octo-telemetry/secrets/telemetry-test-github-webhook-secret-token", SECRET)
        leaked = {**headers, "X-Github-Encoded-Secret": "c2VjcmV0"}
        with app.test_request_context("/telemetry", method="POST", data=body, headers=leaked):
            assert main.webhook(flask.request)[1] == 202
        printed["webhook"] = capfd.readouterr().err
        with app.test_request_context("/", method="POST", data=b'{"job":"survey_tooling"}'):
            assert main.schedule(flask.request)[1] == 200
        printed["schedule"] = capfd.readouterr().err
        forget()
    return [
        {
            "resource": {
                "type": "cloud_run_revision",
                "labels": {"location": REGION, "service_name": f"telemetry-test-{function}"},
            },
            "jsonPayload": {key: value for key, value in json.loads(line).items() if key != "severity"},
        }
        for function, lines in printed.items()
        for line in lines.splitlines()
    ]


def forget() -> None:
    """As a new instance would begin."""
    for each in (wiring.receiving, wiring.processing, wiring.subscription):
        each.cache_clear()


def matches(filter: str, entry: dict[str, Any]) -> bool:
    terms = filter.split(" AND ")
    told = [TERM.fullmatch(term) for term in terms]
    assert all(told), filter
    return all(each is not None and at(entry, each[1]) == each[2] for each in told)


def at(entry: dict[str, Any], path: str) -> object:
    return functools.reduce(lambda value, key: (value or {}).get(key), path.split("."), entry)


def of(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [each["values"] for each in resources if each["type"] == kind]


def test_every_log_metric_counts_a_line_that_was_printed(
    resources: list[dict[str, Any]], entries: list[dict[str, Any]]
) -> None:
    metrics = of(resources, "google_logging_metric")
    assert len(metrics) == 3
    for metric in metrics:
        counted = [entry for entry in entries if matches(metric["filter"], entry)]
        assert len(counted) == 1, metric["name"]
        for label, extractor in (metric["label_extractors"] or {}).items():
            assert at(counted[0], extractor.removeprefix("EXTRACT(").removesuffix(")")) == "survey_tooling", label


def test_the_line_of_a_503_names_the_secret_that_is_missing(entries: list[dict[str, Any]]) -> None:
    reasons = [entry["jsonPayload"].get("reason", "") for entry in entries]
    assert "the secret telemetry-test-github-webhook-secret-token has no enabled version" in reasons


def test_every_policy_is_on_and_watches_something_that_is_there(resources: list[dict[str, Any]]) -> None:
    log_metrics = {each["name"] for each in of(resources, "google_logging_metric")}
    subscriptions = {each["name"] for each in of(resources, "google_pubsub_subscription")}
    services = {each["name"] for each in of(resources, "google_cloudfunctions2_function")}
    policies = of(resources, "google_monitoring_alert_policy")
    assert len(policies) == 14
    for policy in policies:
        assert policy["enabled"]
        [condition] = policy["conditions"]
        queries = condition["condition_prometheus_query_language"]
        if queries:
            named = {f"logging_googleapis_com:user_{name.replace('-', '_')}" for name in log_metrics}
            assert any(f"{name}{{" in queries[0]["query"] for name in named)
            assert re.search(r'job="(backfill|canary|ledger|recover|survey_tooling)"', queries[0]["query"])
            continue
        terms = dict(TERM.findall(condition["condition_threshold"][0]["filter"]))
        metric = terms["metric.type"]
        if metric.startswith("logging.googleapis.com/user/"):
            assert metric.rpartition("/")[2] in log_metrics
        elif metric.startswith("pubsub.googleapis.com/subscription/"):
            assert terms["resource.labels.subscription_id"] in subscriptions
        else:
            assert metric == "run.googleapis.com/request_count"
            assert terms["resource.labels.service_name"] in services
