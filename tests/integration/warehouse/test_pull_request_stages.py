"""The stages of a pull request's lead time, with manually computed results (hours)."""

import pytest

from core.metrics._timeline import Timeline
from tests.unit.warehouse.scenarios import HOUR, RecordSpec, at, commit, items, pull_request, success

FIRST = success(1, at(2, "09:00"), "a", first=True)
DEPLOYED = success(2, at(3, "16:00"), "s7", commit("s7", at(3, "14:00"), number=7))
NAME = f"1007-{at(3, '14:00')}"
STAGES = ("coding", "waiting_for_review", "in_review", "waiting_for_merge", "waiting_for_deployment")
NOTHING = Timeline(None, None, None, None, None, None, is_merged_by_queue=False)


def merged(timeline: Timeline | None) -> list[RecordSpec]:
    """Return a pull request of 08:00, opened at 09:00 and merged at 14:00."""
    review, size = pull_request(7, at(3, "09:00"), at(3, "14:00"), "s7", [at(3, "08:00")])
    return [review._replace(output=review.output._replace(timeline=timeline)), size]


def stages(*records: RecordSpec | list[RecordSpec]) -> list[float | None]:
    return [hours(f"pull_request_lead_time_{stage}", *records) for stage in STAGES]


def hours(measure: str, *records: RecordSpec | list[RecordSpec]) -> float | None:
    [item] = items(measure, *records)
    assert item.item == NAME
    return None if item.value is None else item.value / HOUR


@pytest.mark.parametrize(
    ("ready", "reviewed", "approved", "expected"),
    [
        ("10:00", "11:00", "13:00", [2, 1, 2, 1, 2]),
        (None, "11:00", "13:00", [1, 2, 2, 1, 2]),
        ("10:00", None, "13:00", [2, 0, 3, 1, 2]),
        ("10:00", "09:30", None, [2, 0, 0, 4, 2]),
        ("10:00", "11:00", "15:00", [2, 1, 4, 0, 1]),
    ],
)
def test_the_stages_add_up_to_the_whole(
    ready: str | None, reviewed: str | None, approved: str | None, expected: list[float]
) -> None:
    times = {"first_ready_at": ready, "first_review_at": reviewed, "last_approval_at": approved}
    timeline = NOTHING._replace(**{name: at(3, time) for name, time in times.items() if time})
    found = stages(FIRST, merged(timeline), DEPLOYED)
    assert found == expected
    assert hours("pull_request_lead_time", FIRST, merged(timeline), DEPLOYED) == sum(expected)


def test_without_a_timeline_only_the_last_stage_is_known() -> None:
    records = (FIRST, merged(None), DEPLOYED)
    assert stages(*records) == [None, None, None, None, 2]
    assert hours("pull_request_lead_time", *records) == 8
    [coding] = items("pull_request_lead_time_coding", *records)
    assert coding.why == "the timeline of its review is not known"


def test_a_pull_request_with_unread_commits_has_no_known_stage() -> None:
    review, size = pull_request(7, at(3, "09:00"), at(3, "14:00"), "s7", None)
    [item] = items("pull_request_lead_time", FIRST, review, size, DEPLOYED)
    assert (item.value, item.why) == (None, "its start is not known")


def test_a_pull_request_counts_once_in_each_environment() -> None:
    elsewhere = [
        success(3, at(2, "09:00"), "a", first=True, env="prod-eu"),
        success(4, at(3, "20:00"), "s7", commit("s7", at(3, "14:00"), number=7), env="prod-eu"),
    ]
    again = success(5, at(4, "09:00"), "c", commit("s7", at(3, "14:00"), number=7), commit("c", at(4, "08:00")))
    rows = items("pull_request_lead_time", FIRST, merged(NOTHING), DEPLOYED, *elsewhere, again)
    assert sorted((row.environment, (row.value or 0) / HOUR) for row in rows) == [
        ("prod-eu", 12),
        ("production", 8),
    ]
