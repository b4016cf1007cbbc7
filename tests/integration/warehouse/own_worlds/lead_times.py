"""Section 7 (change lead time)."""

from typing import Any

from tests.histories.build import at, commit, pull, status
from tests.histories.extend import fingerprint
from tests.integration.warehouse.own_worlds.world import BASE, FREQUENCY, LEAD, World

FIRST = BASE[0]


def own(authored: int, sha: str, **fields: Any) -> dict[str, Any]:
    return {"authored": authored, "sha": sha, **fields}


def item(number: int, merged: int, place: int) -> str:
    return f"{1000 + number}-{merged}#{place}"


MERGED = at(3, "09:50")
DEVELOP = at(3, "08:00")
START = {"repositories": {"octo-org/shop": {"lead_time_from": "committed"}}}
WORLDS = [
    World(
        "7",
        "A squash of two commits: the changes are the pull request's, and the clock starts when each was written.",
        False,
        [
            FIRST,
            *pull(12, MERGED, "s12", own(at(3, "07:00"), "w1"), own(at(3, "09:00"), "w2")),
            status(2, at(3, "10:00"), "s12", commit("s12", MERGED, pr_number=12)),
        ],
        {LEAD: {"of 1": None, item(12, MERGED, 1): 3, item(12, MERGED, 2): 1}},
    ),
    World(
        "7",
        "A release pull request squashes squashes of develop, and a merge of main into develop: three changes, as deep as it goes.",
        True,
        [
            FIRST,
            *pull(20, DEVELOP, "s20", own(at(3, "06:00"), "w1"), own(at(3, "07:00"), "w2"), base="develop"),
            *pull(
                30,
                MERGED,
                "s30",
                own(DEVELOP, "s20", number=20, number_kind="pull_request"),
                own(at(3, "08:30"), "m", parents=2),
                own(at(3, "09:00"), "w3"),
            ),
            status(2, at(3, "10:00"), "s30", commit("s30", MERGED, pr_number=30)),
        ],
        {LEAD: {"of 1": None, item(20, DEVELOP, 1): 4, item(20, DEVELOP, 2): 3, item(30, MERGED, 3): 1}},
    ),
    World(
        "7",
        "A merge queue rebases: the two commits get other names and dates of commit; each counts once, from when it was written.",
        True,
        [
            FIRST,
            *pull(12, MERGED, "x2", own(at(3, "07:00"), "w1"), own(at(3, "09:00"), "w2")),
            status(
                2,
                at(3, "10:00"),
                "x2",
                commit("x1", at(3, "07:00"), committed_at=MERGED),
                commit("x2", at(3, "09:00"), committed_at=MERGED),
            ),
        ],
        {LEAD: {"of 1": None, "x1": 3, "x2": 1}},
    ),
    World(
        "7",
        "A backport is deployed from its branch first, then main with the original: one change, when it first arrived.",
        True,
        [
            FIRST,
            status(2, at(3, "10:00"), "p", commit("p", at(3, "08:00"), committed_at=at(3, "09:30"))),
            status(
                3,
                at(4, "10:00"),
                "c",
                commit("o", at(3, "08:00")),
                commit("c", at(4, "09:00")),
                also={"comparison_status": "diverged"},
            ),
        ],
        {LEAD: {"of 1": None, "p": 2, "c": 1}},
    ),
    World(
        "7",
        "A script wrote three commits in one second; two of them come first, later their rebased names and the third: three changes.",
        True,
        [
            FIRST,
            status(
                2,
                at(3, "10:00"),
                "k2",
                commit("k1", at(3, "09:00"), fingerprint="1" * 16),
                commit("k2", at(3, "09:00"), fingerprint="2" * 16),
            ),
            status(
                3,
                at(3, "11:00"),
                "q3",
                commit("q3", at(3, "09:00"), fingerprint="3" * 16),
                commit("q1", at(3, "09:00"), fingerprint="1" * 16),
                commit("q2", at(3, "09:00"), fingerprint="2" * 16),
                also={"comparison_status": "diverged"},
            ),
        ],
        {LEAD: {"of 1": None, "k1": 1, "k2": 1, "q3": 2}},
    ),
    World(
        "7",
        "A stack of three pull requests is squashed from the bottom; each lists the commits below it again: three changes.",
        True,
        [
            FIRST,
            *pull(11, at(3, "09:00"), "s11", own(at(3, "07:00"), "w1")),
            *pull(12, at(3, "09:10"), "s12", own(at(3, "07:00"), "w1"), own(at(3, "08:00"), "w2")),
            *pull(
                13,
                at(4, "09:00"),
                "s13",
                own(at(3, "07:00"), "w1"),
                own(at(3, "08:00"), "w2"),
                own(at(4, "08:00"), "w3"),
            ),
            status(
                2,
                at(3, "10:00"),
                "s12",
                commit("s11", at(3, "09:00"), pr_number=11),
                commit("s12", at(3, "09:10"), pr_number=12),
            ),
            status(3, at(4, "10:00"), "s13", commit("s13", at(4, "09:00"), pr_number=13)),
        ],
        {
            LEAD: {
                "of 1": None,
                item(11, at(3, "09:00"), 1): 3,
                item(12, at(3, "09:10"), 2): 2,
                item(13, at(4, "09:00"), 3): 2,
            }
        },
    ),
    World(
        "7",
        "An author date of the future and a missing one: neither lead time is known.",
        True,
        [
            FIRST,
            status(
                2,
                at(3, "10:00"),
                "z",
                commit("x", at(9, "09:00")),
                commit("y", None, committed_at=at(3, "09:00")),
                commit("z", at(3, "09:00")),
            ),
        ],
        {LEAD: {"of 1": None, "x": None, "y": None, "z": 1}},
    ),
    World(
        "7",
        "The setting committed: of a rebased pull request the date of its own commit counts, not that of the rebase at the merge.",
        True,
        [
            FIRST,
            *pull(12, MERGED, "x1", own(at(3, "07:00"), "w1", committed=at(3, "08:00"))),
            status(2, at(3, "10:00"), "x1", commit("x1", at(3, "07:00"), committed_at=MERGED)),
        ],
        {LEAD: {"of 1": None, "x1": 2}},
        START,
    ),
    World(
        "7",
        "The setting opened: a commit that was pushed without a pull request has no such time.",
        False,
        [
            FIRST,
            *pull(12, MERGED, "s12", own(at(3, "07:00"), "w1"), opened=at(3, "08:00")),
            status(2, at(3, "10:00"), "c", commit("s12", MERGED, pr_number=12), commit("c", at(3, "09:00"))),
        ],
        {LEAD: {"of 1": None, item(12, MERGED, 1): 2, "c": None}},
        {"repositories": {"octo-org/shop": {"lead_time_from": "opened"}}},
    ),
    World(
        "7",
        "The records come out of order: the status of the later deployment has the lower id.",
        True,
        [
            FIRST,
            status(
                3,
                at(3, "12:00"),
                "c",
                commit("b", at(3, "09:00")),
                commit("c", at(3, "11:00")),
                previous={"id": 1, "sha": "a", "created_at": at(2, "09:00")},
            ),
            status(
                4,
                at(3, "10:00"),
                "b",
                commit("b", at(3, "09:00")),
                previous={"id": 1, "sha": "a", "created_at": at(2, "09:00")},
            ),
        ],
        {FREQUENCY: {"1": 1, "3": 1, "4": 1}, LEAD: {"of 1": None, "b": 1, "c": 1}},
    ),
    World(
        "7",
        "A cherry-pick keeps the author date and first line of a squash: it brings the pull request's commits once.",
        True,
        [
            FIRST,
            *pull(12, MERGED, "s12", own(at(3, "08:00"), "w1")),
            status(2, at(3, "10:00"), "s12", commit("s12", MERGED, pr_number=12)),
            status(
                3,
                at(4, "10:00"),
                "p12",
                commit("p12", MERGED, pr_number=12, committed_at=at(4, "09:00"), fingerprint=fingerprint(MERGED)),
                also={"comparison_status": "diverged"},
            ),
        ],
        {LEAD: {"of 1": None, item(12, MERGED, 1): 2}, FREQUENCY: {"1": 1, "2": 1, "3": 1}},
    ),
]
