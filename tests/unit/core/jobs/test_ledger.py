import json
from typing import Any

from core.job import Report
from core.jobs import all_jobs, recover
from core.jobs.ledger import JOB, run
from core.stores.directory import DirectoryStore
from tests.builders import NOW, Clock
from tests.unit.core.jobs.test_recover import Hub, services

YESTERDAY, BEFORE = "2026-11-23", "2026-11-22"


def at(hub: Hub, day: str, number: int, status: int = 503, **more: Any) -> int:
    id = hub.deliver(number, status, **more)
    hub.deliveries[-1]["delivered_at"] = f"{day}T05:00:00Z"
    return id


def written(folder: Any, day: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((folder / f"_system/ledger/{day}/7.json").read_text())
    return fields


def receipt(store: Any, guid: str, collected_by: str = "webhook", outcome: str = "stored") -> None:
    line = {"delivery_id": guid, "outcome": outcome, "collected_by": collected_by}
    store.write({f"_system/receipts/{YESTERDAY}/{guid}.jsonl": (json.dumps(line) + "\n").encode()}, "a batch")


def test_it_is_one_of_the_jobs() -> None:
    assert all_jobs()["ledger"] == JOB


def test_two_days_are_written_for_each_webhook(tmp_path: Any) -> None:
    hub = Hub()
    at(hub, BEFORE, 1, 202)
    at(hub, YESTERDAY, 2, 202)
    at(hub, YESTERDAY, 3, 200)
    at(hub, YESTERDAY, 4, 503)
    hub.deliver(5, 503)  # today's: not a whole day yet
    job_services, store, lines = services(hub, tmp_path)
    for guid in ("guid-1", "guid-2"):
        receipt(store, guid)
    assert run(job_services) == Report(2, 0)
    assert written(tmp_path, BEFORE) == {
        "hook": 7,
        "owner": "octo-org/hello-world",
        "day": BEFORE,
        "sent": 1,
        "ignored": 0,
        "accepted": 1,
        "stored": 1,
        "recovered": 0,
        "failed": 0,
        "missing": [],
    }
    ledger = written(tmp_path, YESTERDAY)
    assert (ledger["sent"], ledger["ignored"], ledger["accepted"], ledger["stored"]) == (3, 1, 1, 1)
    assert [(entry["guid"], entry["status_code"]) for entry in ledger["missing"]] == [("guid-4", 503)]
    assert '"outcome": "missing"' in str(lines)


def test_what_is_missing_for_longer_than_a_day_is_no_success(tmp_path: Any) -> None:
    hub = Hub()
    at(hub, BEFORE, 1, 503)
    at(hub, YESTERDAY, 2, 503)
    job_services, _, _ = services(hub, tmp_path)
    assert run(job_services) == Report(2, 1)


def test_after_recovery_nothing_is_missing_and_it_says_what_was_recovered(tmp_path: Any) -> None:
    hub = Hub()
    for number in range(1, 4):
        at(hub, BEFORE, number, 503)
    job_services, _, _ = services(hub, tmp_path)
    assert recover.run(job_services) == Report(3, 0)
    assert run(job_services) == Report(2, 0)
    assert (written(tmp_path, BEFORE)["stored"], written(tmp_path, BEFORE)["recovered"]) == (3, 3)


def test_what_recovery_gave_up_is_missing_by_its_reason(tmp_path: Any) -> None:
    hub = Hub()
    hub.payloads[at(hub, BEFORE, 1, 503)] = None
    job_services, _, _ = services(hub, tmp_path)
    recover.run(job_services)
    assert run(job_services) == Report(2, 1)
    [gone] = written(tmp_path, BEFORE)["missing"]
    assert gone["reason"].startswith("lost: GET ")


class CountingStore(DirectoryStore):
    """Counts what is read of receipts, by day."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.days: set[str] = set()

    def list(self, prefix: str) -> Any:
        self.days.add(prefix.rstrip("/").rpartition("/")[2])
        return super().list(prefix)


def test_late_deliveries_are_settled_a_day_later_reading_receipts_once(tmp_path: Any) -> None:
    hub = Hub()
    for number in (1, 2):
        at(hub, BEFORE, number, 202)
    job_services, store, _ = services(hub, tmp_path)
    first = job_services._replace(worker=job_services.worker._replace(now=Clock(NOW - 86_400_000)))
    run(first)
    assert len(written(tmp_path, BEFORE)["missing"]) == 2
    receipt(store, "guid-1")
    counting = CountingStore(str(tmp_path))
    second = job_services._replace(worker=job_services.worker._replace(store=counting))
    assert run(second) == Report(2, 1)
    ledger = written(tmp_path, BEFORE)
    assert (ledger["stored"], [entry["guid"] for entry in ledger["missing"]]) == (1, ["guid-2"])
    assert counting.days == {YESTERDAY, "2026-11-24"}


def test_an_invalid_file_is_rewritten(tmp_path: Any) -> None:
    hub = Hub()
    at(hub, BEFORE, 1, 200)
    job_services, store, _ = services(hub, tmp_path)
    store.write({f"_system/ledger/{BEFORE}/7.json": b'{"sent":"many"}'}, "by hand")
    assert run(job_services) == Report(2, 0)
    assert written(tmp_path, BEFORE)["ignored"] == 1


def test_it_looks_no_further_back_than_it_must(tmp_path: Any) -> None:
    hub = Hub(size=2)
    for number in range(1, 7):
        at(hub, "2026-11-21", number, 202)
    at(hub, YESTERDAY, 7, 200)
    job_services, _, _ = services(hub, tmp_path)
    assert run(job_services) == Report(2, 0)
    hub.asked.clear()
    assert run(job_services) == Report(2, 0)
    assert sum("/deliveries" in path for path in hub.asked) == 1  # of four


def test_an_unreadable_webhook_is_reported_and_others_continue(tmp_path: Any) -> None:
    hub = Hub()
    job_services, _, lines = services(hub, tmp_path, watched_hooks="gone-org,octo-org/hello-world")
    assert run(job_services) == Report(2, 1)
    assert "webhooks of gone-org: GET /orgs/gone-org/hooks: 404" in str(lines)


def test_a_second_run_writes_the_same(tmp_path: Any) -> None:
    hub = Hub()
    at(hub, YESTERDAY, 1, 202)
    job_services, _, _ = services(hub, tmp_path, repo_path="data")
    run(job_services)
    before = (tmp_path / f"data/_system/ledger/{YESTERDAY}/7.json").read_bytes()
    run(job_services)
    assert (tmp_path / f"data/_system/ledger/{YESTERDAY}/7.json").read_bytes() == before
