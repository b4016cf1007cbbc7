"""Lay out the data on pages of a limited size: the main page, and a page for each service if the main page is too small."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from warehouse.dashboard.data import Heads
from warehouse.dashboard.evidence_pieces import evidence_pieces
from warehouse.dashboard.pieces import Piece, compress, stream
from warehouse.dashboard.series import DORA, OTHERS, number_pieces
from warehouse.dashboard.string_table import clipped
from warehouse.report.model import Evidence, Report

RESERVED = 6
"""A sixth of the main page is reserved for evidence, even if the numbers alone could fill it."""
_HEAD = 3
"""At most a third of a page is for the lists that are neither numbers nor evidence."""
_BASE = 2
"""At most half of a further page of a service repeats the numbers of the whole service."""
_PIECE = 8
"""A piece takes at most this part of a page, so that little of a page stays empty."""
_SLACK = 500
"""Bytes by which a head may grow when the counts in it change."""
PAGE_NAME = re.compile(r"[a-z0-9-]{0,40}-[0-9a-f]{16}(-\d+)?\.html")
"""The names of the pages of services."""


class ServicePage(NamedTuple):
    """A page of a service, which may have several."""

    service: str
    name: str
    """Its file."""
    pieces: list[Piece]

    def entry(self, folder: str) -> tuple[str, int | None, int | None]:
        """Return its address and when its evidence happened, from the oldest to the newest."""
        spans = [piece.span for piece in self.pieces if piece.span]
        oldest = min((span[0] for span in spans), default=None)
        return quote(folder + self.name), oldest, max((span[1] for span in spans), default=None)


class Layout:
    """The data of all pages, each of at most `room` bytes of compressed data."""

    def __init__(self, report: Report, evidence: Iterable[Evidence], room: int, *, folder: str = "") -> None:
        """Compress numbers and evidence, and decide what is where; without a folder there is only the main page."""
        self._room = room
        self._folder = folder
        self._heads = Heads(report)
        self._pieces = [*number_pieces(report, room // _PIECE), *evidence_pieces(report, evidence, room // _PIECE)]
        self._services = self._by_activity()
        self._pages: dict[str, list[ServicePage]] = {}
        self._main = self._main_pieces()
        if folder and len(self._main) < len(self._pieces):
            pieces: dict[str, list[Piece]] = defaultdict(list)
            for piece in self._pieces:
                pieces[piece.service].append(piece)
            self._pages = {service: list(self._service_pages(service, pieces[service])) for service in self._services}
            self._main = self._main_pieces()

    def main(self) -> bytes:
        """Return the data of the main page."""
        return self._main_data(self._main)

    def service_pages(self, main_page: str) -> Iterator[tuple[str, bytes]]:
        """Yield the name and the data of each page of a service; `main_page` is the main page's file."""
        for service, pages in self._pages.items():
            whole = list({id(piece): piece for page in pages for piece in page.pieces}.values())
            entries = [(clipped(service), [page.entry("") for page in pages])]
            for page in pages:
                links = {"main_page": f"../{quote(main_page)}", "pages": entries, "this_page": page.name}
                yield page.name, self._data(links, page.pieces, whole, service)

    def _by_activity(self) -> list[str]:
        """Return the services, the one with most evidence first."""
        items: Counter[str] = Counter()
        for piece in self._pieces:
            items[piece.service] += piece.items
        return sorted(items, key=lambda service: (-items[service], service))

    def _main_pieces(self) -> list[Piece]:
        """Return the pieces of the main page: numbers before evidence, and of each service the newest in turn."""
        room = self._room - len(self._main_data([])) * 11 // 10 - _SLACK
        numbers = [piece for piece in self._in_turn() if not piece.items]
        evidence = [piece for piece in self._in_turn() if piece.items]
        reserved = min(_size(evidence), room // RESERVED)
        chosen = _fitting(numbers, room - reserved)
        return chosen + _fitting(evidence, room - _size(chosen))

    def _in_turn(self) -> list[Piece]:
        activity = {service: rank for rank, service in enumerate(self._services)}
        turns: Counter[tuple[str, int]] = Counter()
        keys = {}
        for at, piece in enumerate(self._pieces):
            turns[piece.service, piece.rank] += 1
            keys[at] = (piece.rank, turns[piece.service, piece.rank], activity[piece.service])
        return [self._pieces[at] for at in sorted(keys, key=lambda at: keys[at])]

    def _main_data(self, chosen: list[Piece]) -> bytes:
        pages = [(clipped(service), [page.entry(self._folder) for page in of]) for service, of in self._pages.items()]
        return self._data({"main_page": None, "pages": pages}, chosen, self._pieces)

    def _service_pages(self, service: str, pieces: list[Piece]) -> Iterator[ServicePage]:
        """Yield the pages of a service: all numbers, then its evidence, the newest first."""
        ordered = sorted(pieces, key=lambda piece: (bool(piece.items), piece.rank if not piece.items else 0))
        base = [piece for piece in ordered if piece.rank in (DORA, OTHERS)]
        room = self._room - len(self._data({}, [], [], service)) * 11 // 10 - _SLACK
        base = base if _size(base) <= room // _BASE else []
        page: list[Piece] = []
        number = 1
        for piece in ordered:
            if page and _size(page) + len(piece.content) > room:
                yield ServicePage(service, _name(service, number), page)
                number += 1
                page = [*base]
            page.append(piece)
        yield ServicePage(service, _name(service, number), page)

    def _data(
        self, links: dict[str, Any], chosen: list[Piece], whole: list[Piece], service: str | None = None
    ) -> bytes:
        """Return the data of a page with these pieces out of the whole."""
        omitted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        there = {id(piece) for piece in chosen}
        for piece in whole:
            if id(piece) not in there:
                omitted[clipped(piece.service)][0] += piece.numbers
                omitted[clipped(piece.service)][1] += piece.items
        with_numbers = {piece.service for piece in chosen if piece.numbers}
        head = {
            **self._heads.fields(self._room // _HEAD, service),
            **links,
            "omitted_of": omitted,
            "omitted": {
                "numbers": sum(numbers for numbers, _ in omitted.values()),
                "services": len({piece.service for piece in whole if piece.numbers} - with_numbers),
                "evidence": sum(items for _, items in omitted.values()),
            },
        }
        return stream([compress("head", "", head), *(piece.content for piece in chosen)])


def _fitting(pieces: list[Piece], room: int) -> list[Piece]:
    """Return the pieces that fit, in their order; one that is too large gives way to a smaller one."""
    chosen = []
    for piece in pieces:
        if len(piece.content) <= room:
            chosen.append(piece)
            room -= len(piece.content)
    return chosen


def _size(pieces: Iterable[Piece]) -> int:
    return sum(len(piece.content) for piece in pieces)


def _name(service: str, number: int) -> str:
    """Return a file name that no other service has on any file system, also one that ignores case."""
    words = re.sub(r"[^a-z0-9]+", "-", service.lower())[:40]
    digest = hashlib.sha256(service.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{words}-{digest}{f'-{number}' if number > 1 else ''}.html"
