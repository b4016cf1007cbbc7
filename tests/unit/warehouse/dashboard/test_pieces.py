"""Pieces are compressed once, and one stream in any order."""

import zlib
from itertools import permutations

import pytest

from warehouse.dashboard.pieces import Piece, compress, split, stream

LINES = [("head", "", {"a": 1}, None), ("numbers", "s\t\n", ["x" * 400], None), ("evidence", "é", None, (1, 2))]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_pieces_in_any_order_are_one_stream(order: tuple[int, ...]) -> None:
    decoder = zlib.decompressobj(-15)
    text = decoder.decompress(stream([compress(*LINES[at]) for at in order])).decode()
    assert (decoder.eof, decoder.unused_data) == (True, b"")
    assert [line.split("\t")[0] for line in text.splitlines()] == [LINES[at][0] for at in order]


def test_tabs_and_line_breaks_in_texts_are_escaped() -> None:
    text = zlib.decompress(stream([compress(*LINES[1])]), -15).decode()
    assert text == 'numbers\t"s\\t\\n"\tnull\t["' + "x" * 400 + '"]\n'


@pytest.mark.parametrize(("limit", "pieces"), [(8, 1), (7, 2), (3, 4), (1, 8), (0, 8)])
def test_a_piece_that_is_too_large_becomes_several_in_order(limit: int, pieces: int) -> None:
    found = list(split(list(range(8)), lambda parts: Piece("s", 0, bytes(parts)), limit))
    assert (b"".join(piece.content for piece in found), len(found)) == (bytes(range(8)), pieces)
