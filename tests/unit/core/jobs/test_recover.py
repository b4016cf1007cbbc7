import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from core.errors import NotFound, PermanentError, TransientReadError, Unavailable
from core.job import Report
from core.jobs import all_jobs
from core.jobs._recovery_cursor import ConcurrentRunError
from core.jobs.recover import JOB, run
from core.services import JobServices
from core.stores.directory import DirectoryStore
from fakes.github.serializers import iso
from tests.builders import NOW, Clock, Lines, processing, webhook
from tests.unit.core.recording import NO_TIMELINE

URL = "https://telemetry.example.com/telemetry"
HOOKS = "/repos/octo-org/hello-world/hooks"


class Hub:
    """A GitHub with one webhook: its deliveries, the newest first, on pages of `size`."""

    def __init__(self, size: int = 100) -> None:
        self.size = size
        self.hooks = [
            {"id": 7, "active": True, "events": ["check_suite"], "config": {"url": URL, "content_type": "json"}}
        ]
        self.deliveries: list[dict[str, Any]] = []
        self.payloads: dict[int, Any] = {}
        self.left = 1.0
        self.asked: list[str] = []
        self.refuses: dict[str, Exception] = {}

    def deliver(
        self, number: int, status: int = 503, *, event: str = "check_suite", guid: str = "", **changes: Any
    ) -> int:
        id = max(self.payloads, default=0) + 1
        body = webhook("check_suite", check_suite__id=number, **changes)
        self.payloads[id] = {"request": {"headers": {}, "payload": body}, "response": {}}
        when = "2026-11-24T05:00:00Z"
        self.deliveries.append(
            {"id": id, "guid": guid or f"guid-{number}", "event": event, "status_code": status, "delivered_at": when}
        )
        return id

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        assert not params
        self._ask(path)
        if path != HOOKS:
            raise PermanentError(f"GET {path}: 404")
        return iter(self.hooks)

    def page(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        self._ask(path)
        assert path == f"{HOOKS}/7/deliveries"
        below = int((params or {}).get("cursor", 10**9))
        page = [delivery for delivery in reversed(self.deliveries) if delivery["id"] <= below]
        page, rest = page[: self.size], page[self.size :]
        return page, {"cursor": str(rest[0]["id"])} if rest else None

    def object(self, path: str) -> Any:
        self._ask(path)
        body = self.payloads.get(int(path.rpartition("/")[2]))
        if body is None:
            raise PermanentError(f"GET {path}: 404")
        if isinstance(body, Exception):
            raise body
        return body

    def repositories(self) -> Any:
        return self.pages("/user/repos")

    def budget(self, _path: str = "") -> float:
        return self.left

    def file(self, *_: object, **__: object) -> None:
        raise AssertionError

    def graphql(self, *_: object) -> Any:
        return NO_TIMELINE

    def _ask(self, path: str) -> None:
        self.asked.append(path)
        for part, error in self.refuses.items():
            if part in path:
                raise error

    @property
    def pulled(self) -> int:
        return sum("/deliveries/" in path for path in self.asked)


def services(
    hub: Hub, folder: Any, seconds_left: Callable[[], float] = lambda: 300.0, **options: Any
) -> tuple[JobServices, DirectoryStore, Lines]:
    store, lines = DirectoryStore(str(folder)), Lines()
    settings = {"watched_hooks": "octo-org/hello-world", "webhook_url": URL, **options}
    return JobServices(processing(store, hub, clock=Clock(), lines=lines, **settings), hub, seconds_left), store, lines  # type: ignore[arg-type]


def stored(folder: Any) -> list[dict[str, Any]]:
    records = [json.loads(path.read_text()) for path in folder.rglob("*.json") if "_system" not in path.parts]
    return sorted(records, key=lambda record: str(record["id"]))


def cursor(folder: Any) -> dict[str, Any]:
    cursor: dict[str, Any] = json.loads((folder / "_system/recovery/github.com/7.json").read_text())
    return cursor


def test_it_is_one_of_the_jobs() -> None:
    assert all_jobs()["recover"] == JOB


def test_a_failed_delivery_is_fetched_and_stored_once(tmp_path: Any) -> None:
    hub = Hub()
    for number in range(1, 301):
        hub.deliver(number)
    for number in range(301, 311):
        hub.deliver(number, 202)
    for number, delivery in enumerate(hub.deliveries):
        delivery["delivered_at"] = iso(NOW - (310 - number) * 5 * 60_000)
    job_services, _, _ = services(hub, tmp_path)
    assert run(job_services) == Report(300, 0)
    records = stored(tmp_path)
    assert len(records) == 300
    assert {(record["collected_by"], record["created_at"]) for record in records} == {("recovery", NOW)}
    assert {record["delivery_id"] for record in records} == {f"guid-{number}" for number in range(1, 301)}
    hub.asked.clear()
    before = cursor(tmp_path)
    assert run(job_services) == Report(0, 0)
    assert (hub.pulled, cursor(tmp_path), len(hub.asked)) == (
        0,
        before,
        3,
    )  # two pages: the second is older than the overlap


class Killed(BaseException):
    pass


def test_a_run_that_is_killed_half_way_and_begun_again_changes_nothing(tmp_path: Any) -> None:
    hub = Hub()
    for number in range(1, 301):
        hub.deliver(number)
    job_services, store, _ = services(hub, tmp_path)
    asked, counter = hub.object, iter(range(10**6))

    def until(path: str) -> Any:
        if next(counter) == 170:
            raise Killed
        return asked(path)

    hub.object = until  # type: ignore[method-assign]
    with pytest.raises(Killed):
        run(job_services)
    assert len(stored(tmp_path)) == 150
    assert run(job_services) == Report(150, 0)
    assert len(stored(tmp_path)) == 300
    lines = [line for path in tmp_path.rglob("*.jsonl") for line in path.read_text().splitlines()]
    assert len(lines) == 300
    assert store.read("_system/recovery/github.com/7.json") is not None


def test_what_was_taken_in_another_attempt_is_not_pulled(tmp_path: Any) -> None:
    hub = Hub()
    hub.deliver(1, 503, guid="a")
    hub.deliver(2, 504, guid="b")
    hub.deliver(1, 202, guid="a")
    assert run(services(hub, tmp_path)[0]) == Report(1, 0)
    assert [record["delivery_id"] for record in stored(tmp_path)] == ["b"]


def test_events_that_no_metric_uses_are_ignored(tmp_path: Any) -> None:
    hub = Hub()
    hub.deliver(1, event="star")
    hub.deliver(2, event="ping", status=500)
    assert run(services(hub, tmp_path)[0]) == Report(0, 0)
    assert hub.pulled == 0


def test_an_event_that_is_skipped_by_every_metric_is_done(tmp_path: Any) -> None:
    hub = Hub()
    hub.deliver(1, action="requested")
    assert run(services(hub, tmp_path)[0]) == Report(1, 0)
    assert stored(tmp_path) == []


def test_an_interrupted_scan_resumes_and_skips_nothing(tmp_path: Any) -> None:
    hub = Hub(size=10)
    for number in range(1, 101):
        hub.deliver(number)
    times = iter([300.0] * 3 + [10.0] * 50)
    job_services, _, _ = services(hub, tmp_path, lambda: next(times))
    assert run(job_services).left > 0
    assert cursor(tmp_path)["following"] is not None
    assert cursor(tmp_path)["through"] == 0
    for number in range(101, 131):
        hub.deliver(number)
    again, _, _ = services(hub, tmp_path)
    assert run(again).left == 0
    assert len(stored(tmp_path)) == 130
    assert (cursor(tmp_path)["through"], cursor(tmp_path)["following"]) == (130, None)


def test_an_expired_position_restarts_the_scan(tmp_path: Any) -> None:
    hub = Hub(size=10)
    for number in range(1, 51):
        hub.deliver(number)
    times = iter([300.0] * 2 + [10.0] * 50)
    run(services(hub, tmp_path, lambda: next(times))[0])
    assert cursor(tmp_path)["following"] is not None
    page, answers = hub.page, iter([PermanentError("GET deliveries: 422")])

    def gone(path: str, params: Mapping[str, str] | None = None) -> Any:
        if params and "cursor" in params and (refusal := next(answers, None)):
            raise refusal
        return page(path, params)

    hub.page = gone  # type: ignore[method-assign]
    job_services, _, lines = services(hub, tmp_path)
    assert run(job_services).left == 0
    assert len(stored(tmp_path)) == 50
    assert "cursor-gone" in str(lines)


def test_a_low_github_budget_is_reserved_for_live_events(tmp_path: Any) -> None:
    hub = Hub()
    hub.deliver(1)
    hub.left = 0.2
    assert run(services(hub, tmp_path)[0]) == Report(0, 1)
    assert hub.pulled == 0
    hub.left = 0.9
    assert run(services(hub, tmp_path)[0]) == Report(1, 0)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (None, "404"),
        ({"request": {}}, "payload: expected an object"),
        ({"request": {"payload": []}}, "payload: expected an object"),
        ({}, "request: expected an object"),
    ],
)
def test_an_expired_or_malformed_delivery_is_reported_lost_alone(tmp_path: Any, payload: Any, reason: str) -> None:
    hub = Hub()
    bad = hub.deliver(1)
    hub.deliver(2)
    hub.payloads[bad] = payload
    job_services, _, lines = services(hub, tmp_path)
    assert run(job_services) == Report(1, 0)
    [lost] = cursor(tmp_path)["lost"]
    assert (lost["guid"], lost["id"]) == ("guid-1", bad)
    assert reason in lost["reason"]
    assert '"outcome": "lost"' in str(lines)


def test_a_delivery_that_is_not_found_is_lost_at_the_third_run(tmp_path: Any) -> None:
    hub = Hub()
    id = hub.deliver(1)
    hub.payloads[id] = NotFound(f"GET {HOOKS}/7/deliveries/{id}: 404")
    states = []
    for _ in range(3):
        report = run(services(hub, tmp_path)[0])
        states.append((report, len(cursor(tmp_path)["pending"]), len(cursor(tmp_path)["lost"])))
    assert states == [(Report(0, 1), 1, 0), (Report(0, 1), 1, 0), (Report(0, 0), 0, 1)]


def test_a_delivery_that_is_not_found_once_is_recovered_by_the_next_run(tmp_path: Any) -> None:
    hub = Hub()
    id = hub.deliver(1)
    hub.payloads[id], payload = NotFound("404"), hub.payloads[id]
    assert run(services(hub, tmp_path)[0]) == Report(0, 1)
    hub.payloads[id] = payload
    assert run(services(hub, tmp_path)[0]) == Report(1, 0)
    assert len(stored(tmp_path)) == 1


def test_a_failed_read_counts_from_run_to_run(tmp_path: Any) -> None:
    hub = Hub()
    id = hub.deliver(1, event="pull_request")
    hub.payloads[id] = {"request": {"payload": webhook("pull_request_merged")}}
    hub.refuses["/pulls/"] = NotFound("GET: 404")
    reports = [run(services(hub, tmp_path)[0]) for _ in range(3)]
    assert reports == [Report(0, 1), Report(0, 1), Report(0, 0)]
    assert "GET: 404" in cursor(tmp_path)["lost"][0]["reason"]
    assert [record["metric_signature"] for record in stored(tmp_path)] == ["code-review-involvement"]


def test_poison_is_lost_with_its_reason(tmp_path: Any) -> None:
    hub = Hub()
    hub.deliver(1, check_suite__created_at=7)
    assert run(services(hub, tmp_path)[0]) == Report(0, 0)
    assert "check_suite.created_at" in cursor(tmp_path)["lost"][0]["reason"]


def test_what_cannot_be_read_now_is_tried_by_the_next_run(tmp_path: Any) -> None:
    hub = Hub()
    number = hub.deliver(1)
    hub.deliver(2)
    original, hub.payloads[number] = hub.payloads[number], TransientReadError("no response in time")
    assert run(services(hub, tmp_path)[0]) == Report(1, 1)
    assert cursor(tmp_path)["pending"][0]["reason"] == "no response in time"
    hub.payloads[number] = original
    assert run(services(hub, tmp_path)[0]) == Report(1, 0)
    assert cursor(tmp_path)["pending"] == []


class OutStore(DirectoryStore):
    out = True

    def write(self, files: Any, message: str) -> bool:
        if self.out:
            raise Unavailable("the data repository is out")
        return super().write(files, message)


def test_while_the_store_is_out_nothing_is_forgotten(tmp_path: Any) -> None:
    hub = Hub()
    for number in range(1, 121):
        hub.deliver(number)
    job_services, _, _ = services(hub, tmp_path)
    store = OutStore(str(tmp_path))
    job_services = job_services._replace(worker=job_services.worker._replace(store=store))
    assert run(job_services) == Report(0, 120)
    assert hub.pulled == 50
    store.out = False
    assert run(job_services) == Report(120, 0)
    assert len(stored(tmp_path)) == 120


def test_an_unreadable_webhook_is_named_and_stops_no_other(tmp_path: Any) -> None:
    hub = Hub()
    hub.deliver(1)
    job_services, _, lines = services(hub, tmp_path, watched_hooks="gone-org,octo-org/gone,octo-org/hello-world")
    assert run(job_services) == Report(1, 2)
    assert "webhooks of gone-org: GET /orgs/gone-org/hooks: 404" in str(lines)
    assert "webhooks of octo-org/gone: GET /repos/octo-org/gone/hooks: 404" in str(lines)


def test_only_our_own_webhook_is_looked_at(tmp_path: Any) -> None:
    hub = Hub()
    hub.deliver(1)
    hub.hooks.insert(0, {"id": 6, "config": {"url": "https://ci.example.com/hook"}})
    assert run(services(hub, tmp_path)[0]) == Report(1, 0)
    other = services(hub, tmp_path, webhook_url="https://elsewhere.example.com/telemetry")
    assert run(other[0]) == Report(0, 1)
    assert "no webhook has this deployment's URL" in str(other[2])
    assert run(services(hub, tmp_path, webhook_url="")[0]) == Report(0, 0)


def test_an_organisation_webhook_covers_a_watched_repository(tmp_path: Any) -> None:
    hub = Hub()
    hub.hooks.clear()
    assert run(services(hub, tmp_path, watched_hooks="", watched_repositories="octo-org/hello-world")[0]) == Report(
        0, 0
    )


def test_without_anything_to_watch_there_is_nothing_to_do(tmp_path: Any) -> None:
    assert run(services(Hub(), tmp_path, watched_hooks="")[0]) == Report(0, 0)


def test_the_second_of_two_copies_stops_with_a_clear_line(tmp_path: Any) -> None:
    hub = Hub()
    hub.deliver(1)
    job_services, store, _ = services(hub, tmp_path)
    asked = hub.object

    def meanwhile(path: str) -> Any:
        hub.object = asked  # type: ignore[method-assign]
        assert run(job_services) == Report(1, 0)
        return asked(path)

    hub.object = meanwhile  # type: ignore[method-assign]
    with pytest.raises(ConcurrentRunError, match="another run of this job is working on the webhook 7: this one stops"):
        run(job_services)
    assert len(stored(tmp_path)) == 1
    assert store.read("_system/recovery/github.com/7.json") is not None


def test_an_invalid_cursor_restarts_from_the_beginning(tmp_path: Any) -> None:
    hub = Hub()
    hub.deliver(1)
    job_services, store, lines = services(hub, tmp_path, repo_path="data")
    store.write({"data/_system/recovery/github.com/7.json": b"[]"}, "by hand")
    assert run(job_services) == Report(1, 0)
    assert "cursor-unreadable" in str(lines)
