"""Values and their texts: sorted, each distinct value once, with the text that Python gives it."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.warehouse.sample_report import MEASURES
from warehouse.dashboard.value_table import ValueTable
from warehouse.report import formatting
from warehouse.report.model import COUNT, DURATION, PER_DAY, SHARE

OF_UNIT = {
    unit: next(measure for measure in MEASURES if measure.unit == unit) for unit in (DURATION, SHARE, PER_DAY, COUNT)
}
FLOATS = st.floats(-1e13, 1e13, allow_nan=False) | st.integers(-(10**12), 10**12).map(float)


@given(st.lists(FLOATS), st.sampled_from(list(OF_UNIT)))
def test_each_value_keeps_its_text(values: list[float], unit: str) -> None:
    measure = OF_UNIT[unit]
    table = ValueTable(((measure, value) for value in values), formatting.value)
    differences, runs = table.encoded().get(unit, ([], []))
    texts = [text for text, count in zip(runs[::2], runs[1::2], strict=True) for _ in range(int(count))]
    decoded = list(accumulate(differences))
    assert len(decoded) == len(texts) == len(set(values))
    for value in values:
        place = table.index(measure, value) - 1
        assert texts[place] == formatting.value(measure, value)
        assert decoded[place] / (1 if unit == DURATION else 1e6) == pytest.approx(value, abs=0.5, rel=1e-9)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_unknown(value: float | None) -> None:
    table = ValueTable([(MEASURES[0], value), (MEASURES[0], 1.0)], formatting.value)
    assert table.index(MEASURES[0], value) == 0
    assert table.encoded() == {DURATION: ([1], ["0 s", 1])}


def test_neighbours_share_their_text() -> None:
    values = [60_000.0 * 10 + step for step in range(1_000)]
    table = ValueTable(((MEASURES[0], value) for value in values), formatting.value)
    assert table.encoded()[DURATION][1] == ["10 min", 1_000]
