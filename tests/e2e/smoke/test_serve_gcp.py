"""`make run-gcp`, as a stranger meets it: Google's own functions-framework serves the functions."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import SECRET
from tests.conftest import free_port
from tests.e2e.server import Server, wait_for

SAMPLE = Path(__file__).parents[3] / "cli" / "samples" / "check_suite.json"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path, "", {"PORT": str(free_port())}, "serve-gcp").start()
    try:
        yield running
    finally:
        if running.process is not None and running.process.poll() is None:
            running.stop()


def test_a_signed_delivery_is_accepted_and_its_record_stored(server: Server) -> None:
    assert server.post("check_suite", SAMPLE.read_bytes(), X_Hub_Signature_256="sha256=00").status_code == 401
    answer = server.post("check_suite", SAMPLE.read_bytes(), X_GitHub_Delivery="11111111-2222-4333-8444-555555555555")
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    [record] = wait_for(server.records, "the record").values()
    assert record["metric_signature"] == "check-suite"
    assert server.stop() == 0
    assert "stopped; what was accepted is stored" in server.output.read_text()


def test_what_is_accepted_last_is_stored_before_it_stops(server: Server) -> None:
    payload = json.loads(SAMPLE.read_text())
    for number in range(30):
        payload["check_suite"]["id"] = number + 1
        assert server.post("check_suite", payload).status_code == 202
    assert server.stop() == 0
    assert len(server.records()) == 30


def test_a_port_in_use_is_one_line(server: Server, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    other = Server(tmp_path / "other", "", {"PORT": port, "GITHUB_WEBHOOK_SECRET": SECRET}, "serve-gcp")
    other.folder.mkdir()
    with pytest.raises(AssertionError) as raised:
        other.start()
    assert f"HOST=127.0.0.1 PORT={port}: Address already in use. Set PORT to one that is free, or use --port." in str(
        raised.value
    )
