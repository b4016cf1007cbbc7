"""Which evidence comes first where not all has room: the newest of each measure and service, each in its turn.

By time alone a busy measure, such as the duration of jobs, would leave no room for the deployments of last month.
"""

import heapq
from collections.abc import Iterable

from warehouse.report.model import Evidence

MOST = 5_000
"""Items of one measure and service that can have room at all: more are only counted, so that memory stays small."""


def newest_first(evidence: Iterable[Evidence]) -> tuple[list[Evidence], int]:
    """The newest of every measure and service, then the second newest of each, and so on; and how many were given."""
    heaps: dict[tuple[str, str], list[tuple[int, int, Evidence]]] = {}
    given = 0
    for given, each in enumerate(evidence, 1):
        heap = heaps.setdefault((each.measure, each.service), [])
        keep = heapq.heappush if len(heap) < MOST else heapq.heappushpop
        keep(heap, (each.at or 0, -given, each))
    ranked = [
        (rank, -at, order, each)
        for heap in heaps.values()
        for rank, (at, order, each) in enumerate(sorted(heap, reverse=True))
    ]
    return [each for *_, each in sorted(ranked)], given
