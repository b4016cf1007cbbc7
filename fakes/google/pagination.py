"""Paginates lists: https://cloud.google.com/apis/design/design_patterns#list_pagination."""

from collections.abc import Sequence
from typing import Any

from fakes.google.errors import Refused

_MOST = 1000


def page(items: Sequence[Any], request: Any) -> tuple[Sequence[Any], str]:
    """Return the page that a List…Request asks for, and the token of the next one; raises Refused."""
    if request.page_token and not request.page_token.isdecimal():
        raise Refused("INVALID_ARGUMENT", "The page token is invalid.")
    start = int(request.page_token or 0)
    end = start + (request.page_size or _MOST)
    return items[start:end], str(end) if end < len(items) else ""
