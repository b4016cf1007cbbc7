"""Paginates lists: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from fakes.github.request import Call
from fakes.github.response import Response, json_answer


def paginate(call: Call, items: Sequence[Any]) -> Response:
    """Return one page with the links to the others."""
    return json_answer(page_items(call.query, items), headers=links(call, len(items)))


def page_items(query: Mapping[str, str], items: Sequence[Any]) -> Sequence[Any]:
    """Return the items of the requested page."""
    size, page = _size(query), page_number(query)
    return items[(page - 1) * size : page * size]


def links(call: Call, number: int) -> dict[str, str]:
    """Return the Link header to the other pages of a list of `number` items."""
    page, last = page_number(call.query), max(1, -(-number // _size(call.query)))
    pages = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    for name in ("next", "last") if page >= last else ():
        del pages[name]
    for name in ("prev", "first") if page == 1 else ():
        del pages[name]
    entries = (f'<{call.page_url}?{urlencode({**call.query, "page": n})}>; rel="{name}"' for name, n in pages.items())
    return {"Link": ", ".join(entries)} if pages else {}


def page_number(query: Mapping[str, str]) -> int:
    """Return the number of the requested page."""
    return _number(query, "page", 1)


def _size(query: Mapping[str, str]) -> int:
    return min(_number(query, "per_page", 30), 100)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and int(value) > 0 else default
