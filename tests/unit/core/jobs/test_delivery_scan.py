"""Recovery of what GitHub lists late, out of order, twice, or without an end."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from core.errors import PermanentError, TransientReadError
from core.github.webhooks import STALE
from core.job import Report
from core.jobs import _delivery_scan
from core.jobs._delivery_scan import OVERLAP, PAGE_SIZE
from core.jobs.recover import run
from fakes.github.serializers import iso
from tests.builders import NOW
from tests.unit.core.jobs.test_recover import HOOKS, Hub, cursor, services, stored

MINUTE = 60_000
CURSOR = "_system/recovery/github.com/7.json"


def deliver(hub: Hub, number: int, status: int = 503, ago: int = 60 * MINUTE, **more: Any) -> dict[str, Any]:
    """One that GitHub attempted so many milliseconds ago, and lists first."""
    hub.deliver(number, status, **more)
    hub.deliveries[-1]["delivered_at"] = iso(NOW - ago)
    return hub.deliveries[-1]


def recovered(folder: Any) -> list[str]:
    return [record["delivery_id"] for record in stored(folder)]


def list_pages(hub: Hub, pages: Mapping[str, tuple[list[dict[str, Any]], str | None]]) -> list[str]:
    """Let the list be these pages, by cursor, and return the cursors that are asked for."""
    asked: list[str] = []

    def page(path: str, params: Mapping[str, str] | None = None) -> Any:
        assert path == f"{HOOKS}/7/deliveries"
        asked.append((params or {}).get("cursor", ""))
        items, following = pages[asked[-1]]
        return items, None if following is None else {"cursor": following}

    hub.page = page  # type: ignore[method-assign]
    return asked


@pytest.mark.parametrize("minutes", [0, 1, 30, 119])
def test_a_failure_that_is_listed_after_newer_deliveries_is_recovered(minutes: int, tmp_path: Any) -> None:
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    late = deliver(hub, 1, 0, ago=(121 + minutes) * MINUTE)
    deliver(hub, 2, 202, ago=121 * MINUTE)
    hub.deliveries.remove(late)
    assert run(job_services) == Report(0, 0)
    hub.deliveries.insert(0, late)
    for number in range(3, 9):
        deliver(hub, number, 202, ago=60 * MINUTE)
    assert run(job_services) == Report(1, 0)
    assert recovered(tmp_path) == ["guid-1"]
    hub.asked.clear()
    assert run(job_services) == Report(0, 0)
    assert hub.pulled == 0


def test_one_that_is_listed_at_the_top_and_out_of_order_is_recovered(tmp_path: Any) -> None:
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    late = deliver(hub, 1, 0, ago=90 * MINUTE)
    deliver(hub, 2, 202)
    hub.deliveries.remove(late)
    run(job_services)
    hub.deliveries.append(late)
    assert run(job_services) == Report(1, 0)


def test_what_is_listed_later_than_the_overlap_is_not_seen(tmp_path: Any) -> None:
    """The ledger names it: tests/security/inputs/test_ledger_replay.py."""
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    late = deliver(hub, 1, 0, ago=OVERLAP + 61 * MINUTE)
    deliver(hub, 2, 202)
    hub.deliveries.remove(late)
    run(job_services)
    hub.deliveries.insert(0, late)
    assert run(job_services) == Report(0, 0)


def test_an_old_entry_on_a_newer_page_does_not_end_the_scan(tmp_path: Any) -> None:
    hub = Hub(size=3)
    job_services, _, _ = services(hub, tmp_path)
    for number in range(1, 4):
        deliver(hub, number, 202, ago=600 * MINUTE)
    run(job_services)
    new = [deliver(hub, number) for number in range(4, 9)][::-1]
    old = hub.deliveries[:3][::-1]
    list_pages(
        hub, {"": ([*new[:2], old[2]], "b"), "b": ([new[2], old[1], new[3]], "c"), "c": ([old[0], new[4]], None)}
    )
    assert run(job_services) == Report(5, 0)
    assert recovered(tmp_path) == [f"guid-{number}" for number in range(4, 9)]


def test_a_failure_listed_a_page_after_older_deliveries_is_recovered(tmp_path: Any) -> None:
    """While the list is read, a delivery may move to the next page, behind deliveries that are hours older."""
    hub = Hub(size=100)
    job_services, _, _ = services(hub, tmp_path)
    older = [deliver(hub, number, 202, ago=600 * MINUTE) for number in range(1, 181)][::-1]
    late = deliver(hub, 181, 0, ago=90 * MINUTE)
    newer = [deliver(hub, number, 202, ago=60 * MINUTE) for number in range(182, 202)][::-1]
    pages = {"": ([*newer, *older[:80]], "b"), "b": (older[80:], None)}
    list_pages(hub, pages)
    assert run(job_services) == Report(0, 0)
    pages["b"][0].insert(50, late)
    assert run(job_services) == Report(1, 0)
    assert recovered(tmp_path) == ["guid-181"]


def test_a_list_in_any_order_is_recovered_whole(tmp_path: Any) -> None:
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    all_of_them = [deliver(hub, number, ago=(100 - number) * MINUTE) for number in range(1, 31)]
    mixed = [all_of_them[number * 7 % 30] for number in range(30)]
    list_pages(hub, {"": (mixed[:10], "b"), "b": (mixed[10:20], "c"), "c": (mixed[20:], None)})
    assert run(job_services) == Report(30, 0)
    assert run(job_services) == Report(0, 0)


def test_entries_listed_on_two_pages_are_fetched_once(tmp_path: Any) -> None:
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    deliveries = [deliver(hub, number) for number in range(1, 9)][::-1]
    list_pages(
        hub, {"": (deliveries[:4], "b"), "b": ([*deliveries[1:4], *deliveries[3:6]], "c"), "c": (deliveries[4:], None)}
    )
    assert run(job_services) == Report(8, 0)
    assert (hub.pulled, len(stored(tmp_path))) == (8, 8)
    assert run(job_services) == Report(0, 0)
    assert hub.pulled == 8


def test_a_cursor_loop_ends_and_hidden_deliveries_are_recovered_later(tmp_path: Any) -> None:
    hub = Hub(size=3)
    job_services, _, lines = services(hub, tmp_path)
    deliveries = [deliver(hub, number) for number in range(1, 9)][::-1]
    page = hub.page
    asked = list_pages(hub, {"": (deliveries[:3], "b"), "b": (deliveries[:3], "b")})
    assert run(job_services) == Report(3, 1)
    assert asked == ["", "b"]
    assert "the pages form a loop" in str(lines)
    hub.page = page  # type: ignore[method-assign]
    assert run(job_services) == Report(5, 0)
    assert hub.pulled == 8


@pytest.mark.parametrize("repeats", [True, False])
def test_ever_new_cursors_to_the_same_or_empty_pages_end(tmp_path: Any, *, repeats: bool) -> None:
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    deliveries = deliver(hub, 1)
    pages = {str(number): ([deliveries] if repeats else [], str(number + 1)) for number in range(1000)}
    asked = list_pages(hub, {**pages, "": ([deliveries], "0")})
    assert run(job_services) == Report(1, 1)
    assert len(asked) == STALE + 1


def test_two_cursors_that_lead_to_each_other_end(tmp_path: Any) -> None:
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    deliveries = [deliver(hub, number) for number in range(1, 4)]
    asked = list_pages(hub, {"": (deliveries[:1], "b"), "b": (deliveries[1:2], "c"), "c": (deliveries[2:], "b")})
    assert run(job_services) == Report(3, 1)
    assert asked == ["", "b", "c"]


def test_short_and_empty_pages_do_not_end_the_scan(tmp_path: Any) -> None:
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    deliveries = [deliver(hub, number) for number in range(1, 4)][::-1]
    list_pages(hub, {"": ([], "b"), "b": (deliveries[:1], "c"), "c": ([], "d"), "d": (deliveries[1:], None)})
    assert run(job_services) == Report(3, 0)


def test_an_unreadable_page_does_not_affect_earlier_pages(tmp_path: Any) -> None:
    hub = Hub(size=3)
    job_services, _, lines = services(hub, tmp_path)
    for number in range(1, 9):
        deliver(hub, number)
    page = hub.page

    def cut(path: str, params: Mapping[str, str] | None = None) -> Any:
        if params:
            raise TransientReadError("GET deliveries: the answer is not JSON")
        return page(path, params)

    hub.page = cut  # type: ignore[method-assign]
    assert run(job_services) == Report(3, 1)
    assert "list-incomplete" in str(lines)
    hub.page = page  # type: ignore[method-assign]
    assert run(job_services) == Report(5, 0)
    assert hub.pulled == 8


def test_a_redelivery_that_is_listed_late_counts(tmp_path: Any) -> None:
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    first = deliver(hub, 1, 503, guid="a")
    hub.payloads[first["id"]] = TransientReadError("no response in time")
    assert run(job_services) == Report(0, 1)
    again = deliver(hub, 1, 202, guid="a")
    hub.deliveries.remove(again)
    deliver(hub, 2, 202)
    assert run(job_services) == Report(0, 1)
    hub.deliveries.insert(1, again)
    assert run(job_services) == Report(0, 0)
    assert (cursor(tmp_path)["pending"], stored(tmp_path)) == ([], [])


def test_a_redelivery_that_failed_and_is_listed_late_makes_no_double(tmp_path: Any) -> None:
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    deliver(hub, 1, 503, guid="a")
    again = deliver(hub, 1, 504, guid="a")
    hub.deliveries.remove(again)
    assert run(job_services) == Report(1, 0)
    hub.deliveries.append(again)
    assert run(job_services) == Report(1, 0)
    assert run(job_services) == Report(0, 0)
    assert recovered(tmp_path) == ["a"]


@pytest.mark.parametrize("when", [None, "1970-01-01T00:00:00Z", "2026-11-01T00:00:00Z", "2027-11-24T06:00:00Z"])
def test_a_time_that_is_wrong_hides_neither_its_own_delivery_nor_others(when: str | None, tmp_path: Any) -> None:
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    deliver(hub, 1, 202)
    run(job_services)
    deliver(hub, 2)["delivered_at"] = when
    assert run(job_services) == Report(1, 0)
    late = deliver(hub, 3, 0)
    hub.deliveries.remove(late)
    deliver(hub, 4, 202)
    assert run(job_services) == Report(0, 0)
    hub.deliveries.insert(2, late)
    assert run(job_services) == Report(1, 0)
    assert run(job_services) == Report(0, 0)


def test_a_cursor_of_the_format_before_is_read_and_repeats_nothing(tmp_path: Any) -> None:
    hub = Hub()
    job_services, store, lines = services(hub, tmp_path)
    for number in range(1, 4):
        deliver(hub, number)
    old = {"through": 3, "pending": [], "lost": [], "newest": 0, "following": None}
    store.write({CURSOR: (json.dumps(old) + "\n").encode()}, "as it was")
    assert run(job_services) == Report(0, 0)
    assert (hub.pulled, "cursor-unreadable" in str(lines)) == (0, False)
    late = deliver(hub, 4, 0)
    hub.deliveries.remove(late)
    deliver(hub, 5)
    assert run(job_services) == Report(1, 0)
    hub.deliveries.insert(0, late)
    assert run(job_services) == Report(1, 0)
    assert hub.pulled == 2


def test_an_interrupted_scan_with_an_older_cursor_resumes(tmp_path: Any) -> None:
    hub = Hub(size=2)
    job_services, store, _ = services(hub, tmp_path)
    for number in range(1, 8):
        deliver(hub, number)
    old = {"through": 1, "pending": [], "lost": [], "newest": 6, "following": {"cursor": "4"}}
    store.write({CURSOR: (json.dumps(old) + "\n").encode()}, "as it was")
    assert run(job_services) == Report(4, 0)
    assert recovered(tmp_path) == ["guid-2", "guid-3", "guid-4", "guid-7"]


def test_requests_do_not_grow_with_history(tmp_path: Any) -> None:
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    for number in range(1, 3001):
        deliver(hub, number, 202, ago=(3001 - number) * MINUTE)
    run(job_services)
    for size, pages in ((100, 3), (1000, 1)):
        hub.size = size
        hub.asked.clear()
        assert run(job_services) == Report(0, 0)
        assert len(hub.asked) == 1 + pages


def test_an_outage_does_not_make_the_cursor_grow_without_an_end(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_delivery_scan, "MOST_KNOWN", 10)
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    for number in range(1, 41):
        deliver(hub, number, ago=(41 - number) * MINUTE)
    assert run(job_services) == Report(40, 0)
    assert [id for id, _ in cursor(tmp_path)["known"]] == list(range(31, 41))
    assert run(job_services) == Report(0, 0)
    assert hub.pulled == 40
    late = deliver(hub, 41, 0, ago=5 * MINUTE)
    hub.deliveries.insert(35, hub.deliveries.pop())
    assert run(job_services) == Report(1, 0)
    assert late["guid"] in recovered(tmp_path)


def test_what_is_before_the_overlap_is_forgotten(tmp_path: Any) -> None:
    hub = Hub()
    job_services, _, _ = services(hub, tmp_path)
    for number, ago in enumerate((600, 300, 130, 60, 5), 1):
        deliver(hub, number, ago=ago * MINUTE)
    assert run(job_services) == Report(5, 0)
    assert [id for id, _ in cursor(tmp_path)["known"]] == [4, 5]
    assert run(job_services) == Report(0, 0)


def test_an_expired_position_during_new_failures_loses_nothing(tmp_path: Any) -> None:
    hub = Hub(size=2)
    for number in range(1, 11):
        deliver(hub, number)
    times = iter([300.0] * 2 + [10.0] * 50)
    run(services(hub, tmp_path, lambda: next(times))[0])
    page, refusals = hub.page, iter([PermanentError("GET deliveries: 422")])

    def gone(path: str, params: Mapping[str, str] | None = None) -> Any:
        if params and (refusal := next(refusals, None)):
            raise refusal
        return page(path, params)

    hub.page = gone  # type: ignore[method-assign]
    job_services, _, _ = services(hub, tmp_path)
    assert run(job_services).left == 0
    assert len(stored(tmp_path)) == 10


def test_so_many_old_ones_in_a_row_end_the_scan_before_its_page_does(tmp_path: Any) -> None:
    hub = Hub(size=PAGE_SIZE + 10)
    job_services, _, _ = services(hub, tmp_path)
    for number in range(1, 200):
        deliver(hub, number, 202, ago=3000 * MINUTE)
    deliver(hub, 200, 202)
    run(job_services)
    for number in range(201, 206):
        deliver(hub, number, ago=MINUTE)
    hub.asked.clear()
    assert run(job_services) == Report(5, 0)
    assert len(hub.asked) == 2 + 5
