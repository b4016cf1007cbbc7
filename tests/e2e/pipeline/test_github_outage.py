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


class Place(NamedTuple):
    """A dev server that reads a GitHub which can be made to fail."""

    server: Server
    github: FakeGitHub


@pytest.fixture
def place(emulator: wiring.Clients, tmp_path: Path) -> Iterator[Place]:
    github = a_github()
    with serve(github) as api:
        told = {"ENVIRONMENT_ID": f"g{free_port()}", "GITHUB_API_URL": api, "RETRY_SECONDS": "0.5"}
        server = Server(tmp_path, emulator.sqs.meta.endpoint_url, told).start()
        yield Place(server, github)
        assert server.stop() == 0


OUTAGES = {
    "500": Response(500),
    "429 with Retry-After": Response(429, {"Retry-After": "1"}, b"{}"),
    "403 with an exhausted limit": Response(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, b"{}"),
    "HTML": "html",
    "nothing": "cut",
    "an empty answer": "empty",
}


def test_an_event_waits_out_every_kind_of_outage_and_is_stored_whole(place: Place) -> None:
    for number, (name, fault) in enumerate(OUTAGES.items(), 1):
        place.github.fail(fault, fault)
        payload = webhook("pull_request_merged", pull_request__id=number)
        assert place.server.post("pull_request", payload).status_code == 202
        told = place.server.settled()
        assert (told["processed"], told["failed"], told["records"]) == (number, 0, number * 3), name
    found = place.server.records()
    assert {record["status"] for record in found.values()} == {"success"}
    assert len(found) == len(OUTAGES) * 3


def test_five_failed_reads_leave_a_partial_record_that_a_later_success_outdoes(place: Place) -> None:
    place.github.fail(*[Response(502)] * 10)  # two of the metrics read, each once an attempt
    payload = webhook("pull_request_merged")
    assert place.server.post("pull_request", payload).status_code == 202
    wait_for(lambda: any(SIBLING in path for path in place.server.records()), "the sibling that reads nothing")
    place.server.settled()
    assert place.github.requests == 10
    partial = {path: record for path, record in place.server.records().items() if path.endswith(".partial.json")}
    assert len(partial) == 2
    [commits] = [record for path, record in partial.items() if path.startswith(MERGED)]
    assert (commits["status"], commits["output"]["commits"]) == ("networkError", None)

    assert place.server.post("pull_request", payload).status_code == 202
    place.server.settled()
    found = place.server.records()
    for path in partial:
        whole = found[path.replace(".partial.json", ".json")]
        assert (whole["status"], whole["id"]) == ("success", partial[path]["id"])
    assert len(found) == 5


def test_what_will_never_work_is_a_dead_letter_and_its_siblings_are_stored(place: Place) -> None:
    payload = webhook("pull_request_merged", pull_request__number=404)
    assert place.server.post("pull_request", payload).status_code == 202
    told = place.server.settled()
    assert (told["processed"], told["failed"], told["records"]) == (0, 1, 1)
    [path] = place.server.records()
    assert path.startswith(SIBLING)


def test_others_are_stored_while_one_event_waits(place: Place) -> None:
    place.github.fail(*[Response(500)] * 4)
    assert place.server.post("pull_request", webhook("pull_request_merged")).status_code == 202
    assert place.server.post("check_suite", webhook("check_suite")).status_code == 202
    wait_for(lambda: any("/check-suite/" in path for path in place.server.records()), "the other event")
    assert place.server.settled()["records"] == 4
