"""A webhook's list of deliveries: the newest first, on pages by a cursor, and how such a list may be odd.

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
    """Faults of the list. By default there is none."""

    late: dict[int, int] = field(default_factory=dict)
    """UNIX ms until which a delivery is not listed, by its id."""
    reversed_by: int = 1
    """The list is reversed within every so many ids: the order stays the same as the list grows."""
    repeated: int = 0
    """So many entries of a page stand at the beginning of the next one, too."""
    page_at_most: int = 100
    """Shorter pages than asked for; 0 makes each first page empty, with a further one behind it."""
    loops: bool = False
    """Each further page leads to itself."""

    def listed(self, deliveries: "Sequence[Delivery]", since: int, now: int) -> "list[Delivery]":
        """Those of a span of time, in the list's order."""
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
        """The page that begins with this delivery, and with which the next one begins."""
        if cursor is None and self.page_at_most == 0 and listed:
            return [], listed[0].id
        size = min(size, self.page_at_most or size)
        begin = 0 if cursor is None else self._place(listed, cursor)
        page, rest = listed[max(0, begin - (self.repeated if begin else 0)) : begin + size], listed[begin + size :]
        if self.loops and cursor is not None:
            return page, cursor
        return page, rest[0].id if rest else None

    def _place(self, listed: "Sequence[Delivery]", cursor: int) -> int:
        """Where the page begins; of a delivery that is not listed any more, where the next older one stands."""
        ids = [delivery.id for delivery in listed]
        if cursor in ids:
            return ids.index(cursor)
        return next((index for index, id in enumerate(ids) if id < cursor), len(ids))
