import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.batch import work
from core.canary import CanaryServices, receipt_of, send, sent_at
from core.errors import Unavailable
from core.handler import Request, accept
from core.job import Report
from core.jobs.canary import LATELY, run
from core.secrets_cache import WEBHOOK_SECRET, SecretsCache
from core.services import JobServices
from core.stores.directory import DirectoryStore
from runtimes.aws import canary as aws
from runtimes.gcp import canary as gcp
from tests.builders import NOW, SECRET, Clock, Lines, processing, receiving
from tests.memory_adapters import MemorySecrets

HOUR = 3_600_000


class Way:
    """The whole way on memory: the front half, its queue, the worker and a store."""

    def __init__(self, folder: Path, secret: str = SECRET) -> None:
        self.lines, self.clock = Lines(), Clock()
        self.front, self.queue, _ = receiving(lines=self.lines)
        self.store = DirectoryStore(str(folder))
        self.folder = folder
        self.secrets = SecretsCache(MemorySecrets({WEBHOOK_SECRET: secret}))
        self.status: int | None = None

    def post(self, headers: Mapping[str, str], body: bytes) -> int:
        if self.status is not None:
            return self.status
        return accept(Request(headers, body), self.front).status

    def sending(self, **changes: Any) -> CanaryServices:
        return CanaryServices(self.secrets, self.post, self.clock, self.lines.log)._replace(**changes)

    def arrive(self) -> None:
        worker_services = processing(self.store, None, queue=self.queue, clock=self.clock, lines=self.lines)
        messages = self.queue.receive()
        assert not work(messages, worker_services).failed
        for item in messages:
            self.queue.delete(item)

    def look(self) -> Report:
        worker_services = processing(self.store, None, clock=self.clock, lines=self.lines)
        return run(JobServices(worker_services, None, lambda: 300.0))  # type: ignore[arg-type]  # it reads no GitHub

    def files(self) -> list[str]:
        return sorted(
            str(path.relative_to(self.folder))
            for path in self.folder.rglob("*")
            if path.is_file() and path.name != ".lock"
        )


@pytest.fixture
def way(tmp_path: Path) -> Way:
    return Way(tmp_path / "store")


def test_a_canary_makes_no_record_and_one_receipt(way: Way) -> None:
    assert send(way.sending())
    way.arrive()
    assert way.files() == [f"_system/receipts/2026-11-24/canary-{NOW}.jsonl"]
    [line] = [json.loads(text) for text in (way.folder / way.files()[0]).read_text().splitlines()]
    assert line == {
        "delivery_id": f"canary-{NOW}",
        "trigger_event_signature": "deven::canary",
        "received_at": NOW,
        "collected_by": "webhook",
        "outcome": "skipped",
        "records": [],
        "reason": "the canary: it makes no record",
    }


def test_other_events_of_the_batch_have_a_separate_receipt(way: Way) -> None:
    from core.delivery_headers import delivery_headers
    from tests.builders import webhook

    send(way.sending())
    body = json.dumps(webhook("check_suite")).encode()
    headers = {name.lower(): value for name, value in delivery_headers("check_suite", body, SECRET).items()}
    assert way.post(headers, body) == 202
    way.arrive()
    receipts = [path for path in way.files() if "receipts" in path]
    assert len(receipts) == 2
    assert [path for path in way.files() if "check-suite/" in path]


@pytest.mark.parametrize("status", [200, 401, 404, 413, 500, 503])
def test_anything_but_a_202_is_a_failure(way: Way, status: int) -> None:
    way.status = status
    with pytest.raises(Unavailable, match=f"the webhook answered {status}, not 202"):
        send(way.sending())


def test_a_wrong_secret_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="401"):
        send(Way(tmp_path, "another").sending())


def test_a_webhook_that_cannot_be_reached_is_a_failure(way: Way) -> None:
    def refuse(*_: Any) -> int:
        raise ConnectionRefusedError

    with pytest.raises(Unavailable, match="cannot be reached: ConnectionRefusedError"):
        send(way.sending(post=refuse))


@pytest.mark.parametrize("secret", ["", "unset"])
def test_without_a_secret_nothing_is_sent(tmp_path: Path, secret: str) -> None:
    way = Way(tmp_path, secret)
    assert not send(way.sending())
    assert "not-sent" in str(way.lines)
    assert way.queue.receive() == []


def test_the_newest_secret_signs(tmp_path: Path) -> None:
    assert send(Way(tmp_path, f"{SECRET}\nthe older").sending())


def test_nothing_secret_is_logged(way: Way) -> None:
    send(way.sending())
    way.arrive()
    assert SECRET not in str(way.lines)
    assert "sha256=" not in str(way.lines)


def test_both_clouds_send_the_canary_and_report_failure(way: Way) -> None:
    assert aws.respond(way.sending()) == {"sent": True}
    assert gcp.respond(way.sending())[:2] == ('{"sent":true}', 200)
    way.status = 503
    with pytest.raises(Unavailable):
        aws.respond(way.sending())
    assert gcp.respond(way.sending())[:2] == ('{"status":"error","reason":"the webhook answered 503, not 202"}', 500)


# the job


def test_the_job_passes_after_a_recent_canary(way: Way) -> None:
    send(way.sending())
    way.arrive()
    way.clock.move(LATELY / 1000)
    assert way.look() == Report(1, 0)
    way.clock.move(1)
    assert way.look() == Report(0, 1)
    assert "no canary has come through: the last was sent 180 minutes ago" in str(way.lines)


def test_at_first_nothing_is_missing_and_after_a_while_it_is(way: Way) -> None:
    assert way.look() == Report(1, 0)
    way.clock.move(LATELY / 1000)
    assert way.look() == Report(1, 0)
    way.clock.move(1)
    assert way.look() == Report(0, 1)
    assert "none in two days" in str(way.lines)


def test_a_canary_before_midnight_counts(way: Way) -> None:
    way.clock.milliseconds = NOW - 6 * HOUR - 600_000  # 23:50
    send(way.sending())
    way.arrive()
    way.clock.move(1200)
    assert way.look() == Report(1, 0)


def test_an_old_one_that_is_sent_again_counts_by_when_it_was_sent(way: Way) -> None:
    send(way.sending())
    way.clock.move(2 * LATELY / 1000)
    way.look()
    way.arrive()
    assert way.look() == Report(0, 1)


@pytest.mark.parametrize("payload", [{}, {"sent_at": "../x"}, {"sent_at": -1}, {"sent_at": 10**20}, {"sent_at": True}])
def test_a_canary_without_a_sent_time_has_no_file(payload: dict[str, Any]) -> None:
    assert receipt_of(payload) is None


@pytest.mark.parametrize("path", ["a/b.jsonl", "canary-1.jsonl", "canary-1795500000000.jsonl.bak", ""])
def test_another_receipt_is_no_canary_s(path: str) -> None:
    assert sent_at(path) is None
