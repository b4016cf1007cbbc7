"""Evidence waits compressed, by service and quarter."""

from tests.unit.warehouse.sample_report import evidence, periods
from warehouse.dashboard.evidence_spool import UNDATED, EvidenceSpool
from warehouse.report.model import Evidence

QUARTERS = [period for period in periods() if period.kind == "quarter"]
ITEM = Evidence("m", "s", "o/r", "", None, "i", None, None, None, None)


def test_every_item_comes_back_once_and_as_it_was() -> None:
    spool = EvidenceSpool(iter(evidence()), QUARTERS)
    found = [item for key in list(spool.quarters()) for item in spool.take(*key)]
    assert sorted(found, key=str) == sorted(evidence(), key=str)
    assert list(spool.quarters()) == []


def test_items_are_of_the_quarter_in_which_they_happened() -> None:
    spool = EvidenceSpool(evidence(), QUARTERS)
    for service, quarter in list(spool.quarters()):
        period = QUARTERS[quarter]
        items = spool.take(service, quarter)
        assert {item.service for item in items} == {service}
        assert all(period.starts_at <= (item.at or 0) < period.ends_at for item in items)


def test_the_order_of_a_quarter_is_kept_over_many_chunks() -> None:
    items = [ITEM._replace(at=QUARTERS[0].starts_at, item=str(index)) for index in range(1_000)]
    assert EvidenceSpool(items, QUARTERS).take("s", 0) == items


def test_an_item_without_a_time_has_no_quarter() -> None:
    early = ITEM._replace(at=QUARTERS[0].starts_at - 1)
    assert EvidenceSpool([ITEM, early], QUARTERS).take("s", UNDATED) == [ITEM, early]
    assert EvidenceSpool([ITEM], []).take("s", UNDATED) == [ITEM]


def test_the_newest_quarter_of_a_service_comes_first() -> None:
    items = [ITEM._replace(at=quarter.starts_at) for quarter in QUARTERS]
    quarters = [quarter for _, quarter in EvidenceSpool(items, QUARTERS).quarters()]
    assert quarters == sorted(quarters, reverse=True)
