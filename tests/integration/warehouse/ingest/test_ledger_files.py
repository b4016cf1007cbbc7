import json
from datetime import date
from itertools import permutations
from typing import Any

import pytest

from tests.unit.warehouse.record_factory import Files, database, dumped, merged, one, rejects
from warehouse.database import open_database
from warehouse.ingest.merge import Merged

PATH = "_system/ledger/2026-11-23/octo-org-292430182.json"
MISSING = {
    "delivery_id": 12345,
    "guid": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    "event": "deployment",
    "status_code": 502,
    "reason": "not taken (502), and not recovered yet",
}
WRITTEN = {
    "hook": 292430182,
    "owner": "octo-org",
    "day": "2026-11-23",
    "sent": 10,
    "ignored": 3,
    "accepted": 6,
    "stored": 6,
    "recovered": 0,
    "failed": 1,
    "missing": [MISSING],
}
SETTLED = {**WRITTEN, "stored": 7, "recovered": 1, "missing": []}
ROW = (date(2026, 11, 23), "octo-org-292430182", "octo-org", 10, 3, 6, 6, 0, 1)


def text(document: Any) -> bytes:
    return (json.dumps(document) + "\n").encode()


def test_a_day_of_a_webhook_is_a_row_and_each_missing_delivery_too() -> None:
    with database({PATH: text(WRITTEN)}) as connection:
        assert one(connection, "FROM ledger") == ROW
        assert one(connection, "FROM ledger_missing") == (*ROW[:2], *MISSING.values())


@pytest.mark.parametrize("root", ["", "data/"])
def test_the_ledger_is_read_with_or_without_a_root(root: str) -> None:
    with database({f"data/{PATH}": text(WRITTEN)}, root=root) as connection:
        assert one(connection, "FROM ledger") == ROW


def test_a_later_settlement_replaces_missing_deliveries() -> None:
    store = Files({PATH: text(WRITTEN)})
    with database(store) as connection:
        store.put({PATH: text(SETTLED)})
        assert merged(connection, store) == Merged(1, 0, 0)
        assert one(connection, "SELECT stored, recovered FROM ledger") == (7, 1)
        assert connection.execute("FROM ledger_missing").fetchall() == []


def test_the_latest_ledger_of_a_day_stays_in_any_order_of_sources() -> None:
    less = {**WRITTEN, "missing": []}
    seen = []
    for order in permutations((WRITTEN, SETTLED, less)):
        with open_database(":memory:") as connection:
            for index, document in enumerate(order):
                merged(connection, {PATH: text(document)}, name=str(index))
            seen.append(dumped(connection))
    assert seen[0]["main.ledger"] == [(*ROW[:6], 7, 1, 1)]
    assert all(item == seen[0] for item in seen)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({**WRITTEN, "day": "2026-11-22"}, "no ledger: its day or its owner is another"),
        ({**WRITTEN, "owner": None}, "no ledger: its day or its owner is another"),
        ({**WRITTEN, "sent": "10"}, "no ledger: sent: not as it is written"),
        ({**WRITTEN, "sent": -1}, "no ledger: sent: not as it is written"),
        ({**WRITTEN, "sent": 2**63}, "no ledger: sent: not as it is written"),
        ({**WRITTEN, "missing": None}, "no ledger"),
        ({**WRITTEN, "missing": [{**MISSING, "guid": 7}]}, "no ledger: guid: not as it is written"),
        ({"day": "2026-11-23"}, "no ledger"),
        ([], "no ledger"),
    ],
)
def test_what_is_no_ledger_is_a_reject_with_its_reason(document: Any, reason: str) -> None:
    with database({PATH: text(document)}) as connection:
        assert (rejects(connection), one(connection, "SELECT count(*) FROM ledger")) == ({PATH: reason}, (0,))


def test_a_day_that_is_no_day_is_a_reject() -> None:
    path = PATH.replace("2026-11-23", "2026-13-45")
    with database({path: text({**WRITTEN, "day": "2026-13-45"})}) as connection:
        assert rejects(connection) == {path: "no ledger: month must be in 1..12"}


def test_an_incomplete_ledger_is_a_reject_alone() -> None:
    other = PATH.replace("292430182", "7")
    with database({PATH: text(WRITTEN)[:80], other: text(WRITTEN)}) as connection:
        assert list(rejects(connection)) == [PATH]
        assert one(connection, "SELECT webhook FROM ledger") == ("octo-org-7",)


def test_a_delivery_that_is_named_twice_is_missing_once() -> None:
    with database({PATH: text({**WRITTEN, "missing": [MISSING, MISSING]})}) as connection:
        assert one(connection, "SELECT count(*) FROM ledger_missing") == (1,)
