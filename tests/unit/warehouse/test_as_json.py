import json

from tests.unit.warehouse.hostile_report import HOSTILE, hostile
from tests.unit.warehouse.sample_report import evidence, report
from warehouse.report import as_json
from warehouse.report.model import Evidence, Report


def test_every_field_stands_under_its_name() -> None:
    told = json.loads(as_json.rendered(report()))
    assert list(told) == ["schema", *Report._fields]
    assert told["schema"] == 1
    assert told["numbers"] == [each._asdict() for each in report().numbers]
    assert told["ledger"][-4]["missing"] == [each._asdict() for each in report().ledger[-4].missing]
    assert told["records"] == report().records


def test_the_same_report_gives_the_same_bytes() -> None:
    assert as_json.rendered(report()) == as_json.rendered(report()._replace())


def test_unknown_is_null_and_so_is_what_is_no_number() -> None:
    first, second = (report().numbers[0]._replace(value=value) for value in (None, float("nan")))
    told = json.loads(as_json.rendered(report()._replace(numbers=(first, second))))
    assert [each["value"] for each in told["numbers"]] == [None, None]


def test_evidence_is_a_list_of_objects() -> None:
    told = json.loads(as_json.evidence(evidence()[:3]))
    assert told == {"schema": 1, "evidence": [each._asdict() for each in evidence()[:3]]}
    assert list(told["evidence"][0]) == list(Evidence._fields)


def test_any_text_comes_back_as_it_was() -> None:
    assert json.loads(as_json.rendered(hostile()[0]))["source"] == HOSTILE
