"""Keep evidence compressed until its page is made: a million records have millions of items.

The items come measure by measure, and a page needs those of one service and quarter.
"""

import marshal
import zlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator

from warehouse.report.model import Evidence, Period

_CHUNK = 128
"""Items that are compressed together: a few per cent of the memory of as many objects."""
UNDATED = -1
"""The quarter of items whose time is not known, or is before the first period."""


class EvidenceSpool:
    """The evidence by service and quarter."""

    def __init__(self, evidence: Iterable[Evidence], quarters: Iterable[Period]) -> None:
        """Read all evidence; `quarters` are those of the report, oldest first."""
        self._starts = [period.starts_at for period in quarters]
        self._chunks: dict[tuple[str, int], list[bytes]] = defaultdict(list)
        self._rows: dict[tuple[str, int], list[tuple[object, ...]]] = defaultdict(list)
        for item in evidence:
            key = item.service, UNDATED if item.at is None else bisect_right(self._starts, item.at) - 1
            rows = self._rows[key]
            rows.append(tuple(item))
            if len(rows) >= _CHUNK:
                self._chunks[key].append(_packed(rows))
                rows.clear()

    def quarters(self) -> Iterator[tuple[str, int]]:
        """Yield each service and quarter with evidence, the newest quarter first."""
        yield from sorted(self._rows, key=lambda key: (key[0], -key[1]))

    def take(self, service: str, quarter: int) -> list[Evidence]:
        """Return the items of a service and quarter in the order in which they came, and forget them."""
        key = service, quarter
        rows = [row for chunk in self._chunks.pop(key, ()) for row in marshal.loads(zlib.decompress(chunk))]  # noqa: S302 (our own bytes)
        return [Evidence(*row) for row in (*rows, *self._rows.pop(key, ()))]


def _packed(rows: list[tuple[object, ...]]) -> bytes:
    return zlib.compress(marshal.dumps(rows), 1)
