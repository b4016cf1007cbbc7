import json

from tests.unit.warehouse.hostile_report import HOSTILE, hostile
from tests.unit.warehouse.sample_report import evidence, report
from warehouse.report import as_json
from warehouse.report.model import Evidence, Report
from warehouse.report.trends import trends


def test_every_field_has_its_name_as_key() -> None:
    document = json.loads(as_json.render(report()))
    assert list(document) == ["schema", *Report._fields, "default_period", "trends"]
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


def test_evidence_is_a_list_of_objects() -> None:
    document = json.loads(as_json.evidence(evidence()[:3]))
    assert document == {"schema": 1, "evidence": [item._asdict() for item in evidence()[:3]]}
    assert list(document["evidence"][0]) == list(Evidence._fields)


def test_any_text_round_trips() -> None:
    assert json.loads(as_json.render(hostile()[0]))["source"] == HOSTILE
