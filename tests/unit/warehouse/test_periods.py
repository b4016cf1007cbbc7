from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tests.unit.warehouse.scenarios import DAY, HOUR, NOW, at
from warehouse.periods import PERIOD_COUNTS, PeriodError, days, named, recent, whole
from warehouse.report.model import Period


def test_recent_returns_26_weeks_14_months_and_quarters_oldest_first() -> None:
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
        periods[39].name,
        periods[40].name,
        periods[53].name,
    ] == [
        "2026-W23",
        "2026-W48",
        "2025-10",
        "2026-11",
        "2023-Q3",
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


def utc(text: str) -> int:
    """Return the UNIX ms of a time in UTC."""
    return round(datetime.fromisoformat(f"{text}+00:00").timestamp() * 1000)


ZONES = [
    # The clocks of Berlin go forward on 2026-03-29 and back on 2026-10-25, at 01:00 UTC.
    ("Europe/Berlin", "2026-W13", "2026-03-22T23:00", "2026-03-29T22:00"),
    ("Europe/Berlin", "2026-W43", "2026-10-18T22:00", "2026-10-25T23:00"),
    ("Europe/Berlin", "2026-03", "2026-02-28T23:00", "2026-03-31T22:00"),
    ("Europe/Berlin", "2026-Q4", "2026-09-30T22:00", "2026-12-31T23:00"),
    ("Europe/Berlin", "2026-W53", "2026-12-27T23:00", "2027-01-03T23:00"),
    ("America/Los_Angeles", "2026-11", "2026-11-01T07:00", "2026-12-01T08:00"),
    ("Asia/Kathmandu", "2026-W48", "2026-11-22T18:15", "2026-11-29T18:15"),
    ("Pacific/Auckland", "2026-Q1", "2025-12-31T11:00", "2026-03-31T11:00"),
    # In Sao Paulo 2018-11-04 began at 01:00, and in Havana 2020-11-01 has midnight twice.
    ("America/Sao_Paulo", "2018-W44", "2018-10-29T03:00", "2018-11-05T02:00"),
    ("America/Havana", "2020-11", "2020-11-01T04:00", "2020-12-01T05:00"),
]


@pytest.mark.parametrize(
    ("zone", "name", "starts", "ends"), ZONES, ids=[f"{zone} {name}" for zone, name, _, _ in ZONES]
)
def test_a_period_of_a_zone_follows_its_clocks(zone: str, name: str, starts: str, ends: str) -> None:
    period = named(name, ZoneInfo(zone))
    assert (period.name, period.starts_at, period.ends_at) == (name, utc(starts), utc(ends))
    for moment in (period.starts_at, period.ends_at - 1, (period.starts_at + period.ends_at) // 2):
        assert recent(moment, {period.kind: 1}, ZoneInfo(zone)) == (period,)


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/Havana", "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo", "Asia/Kathmandu"]
)
@pytest.mark.parametrize("now", ["2020-11-01T05:30", "2026-03-29T22:00", "2012-02-01T00:00", "2019-01-01T02:59"])
def test_the_periods_of_a_zone_have_no_gap(zone: str, now: str) -> None:
    periods = recent(utc(now), zone=ZoneInfo(zone))
    for kind, many in PERIOD_COUNTS.items():
        of_kind = [period for period in periods if period.kind == kind]
        assert len({period.name for period in of_kind}) == many
        assert all(one.ends_at == next_one.starts_at for one, next_one in pairwise(of_kind))
        assert of_kind[-1].starts_at <= utc(now) < of_kind[-1].ends_at
        assert [named(period.name, ZoneInfo(zone)) for period in of_kind] == of_kind


def test_a_day_with_midnight_twice_begins_at_the_first() -> None:
    second_midnight = utc("2020-11-01T05:30")
    assert recent(second_midnight, {"month": 1}, ZoneInfo("America/Havana"))[0].starts_at == utc("2020-11-01T04:00")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-10-18T22:00", 1),
        ("2026-10-18T22:01", 1),
        ("2026-10-19T22:01", 2),
        ("2026-10-25T22:59", 7),
        ("2026-11-09T00:00", 7),
    ],
)
def test_a_week_of_169_hours_has_seven_days(now: str, expected: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert days(named("2026-W43", berlin), utc(now), berlin) == expected


def test_periods_that_began_before_the_first_record_are_not_whole() -> None:
    periods = recent(NOW)
    week = next(period for period in periods if period.kind == "week")
    assert whole(periods, week.starts_at)[0] == week
    kept = whole(periods, week.starts_at + 1)
    assert week not in kept
    assert {period.kind for period in kept} == set(PERIOD_COUNTS)
    assert all(period.starts_at > week.starts_at for period in kept)
    assert whole(periods, 0) == periods
    assert [period.kind for period in whole(periods, NOW + DAY)] == ["week"]
