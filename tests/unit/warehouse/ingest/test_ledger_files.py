"""Ledger files: their paths, and which of two files of a day is the later one."""

from datetime import date
from typing import Any

import pytest

from core.ledger import Day, Missing
from warehouse.ingest.ledger_files import LedgerFile, is_ledger

MISSING = Missing(1, "guid", "push", 500, "not accepted")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("_system/ledger/2026-11-24/octo-org.json", True),
        ("data/_system/ledger/2026-11-24/octo-org.json", True),
        ("_system/ledger/2026-11-24/a\nb.json", True),
        ("_system/ledger/2026-11-24/octo/org.json", False),
        ("_system/ledger/2026-11/octo-org.json", False),
        ("_system/ledger/2026-11-24/octo-org.jsonl", False),
        ("x_system/ledger/2026-11-24/octo-org.json", False),
        ("_system/receipts/2026-11-24/octo-org.json", False),
        ("octo-org/hello-world/review/1.json", False),
    ],
)
def test_a_ledger_is_recognised_by_its_path(path: str, expected: bool) -> None:  # noqa: FBT001 (a parameter)
    assert is_ledger(path) is expected


def ledger(stored: int, *missing: Missing, sent: int = 5, owner: str = "octo-org") -> LedgerFile:
    counts: dict[str, Any] = dict.fromkeys(Day._fields, 0) | {"sent": sent, "stored": stored, "missing": missing}
    return LedgerFile(date(2026, 11, 24), "hook", owner, Day(**counts))


def test_the_file_with_more_stored_then_fewer_missing_is_the_later() -> None:
    ranked = [
        ledger(3),
        ledger(4, MISSING, MISSING._replace(guid="b")),
        ledger(4, MISSING),
        ledger(4),
        ledger(5, MISSING),
    ]
    assert [max(ranked[: n + 1], key=lambda file: file.rank) for n in range(len(ranked))] == ranked


def test_two_different_files_never_rank_equal() -> None:
    assert ledger(3, sent=5).rank != ledger(3, sent=6).rank
    assert ledger(3).rank != ledger(3, owner="other").rank
    assert ledger(3).rank == ledger(3).rank
