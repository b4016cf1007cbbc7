import json

from tests.unit.warehouse.hostile_report import HOSTILE, hostile
from tests.unit.warehouse.sample_report import evidence, report
from warehouse.report import as_json
from warehouse.report.links import links
from warehouse.report.model import Evidence, Report
from warehouse.report.trends import trends


def test_every_field_has_its_name_as_key() -> None:
    document = json.loads(as_json.render(report()))
    assert list(document) == ["schema", *Report._fields, "default_period", "trends", "totals", "reasons"]
    assert document["schema"] == 1
    assert document["numbers"] == [number._asdict() for number in report().numbers]
    assert document["ledger"][-4]["missing"] == [delivery._asdict() for delivery in report().ledger[-4].missing]
    assert document["records"] == report().records


def test_the_period_shown_first_and_the_trends_are_in_it() -> None:
    document = json.loads(as_json.render(report()))
    assert document["default_period"] == {
        "kind": "quarter",
        "latest": next(period._asdict() for period in report().periods if period.name == "2026-Q3"),
        "previous": next(period._asdict() for period in report().periods if period.name == "2026-Q2"),
        "is_over": True,
    }
    found = trends(report())
    assert document["trends"] == [{**key._asdict(), **trend._asdict()} for key, trend in found.items()]
    assert {entry["verdict"] for entry in document["trends"]} > {"usual", "too_few"}


def test_the_same_report_gives_the_same_bytes() -> None:
    assert as_json.render(report()) == as_json.render(report()._replace())


def test_unknown_is_null_and_so_is_what_is_no_number() -> None:
    first, second = (report().numbers[0]._replace(value=value) for value in (None, float("nan")))
    document = json.loads(as_json.render(report()._replace(numbers=(first, second))))
    assert [item["value"] for item in document["numbers"]] == [None, None]


def test_evidence_is_a_list_of_objects_with_their_links() -> None:
    items = [item._replace(host="github.com", number=7) for item in evidence()[:3]]
    document = json.loads(as_json.evidence(items, "https://github.com/o/data/blob/main/"))
    assert document["schema"] == 1
    for item, row in zip(items, document["evidence"], strict=True):
        found = row.pop("links")
        assert (list(row), row) == (list(Evidence._fields), item._asdict())
        assert found == links(item, "https://github.com/o/data/blob/main/")._asdict()
        assert found["pull_request"] == f"https://github.com/{item.repository}/pull/7"
        assert found["record"] == f"https://github.com/o/data/blob/main/{item.path}"


def test_any_text_round_trips() -> None:
    assert json.loads(as_json.render(hostile()[0]))["source"] == HOSTILE
