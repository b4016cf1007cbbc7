"""A source GitHub that is out: the event waits, is stored whole when it is back, and with nulls only after five reads."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from fakes.github.server import FakeGitHub, Response
from fakes.github.transport import serve
from runtimes.local import wiring
from tests.builders import a_github, webhook
from tests.conftest import free_port
from tests.e2e.server import Server, wait_for

pytestmark = pytest.mark.emulator

MERGED = "octo-org/hello-world/commits-per-pr/"
SIBLING = "octo-org/hello-world/code-review-involvement/"


class Harness(NamedTuple):
    """A dev server that reads a GitHub which can be made to fail."""

    server: Server
    github: FakeGitHub


@pytest.fixture
def harness(emulator: wiring.Clients, tmp_path: Path) -> Iterator[Harness]:
    github = a_github()
    with serve(github) as api:
        environment = {"ENVIRONMENT_ID": f"g{free_port()}", "GITHUB_API_URL": api, "RETRY_SECONDS": "0.5"}
        server = Server(tmp_path, emulator.sqs.meta.endpoint_url, environment).start()
        yield Harness(server, github)
        assert server.stop() == 0


OUTAGES = {
    "500": Response(500),
    "429 with Retry-After": Response(429, {"Retry-After": "1"}, b"{}"),
    "403 with an exhausted limit": Response(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, b"{}"),
    "HTML": "html",
    "nothing": "cut",
    "an empty answer": "empty",
}


def test_an_event_waits_out_every_kind_of_outage_and_is_stored_whole(harness: Harness) -> None:
    for number, (name, fault) in enumerate(OUTAGES.items(), 1):
        harness.github.fail(fault, fault)
        payload = webhook("pull_request_merged", pull_request__id=number)
        assert harness.server.post("pull_request", payload).status_code == 202
        health = harness.server.settled()
        assert (health["processed"], health["failed"], health["records"]) == (number, 0, number * 3), name
    records = harness.server.records()
    assert {record["status"] for record in records.values()} == {"success"}
    assert len(records) == len(OUTAGES) * 3


def test_a_partial_record_after_five_failed_reads_is_later_replaced(harness: Harness) -> None:
    harness.github.fail(*[Response(502)] * 15)  # each of the three metrics reads, once an attempt
    payload = webhook("pull_request_merged")
    assert harness.server.post("pull_request", payload).status_code == 202
    harness.server.settled()
    assert harness.github.requests == 15
    partial = {path: record for path, record in harness.server.records().items() if path.endswith(".partial.json")}
    assert len(partial) == 3
    [commits] = [record for path, record in partial.items() if path.startswith(MERGED)]
    assert (commits["status"], commits["output"]["commits"]) == ("networkError", None)

    assert harness.server.post("pull_request", payload).status_code == 202
    harness.server.settled()
    records = harness.server.records()
    for path in partial:
        complete = records[path.replace(".partial.json", ".json")]
        assert (complete["status"], complete["id"]) == ("success", partial[path]["id"])
    assert len(records) == 6


def test_what_will_never_work_is_a_dead_letter_and_its_siblings_are_stored(harness: Harness) -> None:
    payload = webhook("pull_request_merged", pull_request__number=404)
    assert harness.server.post("pull_request", payload).status_code == 202
    health = harness.server.settled()
    assert (health["processed"], health["failed"], health["records"]) == (0, 1, 1)
    [path] = harness.server.records()
    assert path.startswith(SIBLING)


def test_others_are_stored_while_one_event_waits(harness: Harness) -> None:
    harness.github.fail(*[Response(500)] * 4)
    assert harness.server.post("pull_request", webhook("pull_request_merged")).status_code == 202
    assert harness.server.post("check_suite", webhook("check_suite")).status_code == 202
    wait_for(lambda: any("/check-suite/" in path for path in harness.server.records()), "the other event")
    assert harness.server.settled()["records"] == 4
