"""Lists a webhook's deliveries, newest first, in pages with a cursor, with optional irregularities.

GitHub documents neither an order nor how soon a delivery is listed, only the cursor: "the starting delivery from which the
page of deliveries is fetched". https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakes.github.state import Delivery


@dataclass
class Listing:
    """Irregularities of the list; by default none."""

    late: dict[int, int] = field(default_factory=dict)
    """UNIX ms until which a delivery is not listed, by delivery id."""
    reversed_by: int = 1
    """Size of the groups of ids in which the order is reversed; the order does not change as the list grows."""
    repeated: int = 0
    """Number of entries of a page that the next page repeats."""
    page_at_most: int = 100
    """Maximum page size; 0 makes the first page empty, with a link to the next one."""
    loops: bool = False
    """Whether each page after the first links to itself."""

    def listed(self, deliveries: "Sequence[Delivery]", since: int, now: int) -> "list[Delivery]":
        """Return the deliveries from `since` to `now` (UNIX ms), in the list's order."""
        visible = [
            delivery
            for delivery in deliveries
            if since <= delivery.delivered_at <= now and self.late.get(delivery.id, 0) <= now
        ]
        return sorted(
            visible,
            key=lambda delivery: (-(delivery.id // self.reversed_by), delivery.id if self.reversed_by > 1 else 0),
        )

    def page(
        self, listed: "Sequence[Delivery]", cursor: int | None, size: int
    ) -> "tuple[Sequence[Delivery], int | None]":
        """Return the page that begins with the delivery `cursor`, and the cursor of the next page."""
        if cursor is None and self.page_at_most == 0 and listed:
            return [], listed[0].id
        size = min(size, self.page_at_most or size)
        begin = 0 if cursor is None else self._index(listed, cursor)
        page, rest = listed[max(0, begin - (self.repeated if begin else 0)) : begin + size], listed[begin + size :]
        if self.loops and cursor is not None:
            return page, cursor
        return page, rest[0].id if rest else None

    def _index(self, listed: "Sequence[Delivery]", cursor: int) -> int:
        """Return the index of the cursor's delivery; if it is no longer listed, that of the next older one."""
        ids = [delivery.id for delivery in listed]
        if cursor in ids:
            return ids.index(cursor)
        return next((index for index, id in enumerate(ids) if id < cursor), len(ids))
