import csv
import io

import pytest

from tests.unit.warehouse.hostile_report import hostile
from tests.unit.warehouse.sample_report import evidence, report
from warehouse.report import as_csv
from warehouse.report.links import Links, links
from warehouse.report.model import Evidence


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def cells(text: str) -> dict[str, str]:
    """Return the first row by the names of the columns."""
    header, first, *_ = rows(text)
    return dict(zip(header, first, strict=True))


def test_each_number_is_a_row() -> None:
    header, *table = rows(as_csv.render(report()))
    assert tuple(header) == as_csv.COLUMNS
    assert len(table) == len(report().numbers)
    of = report().numbers[0]
    assert dict(zip(header, table[0], strict=True)) == {
        "measure": "change_fail_rate",
        "unit": "share",
        "statistic": "mean",
        "service": "checkout",
        "team": "Payments",
        "repository": "",
        "environment": "production",
        "kind": "week",
        "period": "2026-W23",
        "starts_on": "2026-06-01",
        "value": str(of.value),
        "known": str(of.known),
        "items": str(of.items),
        "inferred": "0",
        "p75": "",
        "p90": "",
        "p95": "",
        "time_zone": "UTC",
    }


def test_unknown_is_empty_and_never_zero() -> None:
    unknown = report()._replace(numbers=(report().numbers[0]._replace(value=None, known=0),))
    row = cells(as_csv.render(unknown))
    assert (row["value"], row["known"], row["items"]) == ("", "0", str(report().numbers[0].items))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1"])  # noqa: RUF001 (a full-width sign)
def test_text_that_a_spreadsheet_would_run_has_a_quote_before_it(text: str) -> None:
    result = report()._replace(numbers=(report().numbers[0]._replace(service=text),))
    assert rows(as_csv.render(result))[1][3] == f"'{text}"


@pytest.mark.parametrize("text", ["\t=1", "\r=1"])
def test_a_control_character_does_not_hide_a_formula(text: str) -> None:
    result = report()._replace(numbers=(report().numbers[0]._replace(service=text),))
    assert rows(as_csv.render(result))[1][3] == "'�=1"


def test_a_negative_number_stays_a_number() -> None:
    result = report()._replace(numbers=(report().numbers[0]._replace(value=-5.0),))
    assert cells(as_csv.render(result))["value"] == "-5.0"


def test_inferred_values_and_percentiles_have_columns_of_their_own() -> None:
    number = report().numbers[0]._replace(known=12, inferred=3, items=20, p75=5.5, p90=7.5)
    row = cells(as_csv.render(report()._replace(numbers=(number,))))
    names = ("known", "inferred", "items", "p75", "p90", "p95")
    assert [row[name] for name in names] == ["12", "3", "20", "5.5", "7.5", ""]


def test_quotes_commas_and_lines_in_a_text_stay_in_its_cell() -> None:
    result = report()._replace(numbers=(report().numbers[0]._replace(service='a "b", c\nd'),))
    assert rows(as_csv.render(result))[1][3] == 'a "b", c\nd'


def test_evidence_has_a_column_for_each_field_and_link() -> None:
    item = evidence()[0]._replace(host="github.com", number=7)
    header, row = rows(as_csv.evidence([item], "https://github.com/o/data/blob/main/"))
    assert header == [*Evidence._fields, *(f"{name}_url" for name in Links._fields)]
    cells = (*item, *links(item, "https://github.com/o/data/blob/main/"))
    assert row == [str(cell) if cell is not None else "" for cell in cells]


def test_any_text_can_be_written_and_read() -> None:
    assert len(rows(as_csv.render(hostile()[0]))) == len(hostile()[0].numbers) + 1
