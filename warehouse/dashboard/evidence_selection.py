"""Select evidence for a limited size: the newest items of each measure and service in turn.

Selected by time alone, a busy measure such as the duration of jobs would displace the deployments of last month.
"""

import heapq
from collections.abc import Iterable

from warehouse.report.model import Evidence

MAX_ITEMS = 5_000
"""Maximum items of one measure and service; more are only counted, to limit memory."""


def newest_first(evidence: Iterable[Evidence]) -> tuple[list[Evidence], int]:
    """Return the newest item of every measure and service, then the second newest of each, and so on; and the total."""
    heaps: dict[tuple[str, str], list[tuple[int, int, Evidence]]] = {}
    total = 0
    for total, item in enumerate(evidence, 1):
        heap = heaps.setdefault((item.measure, item.service), [])
        push = heapq.heappush if len(heap) < MAX_ITEMS else heapq.heappushpop
        push(heap, (item.at or 0, -total, item))
    ranked = [
        (rank, -at, order, item)
        for heap in heaps.values()
        for rank, (at, order, item) in enumerate(sorted(heap, reverse=True))
    ]
    return [item for *_, item in sorted(ranked)], total
