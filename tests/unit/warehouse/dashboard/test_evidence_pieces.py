"""The evidence in columns."""

from tests.dashboard_data import stream_data
from tests.unit.warehouse.sample_report import evidence, periods, report
from warehouse.dashboard.evidence_pieces import OLDER, RECENT, evidence_pieces
from warehouse.dashboard.pieces import compress, stream
from warehouse.report.model import Evidence

HEAD = compress("head", "", {"measures": [measure._asdict() for measure in report().measures]})
QUARTERS = [period for period in periods() if period.kind == "quarter"]
ITEM = Evidence("releases", "s", "o/r", "", QUARTERS[0].starts_at, "i", 1.0, None, "o/r/m/1", "t/o/r/m/1.json")


def test_the_last_two_quarters_are_placed_before_the_rest() -> None:
    for piece in evidence_pieces(report(), evidence(), 10**6):
        assert piece.span is not None
        assert piece.rank == (RECENT if piece.span[0] >= QUARTERS[-2].starts_at else OLDER)


def test_a_small_limit_makes_more_pieces_of_the_same_items() -> None:
    few, many = (list(evidence_pieces(report(), evidence(), limit)) for limit in (10**6, 1_500))
    assert max(len(piece.content) for piece in many) <= 1_500 < max(len(piece.content) for piece in few)
    found = [stream_data(stream([HEAD, *(piece.content for piece in pieces)])).evidence for pieces in (few, many)]
    assert sorted(map(str, found[0])) == sorted(map(str, found[1]))
    assert len(found[0]) == len(evidence())


def test_the_span_is_when_the_items_happened() -> None:
    times = [QUARTERS[0].starts_at + offset for offset in (5, 0, 9)]
    [piece] = evidence_pieces(report(), [ITEM._replace(at=time) for time in times], 10**6)
    assert piece.span == (min(times), max(times))
    [undated] = evidence_pieces(report(), [ITEM._replace(at=None)], 10**6)
    assert undated.span is None


def test_paths_come_back_whatever_their_names() -> None:
    paths = [
        ("o/r/m/1", "t/1.json"),
        ("o/r/m/1", "t/other.json"),
        (None, "x.json"),
        ("x", None),
        ("", ""),
        ("a/", "/b"),
    ]
    items = [ITEM._replace(record_id=record_id, path=path, item=str(at)) for at, (record_id, path) in enumerate(paths)]
    [piece] = evidence_pieces(report(), items, 10**6)
    rows = stream_data(stream([HEAD, piece.content])).evidence
    assert [(row["record_id"], row["path"]) for row in sorted(rows, key=lambda row: row["item"])] == paths
