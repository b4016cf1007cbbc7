"""Reads a list that GitHub wraps in an object, such as workflow runs. A page is an object, so no Link header is needed."""

from collections.abc import Iterator, Mapping
from typing import Protocol
from urllib.parse import urlencode

from core.errors import ResponseTooLarge
from core.payload import Fields, Json

PER_PAGE = 100
MOST_PAGES = 1000
"""Pages of one list: a hundred thousand items. A longer list is rejected."""


class _Objects(Protocol):
    def object(self, path: str) -> Json:
        """Return one object."""


def wrapped(github: _Objects, path: str, items: str, params: Mapping[str, str] | None = None) -> Iterator[Json]:
    """Yield every item of every page of a list that GitHub wraps in an object, with its `total_count`.

    A page may be shorter than requested although `total_count` says that more follow (reported in foxguard#367), and it repeats
    items when new ones push them onto the next page. So the list ends when as many different items are read, or with an empty
    page after as many pages as `total_count` fills. Each item is yielded once.
    """
    seen = set[object]()
    page, total = 1, 1
    while len(seen) < total:
        if page > MOST_PAGES:
            raise ResponseTooLarge(f"GET {path}: more than {MOST_PAGES:,} pages")
        query = urlencode({**(params or {}), "per_page": PER_PAGE, "page": page})
        answer = Fields(github.object(f"{path}?{query}"), path)
        children, total = answer.children(items), answer.integer("total_count")
        for number, child in enumerate(children):
            id = child.data.get("id", (page, number))
            if id not in seen:
                seen.add(id)
                yield child.data
        if not children and page * PER_PAGE >= total:
            return
        page += 1
