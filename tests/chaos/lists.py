"""Faults of GitHub's lists, by a seed: deliveries that are listed late or out of order, and items that two pages repeat.

GitHub promises no order of a webhook's deliveries, and lists one only when its attempt is over (a time-out takes 10 s). While a list is
read, new items push older ones onto the next page, which then repeats them.
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

LATE, MOVED, REPEATED = "listed late", "listed out of order", "page repeated"
LATE_BY = 3_600_000
"""Milliseconds for which a delivery may be missing from the list."""
_CHANCES = {LATE: 0.5, MOVED: 0.05, REPEATED: 0.2}
_PAGING = ("page", "cursor")


class Lists:
    """Changes what a proxy passes on; thread-safe. `now` is GitHub's time, in UNIX ms."""

    def __init__(self, seed: int, now: Callable[[], int]) -> None:
        self.late = False
        """Whether some deliveries of the last minutes are not listed yet."""
        self.done: Counter[str] = Counter()
        self._seed = seed
        self._chance = random.Random(f"{seed} lists")
        self._now = now
        self._lock = threading.Lock()
        self._before: dict[str, list[Any]] = {}
        self._moved: dict[str, list[Any]] = {}

    def change(self, path: str, body: bytes, *, has_next: bool) -> bytes:
        """Return the body of a page, as the faults leave it; what is no list stays as it is."""
        parts = urlsplit(path)
        query = dict(parse_qsl(parts.query))
        name = f"{parts.path}?{urlencode({key: value for key, value in query.items() if key not in _PAGING})}"
        is_first = "cursor" not in query and query.get("page", "1") == "1"
        try:
            document = json.loads(body)
        except ValueError:
            return body
        key = _list_in(document)
        if key is None:
            return body
        with self._lock:
            items = document if key == "" else document[key]
            before = [] if is_first else self._before.get(name, [])
            if parts.path.endswith("/deliveries"):
                items = self._of_deliveries(items, name, is_first=is_first, has_next=has_next)
            self._before[name] = items
            if before and self._draws(REPEATED):
                items = [*before, *items]
        return json.dumps(items if key == "" else {**document, key: items}).encode()

    def _of_deliveries(self, items: list[Any], name: str, *, is_first: bool, has_next: bool) -> list[Any]:
        waiting = [] if is_first else self._moved.pop(name, [])
        listed = [item for item in items if not (self.late and self._is_late(item))]
        for item in waiting:
            listed.insert(self._chance.randrange(len(listed) + 1), item)
        moved = [item for item in listed if self._draws(MOVED)]
        listed = [item for item in listed if item not in moved]
        if has_next and listed:  # some come a page later, after older ones
            self._moved[name] = moved[::2]
            moved = moved[1::2]
        for item in moved:
            listed.insert(self._chance.randrange(len(listed) + 1), item)
        return listed

    def _is_late(self, item: Any) -> bool:
        """Return whether a delivery is not listed yet: each stays as it is while the list is read."""
        age = self._now() - datetime.fromisoformat(item["delivered_at"]).timestamp() * 1000
        is_late = age < LATE_BY and random.Random(f"{self._seed} {item['id']}").random() < _CHANCES[LATE]
        self.done[LATE] += is_late
        return is_late

    def _draws(self, name: str) -> bool:
        drawn = self._chance.random() < _CHANCES[name]
        self.done[name] += drawn
        return drawn


def _list_in(document: Any) -> str | None:
    """Return where the list is: empty for a bare list, a key for one that is wrapped (Actions, Checks); None: there is none."""
    if isinstance(document, list):
        return ""
    if isinstance(document, dict) and "total_count" in document:
        return next((key for key, value in document.items() if isinstance(value, list)), None)
    return None
