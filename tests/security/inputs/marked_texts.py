"""Marks every text of a payload, and of GitHub's responses, so that each can be found again wherever it gets to."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fakes.github.response import Response
from fakes.github.server import FakeGitHub

HERE = "{mark}"
"""What a test writes where a text is to have its mark inside."""
MARK = re.compile(r"zq([0-9]+)z")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T")
_SHA = re.compile(r"[0-9a-f]{40}")
_ENUMERATED = frozenset(
    {
        *(
            "action",
            "state",
            "status",
            "conclusion",
            "type",
            "state_reason",
            "ref_type",
            "pusher_type",
            "__typename",
            "event",
        ),
        *("author_association", "mergeable_state", "visibility", "active_lock_reason", "object_type", "encoding"),
    }
)
"""GitHub's own words, which decide what an event is; nobody writes them."""
_IDENTITY = re.compile(r"(?:^|/)repository/(?:name|full_name|owner/login)$|^/(?:owner|repo)$|/nameWithOwner$")
"""The repository itself: it is read from GitHub under its name, which is recorded."""


class Marks:
    """The texts that were marked, each under a number of its own, by where they were."""

    def __init__(self) -> None:
        self.places: list[str] = []

    def mark(self, value: Any, place: str = "") -> Any:
        """Return a copy of parsed JSON whose texts end in their marks; of an address, of the part before the `@`, too."""
        if isinstance(value, dict):
            return {key: self.mark(item, f"{place}/{key}") for key, item in value.items()}
        if isinstance(value, list):
            return [self.mark(item, place) for item in value]
        name = place.rpartition("/")[2]
        if not isinstance(value, str) or name in _ENUMERATED or _IDENTITY.search(place):
            return value
        if _TIME.match(value) or _SHA.fullmatch(value):
            return value
        mark = f"zq{len(self.places)}z"
        self.places.append(place)
        value = value.replace(HERE, mark)
        return f"{mark}{value}-{mark}" if "@" in value or name in ("title", "body", "message") else f"{value}-{mark}"

    def found(self, value: Any, place: str = "") -> Iterator[tuple[str, str]]:
        """Yield where a mark is now, and where it came from."""
        if isinstance(value, dict):
            for key, item in value.items():
                yield from ((f"{place}/{key} (its name)", self.places[int(n)]) for n in MARK.findall(key))
                yield from self.found(item, f"{place}/{key}")
        elif isinstance(value, list):
            for item in value:
                yield from self.found(item, place)
        elif isinstance(value, str):
            yield from ((place, self.places[int(number)]) for number in MARK.findall(value))


class MarkedGitHub:
    """A fake GitHub whose responses are marked."""

    def __init__(self, fake: FakeGitHub, marks: Marks) -> None:
        self._fake, self._marks = fake, marks
        self.api_url = fake.api_url

    def answer(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes = b""
    ) -> Response:
        response = self._fake.answer(method, path, query, headers, body)
        if response.status != 200 or "json" not in response.headers.get("Content-Type", ""):
            return response
        marked = self._marks.mark(json.loads(response.body), "response")
        return response._replace(body=json.dumps(marked).encode())
