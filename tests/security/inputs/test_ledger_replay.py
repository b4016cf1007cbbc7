"""A signed body that is sent again under the id of a lost delivery: the delivery stays missing, and is recovered."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.batch import work
from core.handler import Request, accept
from core.job import Report
from core.jobs import ledger, recover
from core.services import JobServices
from core.webhook import sign
from fakes.github.serializers import iso
from tests.builders import NOW, SECRET, receiving, webhook
from tests.memory_adapters import MemoryQueue
from tests.unit.core.jobs.test_recover import Hub, services

DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
YESTERDAY = NOW - DAY


class Harness:
    """Our side: the webhook, the worker and the jobs, at any time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hub = Hub()
        self.services, _, self.lines = services(self.hub, folder)

    def deliver(self, number: int, status: int, guid: str = "", at: int = YESTERDAY, **changes: Any) -> dict[str, Any]:
        """GitHub attempts an event, and lists it as it does: with the action and the repository."""
        self.hub.deliver(number, status, guid=guid, **changes)
        delivery = self.hub.deliveries[-1]
        body = self.hub.payloads[delivery["id"]]["request"]["payload"]
        delivery |= {"delivered_at": iso(at), "action": body["action"], "repository_id": body["repository"]["id"]}
        return {**delivery, "body": body}

    def send(self, body: dict[str, Any], guid: str, at: int, event: str = "check_suite") -> int:
        """Somebody sends a body; the worker stores what is accepted."""
        queue = MemoryQueue(lambda: 0.0)
        services, _, _ = receiving(queue=queue)
        raw = json.dumps(body).encode()
        headers = {"x-github-event": event, "x-github-delivery": guid, "x-hub-signature-256": sign(raw, SECRET)}
        status = accept(Request(headers, raw), services._replace(now=lambda: at)).status
        work(queue.receive(), self.at(at).worker._replace(queue=queue))
        return status

    def at(self, now: int) -> JobServices:
        return self.services._replace(worker=self.services.worker._replace(now=lambda: now))

    def missing(self, now: int = NOW) -> dict[str, str]:
        """What yesterday's ledger says, after a run at this time: reasons by guid."""
        ledger.run(self.at(now))
        day = iso(now - DAY)[:10]
        document = json.loads((self.folder / f"_system/ledger/{day}/7.json").read_text())
        return {entry["guid"]: entry["reason"] for entry in document["missing"]}

    def missing_of_the_day_before(self, now: int) -> dict[str, str]:
        ledger.run(self.at(now))
        document = json.loads((self.folder / f"_system/ledger/{iso(now - 2 * DAY)[:10]}/7.json").read_text())
        return {entry["guid"]: entry["reason"] for entry in document["missing"]}


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


def another(**changes: Any) -> dict[str, Any]:
    """A body of another delivery, which somebody has with its signature."""
    return webhook("check_suite", **{"check_suite__id": 99, **changes})


def test_what_was_accepted_and_stored_is_ticked_off_without_asking_for_it(harness: Harness) -> None:
    for number in range(1, 6):
        sent = harness.deliver(number, 202)
        harness.send(sent["body"], sent["guid"], YESTERDAY + number * 1000)
    assert harness.missing() == {}
    assert harness.hub.pulled == 0


REPLAYS = {
    "of another object of the same repository": another(),
    "of another action": another(action="requested"),
    "of another repository": another(repository__id=4242),
    "without a repository's id": another(repository__id=None),
}


@pytest.mark.parametrize("body", REPLAYS.values(), ids=REPLAYS)
@pytest.mark.parametrize("later", [2 * MINUTE, HOUR, 20 * HOUR])
@pytest.mark.parametrize("status", [202, 503])
def test_a_replay_under_its_id_does_not_tick_off_a_lost_delivery(
    harness: Harness, body: dict[str, Any], later: int, status: int
) -> None:
    if later < HOUR:  # the body's own delivery is known to us: else only a comparison with every payload would tell
        wanted = body["action"] == "completed"
        own = harness.deliver(99, 202 if wanted else 200, guid="own", at=YESTERDAY - HOUR, action=body["action"])
        harness.send(own["body"], "own", YESTERDAY - HOUR)
    harness.deliver(1, status, guid="lost")
    harness.send(body, "lost", YESTERDAY + later)
    assert harness.missing().keys() == {"lost"}


def test_a_replay_after_the_ledger_named_it_does_not_tick_it_off(harness: Harness) -> None:
    harness.deliver(1, 202, guid="lost")
    assert harness.missing().keys() == {"lost"}
    assert harness.send(another(), "lost", NOW + HOUR) == 202
    assert harness.missing_of_the_day_before(NOW + DAY) == {"lost": "its receipt is of another body, as after a replay"}


def test_a_late_delivery_settles_its_ledger_line_despite_replays(harness: Harness) -> None:
    lost = harness.deliver(1, 202, guid="lost")
    harness.send(another(), "lost", NOW - HOUR)
    assert harness.missing().keys() == {"lost"}
    harness.send(lost["body"], "lost", NOW + HOUR)  # its redelivery, or the queue that was stuck
    assert harness.missing_of_the_day_before(NOW + DAY) == {}


def test_a_replay_of_another_event_does_not_tick_it_off(harness: Harness) -> None:
    harness.deliver(1, 202, guid="lost")
    harness.send(webhook("workflow_job"), "lost", YESTERDAY, event="workflow_job")
    assert harness.missing() == {"lost": "its receipt is of another event"}


def test_poison_under_its_id_does_not_tick_it_off(harness: Harness) -> None:
    harness.deliver(1, 202, guid="lost")
    harness.send(another(check_suite__id="seven"), "lost", YESTERDAY + HOUR)
    assert harness.missing().keys() == {"lost"}


@pytest.mark.parametrize("before", [True, False])
def test_recovery_is_not_stopped_by_a_replay(harness: Harness, *, before: bool) -> None:
    refused = harness.deliver(1, 503, guid="lost")
    if before:
        harness.send(another(), "lost", YESTERDAY + HOUR)
    assert recover.run(harness.at(NOW - HOUR)) == Report(1, 0)
    if not before:
        harness.send(another(), "lost", NOW - HOUR)
    paths = [path for path in harness.folder.rglob("*.json") if "_system" not in path.parts]
    stored = {json.loads(path.read_text())["output"]["id"] for path in paths}
    assert stored == {refused["body"]["check_suite"]["id"], 99}
    assert harness.missing() == {}


def test_a_replay_of_the_lost_delivery_s_own_body_is_the_delivery(harness: Harness) -> None:
    lost = harness.deliver(1, 202, guid="lost")
    harness.send(lost["body"], "lost", NOW - HOUR)
    assert harness.missing() == {}
    assert harness.hub.pulled == 1


def test_many_replays_cause_a_bounded_number_of_requests(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MOST_COMPARED", 3)
    for number in range(1, 9):
        harness.deliver(number, 202, guid=f"lost-{number}")
        harness.send(another(), f"lost-{number}", YESTERDAY + HOUR)
    missing = harness.missing()
    assert len(missing) == 8
    assert harness.hub.pulled == 3
    assert sum("a run compares 3 at most" in reason for reason in missing.values()) == 5


def test_a_receipt_that_cannot_be_compared_is_missing_alone(harness: Harness) -> None:
    gone = harness.deliver(1, 202, guid="gone")
    harness.hub.payloads[gone["id"]] = None
    harness.send(another(), "gone", YESTERDAY + HOUR)
    stored = harness.deliver(2, 202)
    harness.send(stored["body"], stored["guid"], YESTERDAY)
    assert harness.missing().keys() == {"gone"}


def test_what_recovery_never_saw_because_it_was_listed_too_late_is_named(harness: Harness) -> None:
    late = harness.deliver(1, 0, guid="late", at=NOW - 20 * HOUR)
    harness.deliver(2, 200, at=NOW - 10 * HOUR)
    hidden = harness.hub.deliveries.pop(0)
    assert recover.run(harness.at(NOW - 9 * HOUR)) == Report(0, 0)
    harness.hub.deliveries.insert(0, hidden)
    assert recover.run(harness.at(NOW - 8 * HOUR)) == Report(0, 0)
    assert late["guid"] in harness.missing()


def test_a_damaged_receipt_does_not_affect_others(harness: Harness) -> None:
    sent = harness.deliver(1, 202)
    harness.send(sent["body"], sent["guid"], YESTERDAY)
    folder = harness.folder / f"_system/receipts/{iso(YESTERDAY)[:10]}"
    (folder / "damaged.jsonl").write_text('{"delivery_id":"x"}\n[]\n{"outcome":1e999}\nno JSON\n')
    assert harness.missing() == {}
    assert str(harness.lines).count("receipt-unreadable") == 4


def test_a_ledger_file_of_an_older_version_is_read(harness: Harness) -> None:
    lost = harness.deliver(1, 202, guid="lost")
    harness.missing()
    path = harness.folder / f"_system/ledger/{iso(YESTERDAY)[:10]}/7.json"
    document = json.loads(path.read_text())
    for entry in document["missing"]:
        del entry["delivered_at"], entry["action"], entry["repository_id"]
    path.write_text(json.dumps(document))
    harness.send(another(), "lost", NOW + HOUR)
    assert harness.missing_of_the_day_before(NOW + DAY).keys() == {"lost"}
    harness.send(lost["body"], "lost", NOW + 2 * HOUR)
    path.write_text(json.dumps(document))
    assert harness.missing_of_the_day_before(NOW + DAY) == {}
