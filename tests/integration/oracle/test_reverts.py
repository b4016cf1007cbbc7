"""Sections 1 and 5: reverts and hotfixes."""

import pytest

from tests.histories.build import at, commit, pull, revert, status
from tests.integration.oracle.answers import BASE, RATE, RECOVERY, REWORK, failed, items, reworked, unknown, values
from tests.oracle.items import INFERRED
from tests.oracle.settings import has_word

SQUASH = commit("s12", at(3, "09:50"), pr_number=12)
PULLS = [
    *pull(12, at(3, "09:50"), "s12", {"authored": at(3, "09:00"), "sha": "w12"}),
    *pull(13, at(3, "11:50"), "s13", {"authored": at(3, "11:00"), "sha": "w13"}),
]
TWO = [
    BASE[0],
    *PULLS,
    status(2, at(3, "10:00"), "s12", SQUASH),
    status(3, at(3, "12:00"), "s13", commit("s13", at(3, "11:50"), pr_number=13)),
]


@pytest.mark.parametrize("names", [{"reverts": "s12"}, {"reverts": "w12"}, {"reverts_number": 12}])
def test_a_revert_finds_what_it_names_past_newer_deployments(names: dict[str, object]) -> None:
    records = [*TWO, status(4, at(3, "13:00"), "r", {**revert("r", at(3, "12:50")), **names})]
    assert (failed(*records), reworked(*records)) == ({"2"}, {"4"})
    assert values(RECOVERY, *records) == {"2": 3}


def test_a_revert_is_found_by_the_title_of_its_pull_request() -> None:
    # The squash's first line was edited: only the pull request's title is a revert.
    title = {"revert_depth": 1, "reverts_number": 12}
    records = [
        *TWO,
        *pull(14, at(3, "12:50"), "s14", {"authored": at(3, "12:30")}, also=title),
        status(4, at(3, "13:00"), "s14", commit("s14", at(3, "12:50"), pr_number=14)),
    ]
    assert (failed(*records), reworked(*records)) == ({"2"}, {"4"})


def test_a_sha_that_begins_two_commits_names_neither() -> None:
    one, other = "abcdef0" + "1" * 33, "abcdef0" + "2" * 33
    records = [
        BASE[0],
        status(2, at(3, "10:00"), one, commit(one, at(3, "09:00"))),
        status(3, at(3, "11:00"), other, commit(other, at(3, "10:30"))),
        status(4, at(3, "12:00"), "r", revert("r", at(3, "11:30"), "abcdef0")),
    ]
    assert values(RATE, *records) == {"1": None, "2": 0, "3": 0, "4": 0}
    assert reworked(*records) == set()


def test_fewer_than_seven_digits_name_nothing_that_is_known() -> None:
    sha = "b0b0b0b0b0b0b0b0"
    records = [
        BASE[0],
        status(2, at(3, "10:00"), sha, commit(sha, at(3, "09:00"))),
        status(3, at(3, "12:00"), "r", revert("r", at(3, "11:30"), sha[:6])),
    ]
    assert values(RATE, *records) == {"1": None, "2": 0, "3": 0}


@pytest.mark.parametrize(("depth", "planned"), [(1, False), (2, True), (3, False), (4, True)])
def test_only_an_odd_number_of_reverts_takes_back(depth: int, *, planned: bool) -> None:
    records = [*BASE, status(3, at(3, "12:00"), "r", {**revert("r", at(3, "11:30"), "b"), "revert_depth": depth})]
    assert failed(*records) == (set() if planned else {"2"})
    assert reworked(*records) == (set() if planned else {"3"})


def test_a_revert_without_a_name_is_about_the_newest_candidate() -> None:
    # It was written when 3 was not there yet.
    records = [
        *BASE,
        status(3, at(3, "12:00"), "c", commit("c", at(3, "10:30"))),
        status(4, at(3, "13:00"), "r", revert("r", at(3, "11:30"))),
    ]
    found = items(RATE, *records)
    assert {name: answer.value for name, answer in found.items()} == {"1": 0, "2": 1, "3": 0, "4": 0}
    assert found["2"].certainty == INFERRED
    assert reworked(*records) == {"4"}


def test_a_named_revert_is_found_however_old() -> None:
    records = [*BASE, status(3, at(20, "12:00"), "r", revert("r", at(20, "11:00"), "b"))]
    assert failed(*records) == {"2"}
    assert values(RECOVERY, *records) == {"2": 17 * 24 + 2}


def test_a_revert_with_an_older_rider_is_unknown_rework() -> None:
    rider = commit("c", at(3, "09:30"))
    records = [*BASE, status(3, at(3, "12:00"), "r", rider, revert("r", at(3, "11:30"), "b"))]
    assert failed(*records) == {"2"}
    assert unknown(REWORK, *records) == {"3"}


def test_a_revert_again_after_a_rollback_counts_once() -> None:
    # 4 goes back to b, 5 lists the revert again: it came with 3.
    records = [
        *BASE,
        status(3, at(3, "11:00"), "r", revert("r", at(3, "10:40"), "b")),
        status(4, at(3, "12:00"), "b", behind=True),
        status(5, at(3, "14:00"), "r", revert("r", at(3, "10:40"), "b")),
    ]
    assert failed(*records) == {"2", "3"}
    assert reworked(*records) == {"3", "4"}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("hotfix", True),
        ("HOTFIX: cart", True),
        ("hotfix/cart", True),
        ("nohotfix", False),
        ("hotfixes", False),
        (None, False),
    ],
)
def test_hotfix_is_a_whole_word(text: str | None, *, answer: bool) -> None:
    assert has_word(text, ("hotfix",)) is answer


def test_a_hotfix_is_about_what_was_there_when_it_was_written() -> None:
    # 3 was deployed while the hotfix was in review.
    records = [
        *BASE,
        status(3, at(3, "12:00"), "c", commit("c", at(3, "10:30"))),
        *pull(9, at(3, "12:30"), "h", {"authored": at(3, "11:00")}, also={"head_ref": "hotfix/cart"}),
        status(4, at(3, "13:00"), "h", commit("h", at(3, "12:30"), pr_number=9)),
    ]
    assert failed(*records) == {"2"}
    assert reworked(*records) == {"4"}


def test_the_words_of_a_hotfix_are_a_setting() -> None:
    records = [
        *BASE,
        *pull(9, at(3, "12:30"), "h", {"authored": at(3, "11:00")}, also={"labels": ["Emergency"]}),
        status(3, at(3, "13:00"), "h", commit("h", at(3, "12:30"), pr_number=9)),
    ]
    assert failed(*records) == set()
    assert failed(*records, services={"hotfix": ["emergency"]}) == {"2"}


def test_a_revert_of_schema_1_that_names_a_commit_is_inferred() -> None:
    old = [status(3, at(3, "12:00"), "r", commit("r", at(3, "11:30"), is_revert=True, reverts="b"), schema=1)]
    found = items(RATE, *BASE, *old)
    assert (found["2"].value, found["2"].certainty) == (1, INFERRED)
