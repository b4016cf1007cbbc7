import threading
from typing import Any

import pytest

from core.errors import Unavailable
from core.progress import ProgressCallback
from runtimes.local.live_dashboard import FRESH, LiveDashboard, Look
from tests.builders import Clock, Lines
from tests.environment import PATIENCE


class Builder:
    """Returns prepared results when the test allows it, and counts its calls."""

    def __init__(self, *results: Any) -> None:
        self.results = list(results)
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.may_end.set()
        self.advances: list[tuple[int, int]] = []

    def __call__(self, advance: ProgressCallback) -> bytes | None:
        for progress in self.advances:
            advance(*progress)
        self.begun.release()
        assert self.may_end.wait(20)
        for progress in self.advances:
            advance(*progress)
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return None if result is None else bytes(result)


def live(builder: Builder, clock: Clock, *, wait: float = 20, lines: Lines | None = None) -> LiveDashboard:
    return LiveDashboard(builder, (lines or Lines()).log, clock=clock.seconds, wait=wait)


def test_the_first_request_gets_the_page_that_it_built() -> None:
    assert live(Builder(b"page"), Clock()).look() == Look(b"page", "", building=False)


def test_a_fresh_page_is_not_built_again_and_an_older_one_is() -> None:
    clock = Clock()
    dashboard = live(Builder(b"first", b"second"), clock)
    assert [dashboard.look().page for _ in range(3)] == [b"first"] * 3
    clock.move(FRESH)
    assert dashboard.look().page == b"second"


def test_concurrent_requests_share_one_build_without_waiting() -> None:
    builder = Builder(b"first")
    builder.may_end.clear()
    dashboard = live(builder, Clock(), wait=0)
    assert dashboard.look() == Look(None, "", building=True)
    assert builder.begun.acquire(timeout=PATIENCE)
    assert {dashboard.look() for _ in range(40)} == {Look(None, "", building=True)}
    builder.may_end.set()
    dashboard.close()
    assert builder.results == []


def test_during_a_build_the_last_page_is_returned() -> None:
    builder, clock = Builder(b"first", b"second"), Clock()
    dashboard = live(builder, clock)
    dashboard.look()
    clock.move(FRESH)
    builder.may_end.clear()
    first = threading.Thread(target=dashboard.look)
    first.start()
    assert builder.begun.acquire(timeout=PATIENCE)
    assert builder.begun.acquire(timeout=PATIENCE)
    assert dashboard.look() == Look(b"first", "", building=True)
    builder.may_end.set()
    first.join(20)
    assert dashboard.look() == Look(b"second", "", building=False)


def test_the_message_shows_the_progress() -> None:
    builder = Builder(b"page")
    builder.may_end.clear()
    builder.advances = [(20_000, 1_000_000)]
    dashboard = live(builder, Clock(), wait=0)
    dashboard.look()
    assert builder.begun.acquire(timeout=PATIENCE)
    assert dashboard.look().message == "20,000 of 1,000,000 files are merged"
    builder.may_end.set()
    dashboard.close()


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (Unavailable("the disk is full"), "There is no dashboard: the disk is full"),
        (ZeroDivisionError("secret"), "There is no dashboard: ZeroDivisionError"),
    ],
)
def test_a_failed_build_has_a_reason_keeps_the_last_page_and_is_retried(problem: Exception, message: str) -> None:
    clock = Clock()
    dashboard = live(Builder(b"first", problem, b"third"), clock)
    dashboard.look()
    clock.move(FRESH)
    assert dashboard.look() == Look(b"first", message, building=False)
    clock.move(FRESH)
    assert dashboard.look() == Look(b"third", "", building=False)


def test_an_unexpected_error_is_logged_without_its_message() -> None:
    lines = Lines()
    live(Builder(ZeroDivisionError("secret")), Clock(), lines=lines).look()
    assert [(line["step"], line["outcome"], line["reason"]) for line in lines.lines] == [
        ("dashboard", "failed", "ZeroDivisionError")
    ]


def test_close_interrupts_the_build_and_prevents_another() -> None:
    builder = Builder(b"never")
    builder.may_end.clear()
    builder.advances = [(1, 2)]
    dashboard = live(builder, Clock(), wait=0)
    dashboard.look()
    assert builder.begun.acquire(timeout=PATIENCE)
    closing = threading.Thread(target=dashboard.close)
    closing.start()
    while not dashboard._closed:
        closing.join(0.001)
    builder.may_end.set()
    closing.join(20)
    assert builder.results == [b"never"]
    assert dashboard.look() == Look(None, "There is no dashboard: the server stops", building=False)
