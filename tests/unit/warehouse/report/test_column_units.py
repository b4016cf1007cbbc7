import pytest

from tests.unit.warehouse.sample_report import MEASURES
from warehouse.report.column_units import column_unit, in_unit
from warehouse.report.model import Number

BY_UNIT = {measure.unit: measure for measure in MEASURES}
HOUR = 3_600_000


def number(value: float | None, items: int = 1) -> Number:
    return Number("m", "s", "", "", "week", "2026-W47", value, items, items)


@pytest.mark.parametrize(
    ("unit", "values", "name"),
    [
        ("duration", [HOUR, 3 * HOUR, 40 * HOUR], "h"),
        ("duration", [30 * HOUR, 50 * HOUR, 0, None], "d"),
        ("duration", [500], "s"),
        ("duration", [], "d"),
        ("per_day", [3, 0.1, 2], "a day"),
        ("per_day", [0.2, 0.3], "a week"),
        ("per_day", [0.00001], "a year"),
        ("share", [0.004], "%"),
        ("count", [7], ""),
    ],
)
def test_a_column_has_the_unit_of_its_median_value(unit: str, values: list[float | None], name: str) -> None:
    assert column_unit(BY_UNIT[unit], values).name == name


def test_a_small_value_in_a_column_is_not_zero() -> None:
    hours = column_unit(BY_UNIT["duration"], [HOUR])
    assert [in_unit(number(value), hours) for value in (0, 1_000, HOUR / 2, 2_000 * HOUR)] == [
        "0",
        "< 0.1",
        "0.5",
        "2,000",
    ]


def test_unknown_and_nothing_differ_in_a_column() -> None:
    hours = column_unit(BY_UNIT["duration"], [HOUR])
    assert in_unit(number(None), hours) == "unknown"
    assert in_unit(number(None, 0), hours) == in_unit(None, hours) == "–"  # noqa: RUF001 (the dash that is shown)
