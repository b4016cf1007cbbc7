import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from runtimes.local.cron import parse

SCHEDULES = json.loads((Path(__file__).parents[4] / "terraform" / "schedules.json").read_text())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "after", "following"),
    [
        ("41 * * * *", "2026-12-01T10:40:59", "2026-12-01T10:41:00"),
        ("41 * * * *", "2026-12-01T10:41:00", "2026-12-01T11:41:00"),
        ("41 * * * *", "2026-12-31T23:41:30", "2027-01-01T00:41:00"),
        ("37 4 * * *", "2026-12-01T04:37:00", "2026-12-02T04:37:00"),
        ("27 3 * * SUN,WED", "2026-12-01T12:00:00", "2026-12-02T03:27:00"),  # a Tuesday, then Wednesday
        ("27 3 * * SUN,WED", "2026-12-02T03:27:00", "2026-12-06T03:27:00"),
        ("0 9 * * MON-FRI", "2026-12-04T09:00:00", "2026-12-07T09:00:00"),
        ("*/20 8-9 * * *", "2026-12-01T08:25:00", "2026-12-01T08:40:00"),
        ("*/20 8-9 * * *", "2026-12-01T09:41:00", "2026-12-02T08:00:00"),
        ("10-30/10 0 * * *", "2026-12-01T00:10:00", "2026-12-01T00:20:00"),
        ("0 0 31 * *", "2026-11-01T00:00:00", "2026-12-31T00:00:00"),
        ("0 0 29 2 *", "2096-03-01T00:00:00", "2104-02-29T00:00:00"),  # 2100 is no leap year
    ],
)
def test_the_following_time_is_that_of_crontab(expression: str, after: str, following: str) -> None:
    assert parse(expression).following(at(after)) == at(following)


@pytest.mark.parametrize("job", SCHEDULES)
def test_every_schedule_of_ours_has_the_times_of_its_fields(job: str) -> None:
    """Compared with every minute of eight days, which are looked at one by one."""
    cron = parse(SCHEDULES[job]["cron"])
    start = at("2026-12-01T00:00:00")
    minutes = (start + timedelta(minutes=number) for number in range(1, 8 * 24 * 60))
    minute, hour, *_, weekday = SCHEDULES[job]["cron"].split()
    expected = [
        time
        for time in minutes
        if time.minute == int(minute)
        and hour in ("*", str(time.hour))
        and (weekday == "*" or time.strftime("%a").upper() in weekday.split(","))
    ]
    times = [start]
    while len(times) <= len(expected):
        times.append(cron.following(times[-1]))
    assert times[1:] == expected
    assert all(before < after for before, after in pairwise(times))


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "five fields"),
        ("* * * *", "five fields"),
        ("* * * * * *", "five fields"),
        ("60 * * * *", "must be within 0-59"),
        ("* 24 * * *", "must be within 0-23"),
        ("* * 0 * *", "must be within 1-31"),
        ("* * * 13 *", "must be within 1-12"),
        ("5-1 * * * *", "must be within"),
        ("*/0 * * * *", "arg 3 must not be zero"),
        ("-1 * * * *", "whole number"),
        ("1,,2 * * * *", "whole number"),
        ("² * * * *", "whole number"),
        ("* * * * 1", "not in tuple"),  # the clouds count differently
        ("* * * * sun", "not in tuple"),
        ("0 0 1 * MON", "not both"),
        ("0 0 30 2 *", "no date"),
        ("@daily", "five fields"),
    ],
)
def test_an_expression_that_a_cloud_would_read_otherwise_is_refused(expression: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(expression)
