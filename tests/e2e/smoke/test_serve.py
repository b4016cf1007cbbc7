"""Smoke test of `telemetry serve`: one signed delivery over HTTP becomes one record in a directory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.samples import SAMPLE
from tests.conftest import free_port
from tests.e2e.server import Server, wait_for

SAMPLE_PATH = "octo-org/hello-world/check-suite/2026-11-20/118578147-1795167527000.json"


@pytest.fixture(params=["sqlite", pytest.param("localstack", marks=pytest.mark.emulator)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    clients = request.getfixturevalue("emulator") if request.param == "localstack" else None
    endpoint = str(clients.sqs.meta.endpoint_url) if clients else ""
    environment = {"ENVIRONMENT_ID": f"e{free_port()}"}
    started = Server(tmp_path, endpoint, environment, f"serve --queue {request.param}").start()
    yield started
    if started.process is not None and started.process.poll() is None:
        assert started.stop() == 0


def test_a_delivery_becomes_the_record_where_it_belongs(server: Server) -> None:
    answer = server.post("check_suite", SAMPLE.read_bytes(), X_GitHub_Delivery="d-1")
    assert (answer.status_code, answer.json()) == (
        202,
        {"status": "accepted", "signature": "github::check_suite", "delivery": "d-1"},
    )
    stored = wait_for(server.records, "the record")
    assert list(stored) == [SAMPLE_PATH]
    record = stored[SAMPLE_PATH]
    assert list(record) == [
        "created_at",
        "owner",
        "repo",
        "trigger_event_signature",
        "metric_signature",
        "status",
        "output",
        "id",
        "repository_id",
        "github_host",
        "schema",
        "delivery_id",
        "collected_by",
        "anomalies",
    ]
    assert record.pop("created_at") > 1_795_000_000_000
    assert record == {
        "owner": "octo-org",
        "repo": "hello-world",
        "trigger_event_signature": "github::check_suite",
        "metric_signature": "check-suite",
        "status": "success",
        "output": {
            "id": 118578147,
            "head_sha": "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
            "pull_requests": [{"id": 279147437}],
            "created_at": 1795167062000,
            "conclusion": "success",
            "is_app_owner": False,
            "updated_at": 1795167527000,
            "head_branch": "main",
        },
        "id": "octo-org/hello-world/check-suite/118578147-1795167527000",
        "repository_id": 186853002,
        "github_host": "github.com",
        "schema": 2,
        "delivery_id": "d-1",
        "collected_by": "webhook",
        "anomalies": [],
    }
    assert server.settled() == {
        "status": "ok",
        "accepted": 1,
        "ignored": 0,
        "rejected": 0,
        "queued": 0,
        "processed": 1,
        "failed": 0,
        "records": 1,
    }
