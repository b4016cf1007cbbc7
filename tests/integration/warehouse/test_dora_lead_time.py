"""Change lead time: small scenarios that other tools get wrong, with manually computed results (hours)."""

import pytest

from core.metrics.commits_per_pr import Commits
from tests.unit.warehouse.scenarios import (
    HOUR,
    RecordSpec,
    at,
    commit,
    failure,
    items,
    number,
    pull_request,
    report,
    success,
    values,
)
from warehouse.services import parsed

LEAD = "change_lead_time"
FIRST = success(1, at(2, "09:00"), "a", first=True)
"""The scenario's first deployment: its changes are unknown."""


def test_a_squashed_pull_request_counts_from_its_commits_not_its_merge() -> None:
    # Written on the 3rd at 08:00 and 10:00, squashed on the 4th at 12:00, in production at 14:00. By the squashed
    # commit's own time that would be 2 hours; it is 30 and 28.
    actual = values(
        LEAD,
        FIRST,
        pull_request(7, at(3, "11:00"), at(4, "12:00"), "s7", [at(3, "08:00"), at(3, "10:00")]),
        success(2, at(4, "14:00"), "s7", commit("s7", at(4, "12:00"), number=7)),
    )
    assert actual == {"of 1": None, f"1007-{at(4, '12:00')}#1": 30, f"1007-{at(4, '12:00')}#2": 28}


def test_a_rebased_pull_request_counts_each_commit_once() -> None:
    # Rebasing keeps the author's time: 30 and 28 hours again, and not four changes.
    actual = values(
        LEAD,
        FIRST,
        pull_request(7, at(3, "11:00"), at(4, "12:00"), "r2", [at(3, "08:00"), at(3, "10:00")]),
        success(2, at(4, "14:00"), "r2", commit("r1", at(3, "08:00")), commit("r2", at(3, "10:00"))),
    )
    assert actual == {"of 1": None, "r1": 30, "r2": 28}


def test_a_merge_commit_is_no_change_its_commits_are() -> None:
    # The merge itself, of 12:00, would be a third one of 2 hours.
    actual = values(
        LEAD,
        FIRST,
        pull_request(7, at(3, "11:00"), at(4, "12:00"), "m", [at(3, "08:00"), at(3, "10:00")]),
        success(
            2,
            at(4, "14:00"),
            "m",
            commit("c1", at(3, "08:00")),
            commit("c2", at(3, "10:00")),
            commit("m", at(4, "12:00"), parents=2),
        ),
    )
    assert actual == {"of 1": None, "c1": 30, "c2": 28}


def test_a_merge_commit_without_parents_is_recognized_by_its_commits() -> None:
    actual = values(
        LEAD,
        FIRST,
        pull_request(7, at(3, "11:00"), at(4, "12:00"), "m", [at(3, "08:00"), at(3, "10:00")]),
        success(
            2,
            at(4, "14:00"),
            "m",
            commit("c1", at(3, "08:00"), parents=None),
            commit("c2", at(3, "10:00"), parents=None),
            commit("m", at(4, "12:00"), parents=None),
        ),
    )
    assert actual == {"of 1": None, "c1": 30, "c2": 28}


def test_a_squash_of_one_commit_with_its_original_time_is_one_change() -> None:
    actual = values(
        LEAD,
        FIRST,
        pull_request(7, at(3, "11:00"), at(4, "12:00"), "s7", [at(3, "08:00")]),
        success(2, at(4, "14:00"), "s7", commit("s7", at(3, "08:00"), number=7)),
    )
    assert actual == {"of 1": None, f"1007-{at(4, '12:00')}#1": 30}


def test_each_change_of_a_deployment_has_its_own_lead_time() -> None:
    # Three commits of three days in one batch: 50, 26 and 2 hours, whose middle is 26.
    result = report(
        FIRST,
        success(
            2,
            at(5, "10:00"),
            "d",
            commit("b", at(3, "08:00")),
            commit("c", at(4, "08:00")),
            commit("d", at(5, "08:00")),
        ),
    )
    actual = number(result, LEAD, "2026-W45")
    assert actual is not None
    assert (actual.value, actual.known, actual.items) == (26 * HOUR, 3, 4)  # and the first deployment's, unknown


def test_the_median_of_two_changes_is_between_them() -> None:
    # 2 and 5 hours: 3.5
    result = report(FIRST, success(2, at(3, "10:00"), "c", commit("b", at(3, "05:00")), commit("c", at(3, "08:00"))))
    actual = number(result, LEAD, "2026-11")
    assert actual is not None
    assert (actual.value, actual.known, actual.items) == (3.5 * HOUR, 2, 3)


def test_an_inferred_value_is_in_the_number_but_not_known() -> None:
    # The records do not say which of the pull request's two commits is a merge: 30, 28 and the pushed one's 2 hours.
    review, size = pull_request(7, at(3, "11:00"), at(4, "12:00"), "s7", [at(3, "08:00"), at(3, "10:00")])
    commits = [entry._replace(parents=None) for entry in size.output.commits.commit_timestamps]
    result = report(
        FIRST,
        review,
        size._replace(output=size.output._replace(commits=Commits(2, commits))),
        success(2, at(4, "14:00"), "d", commit("s7", at(4, "12:00"), number=7), commit("d", at(4, "12:00"))),
    )
    actual = number(result, LEAD, "2026-11")
    assert actual is not None
    assert (actual.value, actual.known, actual.items) == (28 * HOUR, 1, 4)


def test_a_service_s_median_is_over_changes_not_repository_medians() -> None:
    # One repository has a change of 1 hour; the other has three, of 5, 7 and 9. Of all four the middle is 6, while the
    # middle of the medians 1 and 7 would be 4.
    other = {"repo": "octo-org/cart", "repository_id": 2}
    result = report(
        FIRST,
        success(2, at(3, "10:00"), "b", commit("b", at(3, "09:00"))),
        success(3, at(2, "09:00"), "x", first=True, **other),
        success(
            4,
            at(3, "10:00"),
            "z",
            commit("x1", at(3, "05:00")),
            commit("x2", at(3, "03:00")),
            commit("x3", at(3, "01:00")),
            **other,
        ),
        services=parsed({"services": {"shop": {"repositories": ["octo-org/*"]}}}),
    )
    actual = number(result, LEAD, "2026-11", repository="")
    assert actual is not None
    assert (actual.service, actual.value, actual.known, actual.items) == ("shop", 6 * HOUR, 4, 6)
    assert {number.repository for number in result.numbers} == {"", "octo-org/shop", "octo-org/cart"}


def test_squashed_pull_requests_and_pushed_commits_count_as_changes() -> None:
    # Two pull requests squashed into one deployment: three commits of theirs, and one that was pushed.
    actual = values(
        LEAD,
        FIRST,
        pull_request(7, at(3, "11:00"), at(4, "12:00"), "s7", [at(3, "08:00"), at(3, "10:00")]),
        pull_request(8, at(4, "08:00"), at(4, "13:00"), "s8", [at(4, "06:00")]),
        success(
            2,
            at(4, "14:00"),
            "s8",
            commit("s7", at(4, "12:00"), number=7),
            commit("p", at(4, "12:30")),
            commit("s8", at(4, "13:00"), number=8),
        ),
    )
    seventh, eighth = f"1007-{at(4, '12:00')}", f"1008-{at(4, '13:00')}"
    assert actual == {"of 1": None, f"{seventh}#1": 30, f"{seventh}#2": 28, f"{eighth}#1": 8, "p": 1.5}


def test_what_the_first_deployment_brought_is_unknown_and_not_zero() -> None:
    [item] = items(LEAD, FIRST)
    assert (item.item, item.value, item.why) == ("of 1", None, "first deployment: there is nothing to compare with")
    actual = number(report(FIRST), LEAD, "2026-11")
    assert actual is not None
    assert (actual.value, actual.known, actual.items) == (None, 0, 1)


def test_a_squashed_pull_request_without_a_record_is_unknown() -> None:
    # The squashed commit says (#7), which is not there: it was merged before there were records. The other was pushed.
    rows = items(
        LEAD,
        FIRST,
        success(2, at(4, "14:00"), "b", commit("s7", at(4, "12:00"), number=7), commit("b", at(4, "13:00"))),
    )
    assert {item.item: (item.value, item.why) for item in rows} == {
        "of 1": (None, "first deployment: there is nothing to compare with"),
        "s7": (None, "its pull request is not known"),
        "b": (HOUR, "as it was pushed"),
    }


def test_a_commit_that_only_mentions_a_pull_request_was_pushed() -> None:
    # 7's squash has another author time. Where that is not known, b may be a cherry-pick of it.
    merged = pull_request(7, at(2, "11:00"), at(2, "12:00"), "s7", [at(2, "08:00")])
    mentions = commit("b", at(4, "13:00"), number=7)
    squash = success(2, at(2, "13:00"), "s7", commit("s7", at(2, "12:00"), number=7))
    actual = values(LEAD, FIRST, merged, squash, success(3, at(4, "14:00"), "b", mentions))
    assert actual == {"of 1": None, f"1007-{at(2, '12:00')}#1": 5, "b": 1}
    [_, item] = items(LEAD, FIRST, merged, success(3, at(4, "14:00"), "b", mentions))
    reason = "whether it is the squash of the pull request that it names is not known"
    assert (item.value, item.why) == (None, reason)


def test_a_cherry_picked_squash_is_no_new_change() -> None:
    merged = pull_request(7, at(3, "08:00"), at(3, "09:50"), "s7", [at(3, "09:00")])
    squash = success(2, at(3, "10:00"), "s7", commit("s7", at(3, "09:50"), number=7))
    picked = success(3, at(4, "10:00"), "p7", commit("p7", at(3, "09:50"), number=7))
    assert values(LEAD, FIRST, merged, squash, picked) == {"of 1": None, f"1007-{at(3, '09:50')}#1": 1}


def test_a_squash_of_squashes_stands_for_all_their_commits() -> None:
    # 7 was squashed into 8's branch, 8 into 9's, and so on; only the squash of 16 is listed, deployed at 17:00.
    records = []
    for place in range(7, 17):
        times = [at(3, f"{place - 1:02}:30"), at(3, f"{place:02}:00")]
        review, size = pull_request(place, at(2), at(3, f"{place:02}:30"), f"s{place}", times)
        inner, own = size.output.commits.commit_timestamps
        if place > 7:
            inner = inner._replace(sha=f"s{place - 1}", number=place - 1)
        records.append([review, size._replace(output=size.output._replace(commits=Commits(2, [inner, own])))])
    listed = commit("s16", at(3, "16:30"), number=16)
    actual = values(LEAD, FIRST, *records, success(2, at(3, "17:00"), "s16", listed))
    assert sorted(value for value in actual.values() if value) == [*range(1, 11), 10.5]


def test_a_pull_request_with_unread_commits_is_unknown() -> None:
    rows = items(
        LEAD,
        FIRST,
        pull_request(7, at(3, "11:00"), at(4, "12:00"), "s7", None),
        success(2, at(4, "14:00"), "s7", commit("s7", at(4, "12:00"), number=7)),
    )
    assert [(item.item, item.value, item.why) for item in rows[1:]] == [
        ("s7", None, "the commits of its pull request are not known")
    ]


def test_a_pull_request_with_unlisted_commits_has_one_unknown() -> None:
    # 251 commits, of which two are listed here: one row for each of these, and one for the rest.
    rows = items(
        LEAD,
        FIRST,
        pull_request(7, at(3, "11:00"), at(4, "12:00"), "s7", [at(3, "08:00"), at(3, "10:00")], commits=251),
        success(2, at(4, "14:00"), "s7", commit("s7", at(4, "12:00"), number=7)),
    )
    assert [(item.value, item.why) for item in rows[1:]] == [
        (30 * HOUR, "of a pull request"),
        (28 * HOUR, "of a pull request"),
        (None, "more commits than GitHub lists"),
    ]


def test_a_truncated_comparison_adds_one_unknown_to_the_listed_commits() -> None:
    rows = items(LEAD, FIRST, success(2, at(4, "14:00"), "z", commit("b", at(4, "13:00")), truncated=True))
    assert {item.item: (item.value, item.why) for item in rows[1:]} == {
        "b": (HOUR, "as it was pushed"),
        "of 2": (None, "more changes than GitHub lists"),
    }


def test_an_unread_deployment_is_unknown() -> None:
    [_, item] = items(LEAD, FIRST, success(2, at(4, "14:00"), "b", unread=True))
    assert (item.item, item.value, item.why) == ("of 2", None, "its changes are not known")


def test_a_success_replaces_its_network_error() -> None:
    actual = values(
        LEAD,
        FIRST,
        success(2, at(4, "14:00"), "b", unread=True),
        success(2, at(4, "14:00"), "b", commit("b", at(4, "13:00"))),
    )
    assert actual == {"of 1": None, "b": 1}


def test_a_commit_without_a_time_is_unknown() -> None:
    [_, item] = items(LEAD, FIRST, success(2, at(4, "14:00"), "b", commit("b", None)))
    assert (item.item, item.value, item.why) == ("b", None, "its time is not known")


def test_a_commit_written_after_its_deployment_is_unknown_not_negative() -> None:
    # The clock of somebody's computer.
    [_, item] = items(LEAD, FIRST, success(2, at(4, "14:00"), "b", commit("b", at(5))))
    assert (item.item, item.value, item.why) == ("b", None, "written after it was deployed")


def test_a_change_may_have_arrived_with_what_a_rollback_went_back_past() -> None:
    # What 2 brought is not known. 3 goes back to a; 4 brings b1 of 08:00, which may have come with 2 at 10:00, and c of 12:00.
    records = (
        FIRST,
        success(2, at(3, "10:00"), "b", unread=True),
        success(3, at(3, "11:00"), "a", back=True),
        success(4, at(3, "14:00"), "c", commit("b1", at(3, "08:00")), commit("c", at(3, "12:00"))),
    )
    found = {row.item: (row.value and row.value / HOUR, row.why) for row in items(LEAD, *records)}
    assert found["b1"] == (None, "it may have arrived before")
    assert found["c"] == (2, "as it was pushed")
    kept = success(3, at(3, "11:00"), "b2", commit("b2", at(3, "10:30")))
    assert values(LEAD, *records[:2], kept, records[3])["b1"] == 6


def test_a_change_redeployed_after_a_rollback_counts_from_its_first_time() -> None:
    # b is deployed on the 3rd, taken back on the 4th, and listed again with c on the 5th.
    actual = values(
        LEAD,
        FIRST,
        success(2, at(3, "10:00"), "b", commit("b", at(3, "08:00"))),
        success(3, at(4, "10:00"), "a", back=True),
        success(4, at(5, "10:00"), "c", commit("b", at(3, "08:00")), commit("c", at(5, "04:00"))),
    )
    assert actual == {"of 1": None, "b": 2, "c": 6}


def test_a_change_delayed_by_a_failed_attempt_counts_until_success() -> None:
    # The attempt of 10:00 failed; b came to production with c at 12:00: 4 hours and 1.
    actual = values(
        LEAD,
        FIRST,
        failure(2, at(3, "10:00"), "b"),
        success(3, at(3, "12:00"), "c", commit("b", at(3, "08:00")), commit("c", at(3, "11:00"))),
    )
    assert actual == {"of 1": None, "b": 4, "c": 1}


def test_a_change_counts_once_per_production_environment() -> None:
    rows = items(
        LEAD,
        success(1, at(2, "09:00"), "a", first=True, env="production-eu"),
        success(2, at(2, "09:00"), "a", first=True, env="production-us"),
        success(3, at(3, "10:00"), "b", commit("b", at(3, "08:00")), env="production-eu"),
        success(4, at(4, "10:00"), "b", commit("b", at(3, "08:00")), env="production-us"),
        success(5, at(3, "09:00"), "b", commit("b", at(3, "08:00")), env="staging"),
    )
    assert [(item.environment, item.value) for item in rows if item.value] == [
        ("production-eu", 2 * HOUR),
        ("production-us", 26 * HOUR),
    ]


def test_a_picked_commit_counts_once_and_another_of_its_second_too() -> None:
    # x of 08:00 is deployed at 10:00; then x again under another name, with another commit of the same second.
    actual = values(
        LEAD,
        FIRST,
        success(2, at(3, "10:00"), "x", commit("x", at(3, "08:00"))._replace(fingerprint="x")),
        success(
            3,
            at(3, "12:00"),
            "z",
            commit("y", at(3, "08:00"))._replace(fingerprint="y"),
            commit("z", at(3, "08:00"))._replace(fingerprint="x"),
        ),
    )
    assert actual == {"of 1": None, "x": 2, "y": 4}


def test_three_commits_of_one_second_are_three_changes() -> None:
    # A script committed them; the next deployment lists two of them again.
    written = at(3, "08:00")
    actual = values(
        LEAD,
        FIRST,
        success(2, at(3, "10:00"), "z", commit("x", written), commit("y", written), commit("z", written)),
        success(3, at(3, "12:00"), "b", commit("a", written), commit("b", written)),
    )
    assert actual == {"of 1": None, "x": 2, "y": 2, "z": 2}


def test_a_commit_of_stacked_pull_requests_counts_once() -> None:
    # 8 was stacked on 7, and both were squashed into one deployment: 7's commit is also among those of 8.
    written = [at(3, "08:00"), at(3, "09:00")]
    lower = _with_fingerprints(pull_request(7, at(3, "10:00"), at(3, "11:00"), "s7", written[:1]), "a")
    upper = _with_fingerprints(pull_request(8, at(3, "10:00"), at(3, "11:30"), "s8", written), "a", "b")
    listed = (commit("s7", at(3, "11:00"), number=7), commit("s8", at(3, "11:30"), number=8))
    actual = values(LEAD, FIRST, lower, upper, success(2, at(3, "12:00"), "s8", *listed))
    assert actual == {"of 1": None, f"1007-{at(3, '11:00')}#1": 4, f"1008-{at(3, '11:30')}#2": 3}


def _with_fingerprints(pull: list[RecordSpec], *fingerprints: str) -> list[RecordSpec]:
    review, size = pull
    listed = size.output.commits.commit_timestamps
    commits = [entry._replace(fingerprint=name) for entry, name in zip(listed, fingerprints, strict=True)]
    return [review, size._replace(output=size.output._replace(commits=Commits(len(commits), commits)))]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("authored", [50, 48, 26]),
        ("committed", [6, 5, 4]),
        ("opened", [8, 8, None]),
        ("merged", [2, 2, None]),
    ],
)
def test_the_clock_starts_where_the_setting_says(start: str, expected: list[float | None]) -> None:
    # 7's commits of the 1st were amended on the 3rd at 08:00 and 09:00, and rebased at 12:00. p was pushed, amended at 10:00.
    written = [at(2, "12:00"), at(2, "14:00")]
    review, size = _with_fingerprints(pull_request(7, at(4, "06:00"), at(4, "12:00"), "r2", written), "a", "b")
    amended = [
        entry._replace(committed=at(4, when))
        for entry, when in zip(size.output.commits.commit_timestamps, ("08:00", "09:00"), strict=True)
    ]
    size = size._replace(output=size.output._replace(commits=Commits(2, amended)))
    listed = [
        commit(sha, when)._replace(committed_at=at(4, again), fingerprint=name)
        for sha, when, again, name in (
            ("r1", written[0], "12:00", "a"),
            ("r2", written[1], "12:00", "b"),
            ("p", at(3, "12:00"), "10:00", "p"),
        )
    ]
    actual = values(
        LEAD,
        FIRST,
        review,
        size,
        success(2, at(4, "14:00"), "p", *listed),
        services=parsed({"lead_time_from": start}),
    )
    assert actual == {"of 1": None, **dict(zip(("r1", "r2", "p"), expected, strict=True))}


def test_a_rebased_commit_s_date_is_unknown_without_fingerprints() -> None:
    listed = [commit("b", at(3, "08:00"))._replace(committed_at=at(3, "09:00")), commit("c", at(3, "09:30"))]
    actual = values(
        LEAD, FIRST, success(2, at(3, "10:00"), "c", *listed), services=parsed({"lead_time_from": "committed"})
    )
    assert actual == {"of 1": None, "b": None, "c": 0.5}
