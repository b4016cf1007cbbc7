from typing import Any

import pytest

from core.github.wrapped_list import wrapped


class Pages:
    """A wrapped list, of which GitHub sends these pages."""

    def __init__(self, total: int, *sizes: int) -> None:
        self.total, self.sizes, self.asked = total, list(sizes), 0

    def object(self, path: str) -> dict[str, Any]:
        first, self.asked = sum(self.sizes[: self.asked]), self.asked + 1
        assert path.endswith(f"page={self.asked}")
        size = self.sizes[self.asked - 1] if self.asked <= len(self.sizes) else 0
        return {"total_count": self.total, "jobs": [{"id": first + n} for n in range(size)]}


@pytest.mark.parametrize(
    ("total", "sizes", "requests"),
    [
        (0, [0], 1),
        (100, [100], 1),
        (250, [100, 100, 50], 3),
        (250, [97, 100, 53], 3),
        (250, [30, 30, 100, 90], 4),  # the server returns fewer than requested
        (250, [100, 0, 50], 4),  # one page is empty, and a hundred items are never listed
        (250, [99, 98, 50], 4),  # three items are never listed
    ],
)
def test_a_short_page_does_not_end_a_wrapped_list(total: int, sizes: list[int], requests: int) -> None:
    pages = Pages(total, *sizes)
    assert [item["id"] for item in wrapped(pages, "/jobs", "jobs")] == list(range(sum(sizes)))
    assert pages.asked == requests


class RepeatedPages:
    """A wrapped list in pages of 17, each of which begins with the page before, as when new items push older ones on."""

    def __init__(self, total: int) -> None:
        self.total = total

    def object(self, path: str) -> dict[str, Any]:
        page = int(path.rpartition("=")[2])
        ids = range(max(0, (page - 2) * 17), min(self.total, page * 17))
        return {"total_count": self.total, "jobs": [{"id": id} for id in ids]}


@pytest.mark.parametrize("total", [16, 17, 18, 100, 250])
def test_items_that_two_pages_repeat_do_not_hide_the_last_ones(total: int) -> None:
    assert [item["id"] for item in wrapped(RepeatedPages(total), "/jobs", "jobs")] == list(range(total))
