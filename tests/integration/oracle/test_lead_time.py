"""Section 7: what a deployment brings, what a change is, and its clock."""

import pytest

from tests.histories.build import at, commit, job, pull, release, status
from tests.histories.extend import fingerprint
from tests.integration.oracle.answers import BASE, LEAD, items, values
from tests.oracle.items import INFERRED, KNOWN, UNKNOWN

FIRST = BASE[0]


def own(authored: int, sha: str, **fields: object) -> dict[str, object]:
    return {"authored": authored, "sha": sha, **fields}


def test_a_squash_of_squashes_stands_for_all_their_commits() -> None:
    inner = pull(11, at(3, "08:30"), "s11", own(at(3, "06:00"), "c1"), own(at(3, "07:00"), "c2"), base="feature")
    outer = pull(
        12,
        at(3, "09:50"),
        "s12",
        own(at(3, "08:30"), "s11", number=11, number_kind="pull_request"),
        own(at(3, "09:00"), "m", parents=2),
        own(at(3, "09:00"), "c3"),
    )
    records = [FIRST, *inner, *outer, status(2, at(3, "10:00"), "s12", commit("s12", at(3, "09:50"), pr_number=12))]
    assert values(LEAD, *records) == {
        "of 1": None,
        f"1011-{at(3, '08:30')}#1": 4,
        f"1011-{at(3, '08:30')}#2": 3,
        f"1012-{at(3, '09:50')}#3": 1,
    }


def test_a_cherry_picked_squash_is_no_new_change() -> None:
    pulled = pull(12, at(3, "09:50"), "s12", own(at(3, "09:00"), "c1"))
    picked = commit("p12", at(3, "09:50"), pr_number=12, committed_at=at(4, "09:00"))
    records = [
        FIRST,
        *pulled,
        status(2, at(3, "10:00"), "s12", commit("s12", at(3, "09:50"), pr_number=12)),
        status(3, at(4, "10:00"), "p12", picked),
    ]
    assert values(LEAD, *records) == {"of 1": None, f"1012-{at(3, '09:50')}#1": 1}


def test_a_commit_that_mentions_a_pull_request_stands_for_itself() -> None:
    pulled = pull(12, at(3, "09:50"), "s12", own(at(3, "09:00"), "c1"))
    records = [
        FIRST,
        *pulled,
        status(2, at(3, "10:00"), "s12", commit("s12", at(3, "09:50"), pr_number=12)),
        status(3, at(4, "10:00"), "t", commit("t", at(4, "09:00"), pr_number=12, number_kind="pull_request")),
    ]
    assert values(LEAD, *records) == {"of 1": None, f"1012-{at(3, '09:50')}#1": 1, "t": 1}


@pytest.mark.parametrize(("kind", "value"), [("issue", 1), ("none", 1), ("pull_request", None), (None, None)])
def test_a_number_without_a_record_is_known_by_its_kind(kind: str | None, value: float | None) -> None:
    records = [FIRST, status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00"), pr_number=12, number_kind=kind))]
    assert values(LEAD, *records) == {"of 1": None, "b": value}


def test_commits_of_schema_1_are_inferred_and_unread_ones_unknown() -> None:
    old = pull(12, at(3, "09:50"), "s12", {"authored": at(3, "09:00")}, schema=1)
    unread = pull(13, at(3, "09:55"), "s13", unread=True)
    squashes = [commit("s12", at(3, "09:50"), pr_number=12), commit("s13", at(3, "09:55"), pr_number=13)]
    found = items(LEAD, FIRST, *old, *unread, status(2, at(3, "10:00"), "s13", *squashes))
    assert {name: answer.certainty for name, answer in found.items()} == {
        "of 1": UNKNOWN,
        f"1012-{at(3, '09:50')}#1": INFERRED,
        "s13": UNKNOWN,
    }


def test_a_pull_request_of_more_commits_than_listed_is_partly_unknown() -> None:
    cut = pull(12, at(3, "09:50"), "s12", own(at(3, "09:00"), "c1"), amount=300)
    records = [FIRST, *cut, status(2, at(3, "10:00"), "s12", commit("s12", at(3, "09:50"), pr_number=12))]
    assert values(LEAD, *records) == {"of 1": None, f"1012-{at(3, '09:50')}#1": 1, "s12": None}


def test_a_stack_in_one_deployment_counts_each_commit_once() -> None:
    low = pull(11, at(3, "09:40"), "s11", own(at(3, "08:00"), "c1"))
    high = pull(12, at(3, "09:50"), "s12", own(at(3, "08:00"), "c1"), own(at(3, "09:00"), "c2"))
    squashes = [commit("s11", at(3, "09:40"), pr_number=11), commit("s12", at(3, "09:50"), pr_number=12)]
    records = [FIRST, *low, *high, status(2, at(3, "10:00"), "s12", *squashes)]
    assert values(LEAD, *records) == {"of 1": None, f"1011-{at(3, '09:40')}#1": 2, f"1012-{at(3, '09:50')}#2": 1}


def test_two_commits_of_one_second_in_one_list_are_two_changes() -> None:
    second = at(3, "09:00")
    same = [commit(name, second, fingerprint=fingerprint(second)) for name in ("b1", "b2")]
    again = [commit(name, second, fingerprint=fingerprint(second)) for name in ("r1", "r2", "r3")]
    records = [FIRST, status(2, at(3, "10:00"), "b2", *same), status(3, at(3, "11:00"), "r3", *again)]
    assert values(LEAD, *records) == {"of 1": None, "b1": 1, "b2": 1, "r3": 2}


def test_a_fingerprint_pairs_before_the_order_does() -> None:
    second = at(3, "09:00")
    x, y = commit("x", second, fingerprint="x" * 16), commit("y", second, fingerprint="y" * 16)
    records = [
        FIRST,
        status(2, at(3, "10:00"), "x", x),
        status(3, at(3, "11:00"), "x2", {**y, "sha": "y2"}, {**x, "sha": "x2"}),
    ]
    assert values(LEAD, *records) == {"of 1": None, "x": 1, "y2": 2}


def test_a_rebased_pull_request_after_its_branch_was_deployed_is_none() -> None:
    commits = [commit("p1", at(3, "08:00"), fingerprint="1" * 16), commit("p2", at(3, "09:00"), fingerprint="2" * 16)]
    rebased = [{**entry, "sha": f"r{entry['sha']}", "committed_at": at(3, "10:30")} for entry in commits]
    records = [FIRST, status(2, at(3, "10:00"), "p2", *commits), status(3, at(3, "11:00"), "rp2", *rebased)]
    assert values(LEAD, *records) == {"of 1": None, "p1": 2, "p2": 1}


@pytest.mark.parametrize(
    ("setting", "value"), [("authored", 25), ("committed", 2), ("opened", 1.5), ("merged", 0.25), (None, 25)]
)
def test_the_clock_starts_where_the_setting_says(setting: str | None, value: float) -> None:
    entry = own(at(2, "09:00"), "c1", committed=at(3, "08:00"))
    records = [
        FIRST,
        *pull(12, at(3, "09:45"), "s12", entry, opened=at(3, "08:30")),
        status(2, at(3, "10:00"), "s12", commit("s12", at(3, "09:45"), pr_number=12)),
    ]
    services = {"lead_time_from": setting} if setting else {}
    assert values(LEAD, *records, services=services) == {"of 1": None, f"1012-{at(3, '09:45')}#1": value}


@pytest.mark.parametrize("setting", ["opened", "merged"])
def test_without_a_pull_request_opened_and_merged_are_unknown(setting: str) -> None:
    assert values(LEAD, *BASE, services={"lead_time_from": setting}) == {"of 1": None, "b": None}


def test_a_change_written_after_its_deployment_is_unknown() -> None:
    records = [FIRST, status(2, at(3, "10:00"), "b", commit("b", at(3, "10:01")))]
    assert values(LEAD, *records) == {"of 1": None, "b": None}


def test_a_deployment_of_more_changes_than_listed_is_partly_unknown() -> None:
    records = [FIRST, status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00")), truncated=True)]
    assert values(LEAD, *records) == {"of 1": None, "of 2": None, "b": 1}


def test_the_stages_of_a_pull_request_add_up_to_the_whole() -> None:
    # Ready at 08:00, reviewed before that, approved at 09:00; merged 09:30, deployed 10:00.
    times = {"first_ready_at": at(3, "08:00"), "first_review_at": at(3, "07:30"), "last_approval_at": at(3, "09:00")}
    timeline = {"last_ready_at": None, "drafted_at": None, "queued_at": None, "is_merged_by_queue": False, **times}
    records = [
        FIRST,
        *pull(12, at(3, "09:30"), "s12", own(at(3, "06:00"), "c1"), also={"timeline": timeline}),
        status(2, at(3, "10:00"), "s12", commit("s12", at(3, "09:30"), pr_number=12)),
    ]
    name = f"1012-{at(3, '09:30')}"
    stages = ("coding", "waiting_for_review", "in_review", "waiting_for_merge", "waiting_for_deployment")
    found = [items(f"pull_request_lead_time_{stage}", *records)[name].value for stage in stages]
    assert [(value or 0) / 3_600_000 for value in found] == [2, 0, 1, 0.5, 0.5]
    whole = items("pull_request_lead_time", *records)[name]
    assert (whole.value, whole.certainty) == (sum(value or 0 for value in found), KNOWN)


def test_stages_without_a_timeline_are_unknown_but_the_last() -> None:
    records = [
        FIRST,
        *pull(12, at(3, "09:30"), "s12", own(at(3, "06:00"), "c1"), also={"timeline": None}),
        status(2, at(3, "10:00"), "s12", commit("s12", at(3, "09:30"), pr_number=12)),
    ]
    name = f"1012-{at(3, '09:30')}"
    assert items("pull_request_lead_time_coding", *records)[name].value is None
    assert items("pull_request_lead_time_waiting_for_deployment", *records)[name].value == 1_800_000
    assert items("pull_request_lead_time", *records)[name].value == 4 * 3_600_000


RELEASES = {"deployments": "releases", "branch": "main"}


def test_a_release_of_an_old_line_brings_what_its_comparison_lists() -> None:
    # Its tag is on a commit that no pull request made.
    bump = [commit("s32", at(4, "10:00"), pr_number=32), commit("bump", at(4, "11:00"))]
    records = [
        *pull(31, at(3, "12:00"), "s31", own(at(3, "08:00"), "c31")),
        *pull(32, at(4, "10:00"), "s32", own(at(4, "07:00"), "c32"), base="release/1.9"),
        release("v2.0.0", at(2, "12:00"), "s20"),
        release(
            "v1.9.5",
            at(4, "12:00"),
            "bump",
            previous={"tag": "v1.9.4", "sha": "x", "committed_at": at(1)},
            commits=bump,
        ),
    ]
    found = values(LEAD, *records, services=RELEASES)
    assert found == {"of v2.0.0": None, f"1032-{at(4, '10:00')}#1": 5}


def test_a_run_brings_what_was_merged_up_to_its_commit() -> None:
    services = {"deployments": "workflow", "workflow": "Deploy", "branch": "main"}
    records = [
        *pull(7, at(2, "11:00"), "s7", own(at(2, "10:00"), "c7")),
        job(1, at(2, "12:00"), at(2, "12:10"), run=1, sha="s7"),
        *pull(8, at(3, "10:00"), "s8", own(at(3, "08:10"), "c8")),
        *pull(9, at(3, "10:30"), "s9", own(at(3, "09:10"), "c9")),
        job(2, at(3, "11:00"), at(3, "11:10"), run=2, sha="s8"),
        job(3, at(3, "12:00"), at(3, "12:10"), run=3, sha="pushed"),
    ]
    assert values(LEAD, *records, services=services) == {
        "of 1#1": None,
        f"1008-{at(3, '10:00')}#1": 3,
        f"1009-{at(3, '10:30')}#1": 3,
    }


def test_the_first_merge_brings_its_own_pull_request() -> None:
    services = {"deployments": "merges", "branch": "main"}
    records = pull(7, at(2, "11:00"), "s7", own(at(2, "10:00"), "c7"))
    assert values(LEAD, *records, services=services) == {f"1007-{at(2, '11:00')}#1": 1}


def test_what_the_first_deployment_may_have_brought_is_unknown() -> None:
    # 2 goes back to before the first one, whose commit comes again with 3.
    records = [
        FIRST,
        status(2, at(3, "10:00"), "old", behind=True),
        status(3, at(3, "12:00"), "c", commit("a", at(2, "08:00")), commit("c", at(3, "11:00"))),
    ]
    assert values(LEAD, *records) == {"of 1": None, "a": None, "c": 1}


def test_what_comes_again_after_a_rollback_came_the_first_time() -> None:
    # An older branch arrives after a rollback to the first commit: it was not in that.
    older = commit("branch", at(1, "08:00"))
    records = [
        *BASE,
        status(3, at(3, "11:00"), "a", behind=True),
        status(4, at(3, "12:00"), "m", commit("b", at(3, "09:00")), older),
    ]
    assert values(LEAD, *records) == {"of 1": None, "b": 1, "branch": 52}


def test_what_was_picked_after_unknown_changes_is_inferred() -> None:
    picked = commit("p", at(3, "08:30"), committed_at=at(3, "12:00"))
    records = [
        *BASE,
        status(3, at(3, "11:00"), "u", unread=True),
        status(4, at(3, "13:00"), "c", picked, commit("c", at(3, "12:30"))),
    ]
    found = items(LEAD, *records)
    assert {name: found[name].certainty for name in ("p", "c")} == {"p": INFERRED, "c": KNOWN}
