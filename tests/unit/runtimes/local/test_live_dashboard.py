import threading
from typing import Any

import pytest

from core.errors import Unavailable
from core.progress import ProgressCallback
from runtimes.local.live_dashboard import FRESH, LiveDashboard, Look
from tests.builders import Clock, Lines


class Builder:
    """Builds what it is told to, when it is told to; counts how often."""

    def __init__(self, *results: Any) -> None:
        self.results = list(results)
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.may_end.set()
        self.advances: list[tuple[int, int]] = []

    def __call__(self, advance: ProgressCallback) -> bytes | None:
        for each in self.advances:
            advance(*each)
        self.begun.release()
        assert self.may_end.wait(20)
        for each in self.advances:
            advance(*each)
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return None if result is None else bytes(result)


def live(builder: Builder, clock: Clock, *, wait: float = 20, lines: Lines | None = None) -> LiveDashboard:
    return LiveDashboard(builder, (lines or Lines()).log, clock=clock.seconds, wait=wait)


def test_whoever_looks_first_is_shown_what_was_built_for_them() -> None:
    assert live(Builder(b"page"), Clock()).look() == Look(b"page", "", building=False)


def test_a_fresh_page_is_not_built_again_and_an_older_one_is() -> None:
    clock = Clock()
    dashboard = live(Builder(b"first", b"second"), clock)
    assert [dashboard.look().page for _ in range(3)] == [b"first"] * 3
    clock.move(FRESH)
    assert dashboard.look().page == b"second"


def test_many_who_look_at_once_share_one_build_and_none_of_them_waits_for_it() -> None:
    builder = Builder(b"first")
    builder.may_end.clear()
    dashboard = live(builder, Clock(), wait=0)
    assert dashboard.look() == Look(None, "", building=True)
    assert builder.begun.acquire(timeout=20)
    assert {dashboard.look() for _ in range(40)} == {Look(None, "", building=True)}
    builder.may_end.set()
    dashboard.close()
    assert builder.results == []


def test_while_the_next_is_built_the_last_one_is_shown() -> None:
    builder, clock = Builder(b"first", b"second"), Clock()
    dashboard = live(builder, clock)
    dashboard.look()
    clock.move(FRESH)
    builder.may_end.clear()
    first = threading.Thread(target=dashboard.look)
    first.start()
    assert builder.begun.acquire(timeout=20)
    assert builder.begun.acquire(timeout=20)
    assert dashboard.look() == Look(b"first", "", building=True)
    builder.may_end.set()
    first.join(20)
    assert dashboard.look() == Look(b"second", "", building=False)


def test_how_far_it_is_can_be_seen() -> None:
    builder = Builder(b"page")
    builder.may_end.clear()
    builder.advances = [(20_000, 1_000_000)]
    dashboard = live(builder, Clock(), wait=0)
    dashboard.look()
    assert builder.begun.acquire(timeout=20)
    assert dashboard.look().message == "20,000 of 1,000,000 files are merged"
    builder.may_end.set()
    dashboard.close()


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (Unavailable("the disk is full"), "There is no dashboard: the disk is full"),
        (ZeroDivisionError("secret"), "There is no dashboard: ZeroDivisionError"),
    ],
)
def test_a_build_that_fails_says_why_keeps_the_last_page_and_is_tried_again(problem: Exception, said: str) -> None:
    clock = Clock()
    dashboard = live(Builder(b"first", problem, b"third"), clock)
    dashboard.look()
    clock.move(FRESH)
    assert dashboard.look() == Look(b"first", said, building=False)
    clock.move(FRESH)
    assert dashboard.look() == Look(b"third", "", building=False)


def test_what_was_not_foreseen_is_logged_without_what_it_says() -> None:
    lines = Lines()
    live(Builder(ZeroDivisionError("secret")), Clock(), lines=lines).look()
    assert [(line["step"], line["outcome"], line["reason"]) for line in lines.lines] == [
        ("dashboard", "failed", "ZeroDivisionError")
    ]


def test_a_server_that_stops_does_not_wait_for_all_files_and_nothing_is_begun_any_more() -> None:
    builder = Builder(b"never")
    builder.may_end.clear()
    builder.advances = [(1, 2)]
    dashboard = live(builder, Clock(), wait=0)
    dashboard.look()
    assert builder.begun.acquire(timeout=20)
    closing = threading.Thread(target=dashboard.close)
    closing.start()
    while not dashboard._closed:
        closing.join(0.001)
    builder.may_end.set()
    closing.join(20)
    assert builder.results == [b"never"]
    assert dashboard.look() == Look(None, "There is no dashboard: the server stops", building=False)
