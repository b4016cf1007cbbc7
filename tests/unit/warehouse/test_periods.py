from itertools import pairwise

import pytest

from tests.unit.warehouse.scenarios import DAY, HOUR, NOW, at
from warehouse.periods import PERIOD_COUNTS, PeriodError, days, named, recent
from warehouse.report.model import Period


def test_recent_returns_26_weeks_12_months_8_quarters_oldest_first() -> None:
    periods = recent(NOW)
    for kind, many in PERIOD_COUNTS.items():
        of_kind = [period for period in periods if period.kind == kind]
        assert len(of_kind) == many
        assert all(one.ends_at == next_one.starts_at for one, next_one in pairwise(of_kind))
        assert of_kind[-1].starts_at <= NOW < of_kind[-1].ends_at
    assert [
        periods[0].name,
        periods[25].name,
        periods[26].name,
        periods[37].name,
        periods[38].name,
        periods[45].name,
    ] == [
        "2026-W23",
        "2026-W48",
        "2025-12",
        "2026-11",
        "2025-Q1",
        "2026-Q4",
    ]


@pytest.mark.parametrize("moment", [at(23), at(30) - 1])
def test_a_period_has_its_first_moment_and_not_that_of_the_next(moment: int) -> None:
    assert recent(moment, {"week": 1}) == (Period("week", "2026-W48", at(23), at(30)),)


def test_a_week_is_of_the_year_that_has_its_thursday() -> None:
    # 2027 begins on a Friday: that week is still the 53rd of 2026.
    new_year = at(62)
    assert recent(new_year, {"week": 1}) == (Period("week", "2026-W53", new_year - 4 * DAY, new_year + 3 * DAY),)


@pytest.mark.parametrize("name", ["2026-W47", "2026-W53", "2026-11", "2026-12", "2026-Q1", "2026-Q4"])
def test_a_period_is_looked_up_by_name(name: str) -> None:
    period = named(name)
    assert period.name == name
    assert recent(period.starts_at, {period.kind: 1}) == recent(period.ends_at - 1, {period.kind: 1}) == (period,)


@pytest.mark.parametrize(
    "name", ["", "2026", "2026-W54", "2026-W00", "2026-13", "2026-Q5", "2026-Q0", "0000-W01", "yesterday"]
)
def test_what_is_no_period_is_refused(name: str) -> None:
    with pytest.raises(PeriodError, match="is no period: name one as 2026-W47, 2026-11 or 2026-Q4"):
        named(name)


def test_a_running_period_counts_only_the_days_that_have_begun() -> None:
    week = named("2026-W48")
    day_counts = [days(week, now) for now in (at(1), at(23), at(23) + 1, at(24), at(24) + HOUR, at(30), at(60))]
    assert day_counts == [1, 1, 1, 1, 2, 7, 7]
