"""The faults themselves: what they do to an answer and to a list, by the seed."""

import http.server
import json
import threading
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from fakes.github.serializers import iso
from tests.builders import NOW
from tests.chaos.lists import LATE, LATE_BY, MOVED, REPEATED, Lists
from tests.chaos.proxy import CUT, Chaos, Plan, between
from tests.environment import PATIENCE

PATH = "/orgs/octo-org/hooks/7/deliveries"


def delivery(id: int, age: int = 2 * LATE_BY) -> dict[str, Any]:
    return {"id": id, "delivered_at": iso(NOW - age)}


def listed(lists: Lists, items: list[Any], size: int = 10) -> list[Any]:
    """Return every item of every page, as somebody reads them who follows to the end."""
    pages = [items[begin : begin + size] for begin in range(0, len(items), size)]
    ids = []
    for number, page in enumerate(pages):
        path = f"{PATH}?per_page={size}" + (f"&cursor=v1_{number}" if number else "")
        body = lists.change(path, json.dumps(page).encode(), has_next=number < len(pages) - 1)
        ids += json.loads(body)
    return ids


def test_deliveries_are_out_of_order_and_repeated_and_none_is_lost() -> None:
    items, lists = [delivery(id) for id in range(500, 0, -1)], Lists(1, lambda: NOW)
    ids = [item["id"] for item in listed(lists, items)]
    assert set(ids) == set(range(1, 501))
    assert ids != sorted(ids, reverse=True)
    assert len(ids) > 500
    assert {MOVED, REPEATED} <= set(lists.done)


def test_the_same_seed_does_the_same_to_a_list() -> None:
    items = [delivery(id) for id in range(100, 0, -1)]
    assert listed(Lists(3, lambda: NOW), items) == listed(Lists(3, lambda: NOW), items)
    assert listed(Lists(3, lambda: NOW), items) != listed(Lists(4, lambda: NOW), items)


def test_the_newest_are_listed_late_and_then_all_of_them() -> None:
    items, lists = [delivery(id, (100 - id) * LATE_BY // 50) for id in range(100, 0, -1)], Lists(1, lambda: NOW)
    lists.late = True
    ids = {item["id"] for item in listed(lists, items)}
    hidden = set(range(1, 101)) - ids
    assert 10 < len(hidden) < 40
    assert min(hidden) > 50
    assert lists.done[LATE] >= len(hidden)
    assert {item["id"] for item in listed(lists, items)} == ids  # the same while somebody reads
    lists.late = False
    assert {item["id"] for item in listed(lists, items)} == set(range(1, 101))


def test_a_wrapped_list_is_repeated_and_an_object_is_unchanged() -> None:
    lists = Lists(1, lambda: NOW)
    counts = set()
    for _ in range(50):
        lists.change("/runs?page=1", b'{"total_count":2,"workflow_runs":[{"id":1}]}', has_next=True)
        body = lists.change("/runs?page=2", b'{"total_count":2,"workflow_runs":[{"id":2}]}', has_next=False)
        counts.add(tuple(run["id"] for run in json.loads(body)["workflow_runs"]))
    assert counts == {(2,), (1, 2)}
    for body in (b'{"id":1,"labels":[1]}', b"no JSON"):
        assert lists.change("/x?page=2", body, has_next=False) == body


@pytest.mark.parametrize("body", [b"{}", b"[]", b'[{"id":1},{"id":2}]', b'{"a":[1,2,3]}\n', "{'ä'}".encode()])
def test_a_cut_body_is_never_json(body: bytes) -> None:
    chaos = Chaos("a", Plan({}), 1)
    for _ in range(30):
        part = chaos.cut(body)
        assert part == body[: len(part)]
        assert 0 < len(part) < len(body)
        with pytest.raises(ValueError, match=r"."):
            json.loads(part.decode(errors="replace"))


@pytest.fixture
def upstream() -> Iterator[str]:
    """A server that answers a JSON list."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'[{"id":1},{"id":2}]'
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Link", f'<http://{self.headers["Host"]}/x?page=2>; rel="next"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_cut_response_has_a_valid_length_and_broken_json(upstream: str) -> None:
    with between(upstream, Chaos("a", Plan({CUT: 1.0}), 1)) as url:
        answer = requests.get(f"{url}/x", timeout=PATIENCE)
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.content) > 0
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_the_proxy_has_its_own_clock_and_rewrites_links_to_itself(upstream: str) -> None:
    chaos = Chaos("a", Plan({}), 1)
    chaos.clock = lambda: NOW / 1000
    with between(upstream, chaos) as url:
        answer = requests.get(f"{url}/x", timeout=PATIENCE)
        assert answer.links["next"]["url"] == f"{url}/x?page=2"
    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == NOW // 1000
    assert answer.json() == [{"id": 1}, {"id": 2}]
