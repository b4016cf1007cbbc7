"""Each payload from the field, and two of our own for each kind, over HTTP through the dev server to the stored records.

`pytest -v` prints the table: a line for each delivery, with its outcome.
"""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import pytest

from core import batch, message
from core.stores.directory import DirectoryStore
from core.webhook import sign
from fakes.github.response import error
from fakes.github.server import FakeGitHub
from runtimes.local import server
from runtimes.local.health import Health
from tests.builders import SECRET, WEBHOOKS, Clock, processing, receiving, settings
from tests.environment import PATIENCE
from tests.integration.field.cases import CASES, Case
from tests.integration.field.github import client, field_github
from tests.memory_adapters import MemoryQueue

NOT_AVAILABLE = error(422, "Server Error: Sorry, this diff is taking too long to generate.")


class Pipeline(NamedTuple):
    """The dev server, and the worker behind its queue."""

    port: int
    queue: MemoryQueue
    folder: Path
    github: FakeGitHub

    def post(self, case: Case) -> tuple[int, dict[str, Any]]:
        """Deliver the case, signed."""
        body = json.dumps(case.payload).encode()
        if case.form:
            body = b"payload=" + quote_plus(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"X-GitHub-Event": case.event, "X-Hub-Signature-256": sign(body, SECRET)}
        connection.request("POST", "/telemetry", body, headers)
        response = connection.getresponse()
        answer = response.status, json.loads(response.read())
        connection.close()
        return answer

    def work(self) -> None:
        """Process what is queued, once."""
        services = processing(DirectoryStore(self.folder), client(self.github), queue=self.queue)
        queued = self.queue.receive()
        batch.work(queued, services)
        for item in queued:
            self.queue.delete(item)

    def records(self) -> dict[str, Any]:
        """Return the stored records by path."""
        paths = (path for path in self.folder.rglob("*.json") if "_system" not in path.parts)
        return {str(path.relative_to(self.folder)): json.loads(path.read_text()) for path in paths}


@pytest.fixture(scope="module")
def dev_server() -> Iterator[tuple[int, MemoryQueue]]:
    services, queue, _ = receiving(queue=MemoryQueue(Clock().seconds))
    app = server.App(Health())
    listening = server.listen(app, settings(host="127.0.0.1", port=0))
    app.open(services)
    thread = threading.Thread(target=listening.run)
    thread.start()
    yield listening.effective_port, queue
    listening.trigger.pull_trigger(partial(_stop, listening))
    thread.join(PATIENCE)
    assert not thread.is_alive()


def _stop(listening: Any) -> None:
    """Stop the server in its own thread, which then has nothing to wait for."""
    for channel in list(listening.active_channels.values()):
        channel.handle_close()
    listening.task_dispatcher.shutdown()
    listening.close()


@pytest.fixture
def pipeline(dev_server: tuple[int, MemoryQueue], tmp_path: Path) -> Pipeline:
    port, queue = dev_server
    queue.replay()
    queue.delete(*queue.receive())
    return Pipeline(port, queue, tmp_path, field_github())


def _found(record: dict[str, Any], path: str) -> Any:
    """Return a field of the output, `a__b` of an object in it, or a field of the record itself."""
    value: Any = record if path in ("anomalies", "github_host") else record["output"]
    for part in path.split("__"):
        value = value[part]
    return value


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}: {_outcome(case)}")
def test_a_payload_from_the_field_has_its_right_outcome(case: Case, pipeline: Pipeline) -> None:
    if case.name.startswith("pull_request_diff_not_available"):
        pipeline.github.fail_at("GET", r"/pulls/323/files$", NOT_AVAILABLE)

    status, answer = pipeline.post(case)
    pipeline.work()

    stored = pipeline.records()
    assert set(stored) == set(case.records), [letter.reason for letter in pipeline.queue.dead]
    actual = {path: {name: _found(stored[path], name) for name in fields} for path, fields in case.records.items()}
    assert actual == case.records
    assert (status, answer["status"]) == _expected_answer(case)
    reasons = [letter.reason for letter in pipeline.queue.dead] if case.is_dead else [answer.get("reason", "")]
    assert case.reason in "".join(reasons)
    assert len(pipeline.queue.dead) == case.is_dead


def _expected_answer(case: Case) -> tuple[int, str]:
    if case.event == "ping":
        return 200, "pong"
    return (202, "accepted") if case.records or case.is_dead else (200, "ignored")


def _outcome(case: Case) -> str:
    if case.records:
        return f"{len(case.records)} records" if len(case.records) > 1 else "1 record"
    return "dead letter" if case.is_dead else _expected_answer(case)[1]


def test_each_payload_of_the_field_is_a_case_with_two_of_our_own() -> None:
    stems = {path.stem for path in (WEBHOOKS / "field").glob("*.json")}
    names = [case.name for case in CASES]

    assert stems <= set(names)
    assert len(names) == len(set(names))
    own = Counter(_kind(name.partition("+")[0]) for name in names if "+" in name)
    assert [kind for kind in sorted(map(_kind, stems)) if own[kind] < 2] == []


def _kind(stem: str) -> str:
    """Return the kind of a payload: the parts of one re-run are one kind, and so are the further conclusions."""
    if stem in ("check_suite_stale", "check_suite_startup_failure", "check_suite_action_required"):
        return "check_suite_neutral"
    return "workflow_job_rerun" if stem.startswith("workflow_job_rerun") else stem


def test_a_queued_event_is_the_one_that_was_sent(pipeline: Pipeline) -> None:
    case = next(case for case in CASES if case.name == "check_suite_stale")
    pipeline.post(case)

    [queued] = pipeline.queue.receive()
    pipeline.queue.delete(queued)

    assert message.decode(queued.body).trigger_event_signature == "github::check_suite"
