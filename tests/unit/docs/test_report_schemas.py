import json
from functools import cache
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator

from docs import report_schemas
from tests import report_schema
from tests.unit.warehouse.hostile_report import hostile
from tests.unit.warehouse.sample_report import empty, evidence, report
from warehouse.report import as_json
from warehouse.report.model import Evidence, Report

REPORTS = {"sample": report, "empty": empty, "hostile": lambda: hostile()[0]}


@cache
def short_report() -> str:
    """Return the sample's report with ten of its thousands of numbers and trends, which are each of one schema."""
    document = json.loads(as_json.render(report()))
    return json.dumps(document | {name: document[name][:10] for name in ("numbers", "trends")})


@pytest.mark.parametrize("name", ["report", "evidence"])
def test_a_schema_is_valid_and_has_the_number_of_the_format(name: str) -> None:
    schema = report_schema.published(name)
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema"]["const"] == as_json.SCHEMA


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_has_the_fields_of_the_schema_and_no_other(name: str) -> None:
    assert report_schema.problems("report", as_json.render(REPORTS[name]())) == []


@pytest.mark.parametrize("items", [evidence()[:200], hostile()[1]], ids=["sample", "hostile"])
def test_evidence_has_the_fields_of_the_schema_and_no_other(items: tuple[Evidence, ...]) -> None:
    assert report_schema.problems("evidence", as_json.evidence(items, "https://github.com/o/data/blob/main/")) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("numbers", 0, "value"), "3"),
        (("numbers", 0, "known"), None),
        (("trends", 0, "verdict"), "odd"),
        (("default_period", "is_over"), 1),
        (("periods", 0), {"kind": "week"}),
        (("schema",), 2),
        (("records", "deployment"), 0.5),
    ],
)
def test_a_wrong_value_is_found(path: tuple[Any, ...], value: object) -> None:
    assert report_schema.problems("report", short_report()) == []
    document = json.loads(short_report())
    place: Any = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    assert report_schema.problems("report", json.dumps(document)) != []


def test_every_field_of_a_report_is_required() -> None:
    assert {*Report._fields} < {*report_schemas.report()["required"]}
    document = json.loads(as_json.render(report()))
    del document["numbers"]
    assert report_schema.problems("report", json.dumps(document)) == ["$: 'numbers' is a required property"]


def test_a_field_without_a_json_type_is_an_error() -> None:
    class Odd(NamedTuple):
        when: complex

    with pytest.raises(TypeError, match=r"complex.* has no JSON Schema"):
        report_schemas._fields(Odd, {})


def test_a_pair_has_exactly_two_items_of_their_types() -> None:
    class Pairs(NamedTuple):
        pair: tuple[str, int]

    valid = Draft202012Validator(report_schemas._fields(Pairs, {})["pair"]).is_valid
    assert [valid(of) for of in (["a", 1], ["a", "b"], ["a"], ["a", 1, 2])] == [True, False, False, False]
