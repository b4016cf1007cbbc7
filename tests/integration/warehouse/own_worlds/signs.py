"""Several signs about one deployment, and signs that look like others: sections 1, 2, 4, 5 and 6b."""

from typing import Any

from tests.histories.build import at, commit, incident, job, pull, revert, status
from tests.histories.extend import Record
from tests.integration.warehouse.own_worlds.world import (
    BASE,
    FREQUENCY,
    LEAD,
    RATE,
    RECOVERY,
    REWORK,
    Inferred,
    World,
)

B = commit("b", at(3, "09:00"))
C = status(3, at(3, "11:00"), "c", commit("c", at(3, "10:15")))


def squash(number: int, merged: int, written: int, **also: Any) -> list[Record]:
    own = {"authored": written, "sha": f"w{number}"}
    return pull(number, merged, f"s{number}", own, revert=bool(also.get("revert_depth")), also=also)


MERGES = {"repositories": {"octo-org/shop": {"deployments": {"kind": "merges", "branches": ["main"]}}}}
WAITED = status(
    2,
    at(3, "10:00"),
    "b",
    B,
    begin=at(3, "09:30"),
    job={"id": 501, "name": "deploy"},
    also={"in_progress_at": None},
)
WORLDS = [
    World(
        "1",
        "The first line of the squash was edited to Roll back; the title of its pull request is a Revert that names #12.",
        True,
        [
            BASE[0],
            *squash(12, at(3, "09:50"), at(3, "09:00")),
            status(2, at(3, "10:00"), "s12", commit("s12", at(3, "09:50"), pr_number=12)),
            C,
            *squash(14, at(3, "11:50"), at(3, "11:40"), title_kind="revert", revert_depth=1, reverts_number=12),
            status(4, at(3, "12:00"), "s14", commit("s14", at(3, "11:50"), pr_number=14)),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0, "4": 0}, RECOVERY: {"2": 2}, REWORK: {"1": 0, "2": 0, "3": 0, "4": 1}},
    ),
    World(
        "1",
        "A commit that quotes This reverts commit in its text, whose first line is no revert, is planned work.",
        True,
        [*BASE, status(3, at(3, "12:00"), "u", commit("u", at(3, "11:00"), reverts="b"))],
        {RATE: {"1": 0, "2": 0, "3": 0}, RECOVERY: {}, REWORK: {"1": 0, "2": 0, "3": 0}},
    ),
    World(
        "1",
        "After the rollback main is deployed with the bad commit and its revert: what is named came with 2 first, so it is about 2.",
        True,
        [
            *BASE,
            status(3, at(3, "11:00"), "a", behind=True),
            status(4, at(3, "12:00"), "r", B, revert("r", at(3, "11:30"), "b")),
        ],
        {
            RATE: {"1": 0, "2": 1, "3": 0, "4": 0},
            RECOVERY: {"2": 1},
            REWORK: {"1": 0, "2": 0, "3": 1, "4": 1},
            LEAD: {"of 1": None, "b": 1, "r": 0.5},
        },
    ),
    World(
        "1",
        "Merges are deployments: the pull request that GitHub's button made names the number of the one that failed, not the last.",
        True,
        [
            *squash(11, at(3, "10:00"), at(3, "09:00")),
            *squash(12, at(3, "11:00"), at(3, "10:30")),
            *squash(
                13,
                at(3, "12:00"),
                at(3, "11:30"),
                title_kind="revert",
                revert_depth=1,
                is_revert=True,
                reverts_number=11,
            ),
        ],
        {
            RATE: {f"1011-{at(3, '10:00')}": 1, f"1012-{at(3, '11:00')}": 0, f"1013-{at(3, '12:00')}": 0},
            RECOVERY: {f"1011-{at(3, '10:00')}": 2},
            REWORK: {f"1011-{at(3, '10:00')}": 0, f"1012-{at(3, '11:00')}": 0, f"1013-{at(3, '12:00')}": 1},
        },
        MERGES,
    ),
    World(
        "5",
        "A pull request with the label hotfix is a revert that names b: it is about b, not about the newest deployment.",
        True,
        [
            *BASE,
            C,
            *squash(
                15,
                at(3, "11:50"),
                at(3, "11:30"),
                labels=["hotfix"],
                title_kind="revert",
                revert_depth=1,
                reverts_sha="b",
            ),
            status(
                4,
                at(3, "12:00"),
                "s15",
                revert("s15", at(3, "11:50"), "b", pr_number=15),
            ),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0, "4": 0}, RECOVERY: {"2": 2}, REWORK: {"1": 0, "2": 0, "3": 0, "4": 1}},
    ),
    World(
        "5",
        "First the way back, then a hotfix on top: both are about b, which failed once and recovered with the first.",
        True,
        [
            *BASE,
            status(3, at(3, "11:00"), "a", behind=True),
            *squash(15, at(3, "12:50"), at(3, "12:00"), title_kind="hotfix"),
            status(4, at(3, "13:00"), "s15", B, commit("s15", at(3, "12:50"), pr_number=15)),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0, "4": 0}, RECOVERY: {"2": 1}, REWORK: {"1": 0, "2": 0, "3": 1, "4": 1}},
    ),
    World(
        "2",
        "The deployment of b was created, waited for an approval, and began after the incident was opened: that is about a.",
        True,
        [
            BASE[0],
            WAITED,
            job(501, at(3, "09:50"), at(3, "10:00"), run=9002, sha="b", created=at(3, "09:30")),
            *incident(7, at(3, "09:40"), at(3, "11:00")),
        ],
        {RATE: {"1": 1, "2": 0}, RECOVERY: {"1": 26}, REWORK: {"1": 0, "2": None}},
    ),
    World(
        "2",
        "The same without a record of the job: that b had begun is inferred from its creation.",
        True,
        [
            BASE[0],
            status(2, at(3, "10:00"), "b", B, begin=at(3, "09:30"), also={"in_progress_at": None}),
            *incident(7, at(3, "09:40"), at(3, "11:00")),
        ],
        {RATE: {"1": 0, "2": Inferred(1)}, RECOVERY: {"2": Inferred(80 / 60)}},
    ),
    World(
        "6b",
        "The same commit is restarted while the incident is open: no change, so it is not the fix, and whether it is rework is unknown.",
        True,
        [
            *BASE,
            *incident(7, at(3, "10:30"), at(3, "12:00")),
            status(3, at(3, "11:00"), "b", event="workflow_dispatch"),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0}, RECOVERY: {"2": 2}, REWORK: {"1": 0, "2": 0, "3": None}},
    ),
    World(
        "2",
        "The setting failure_hours is one: an incident two hours after the deployment is about none, a revert that names it is.",
        True,
        [
            *BASE,
            *incident(7, at(3, "12:00"), at(3, "12:30")),
            status(3, at(3, "14:00"), "c", commit("c", at(3, "13:00"))),
            status(4, at(3, "17:00"), "r", revert("r", at(3, "16:30"), "c")),
        ],
        {RATE: {"1": 0, "2": 0, "3": 1, "4": 0}, RECOVERY: {"3": 3}},
        {"repositories": {"octo-org/shop": {"failure_hours": 1}}},
    ),
    World(
        "2",
        "Reopened two days later; a revert then names b. Recovery is the last remediation while the incident is open.",
        True,
        [
            *BASE,
            *incident(7, at(3, "10:30"), at(3, "11:00"), reopened=at(5, "10:30"), closed_again=at(5, "12:00")),
            status(3, at(5, "11:00"), "r", revert("r", at(5, "10:40"), "b")),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0}, RECOVERY: {"2": 49}, REWORK: {"1": 0, "2": 0, "3": 1}},
    ),
    World(
        "4",
        "Back, forth and back again: each coming of b failed, and each way back is known to be about the last one.",
        True,
        [
            *BASE,
            status(3, at(3, "11:00"), "a", behind=True),
            status(4, at(3, "12:00"), "b", B),
            status(5, at(3, "14:00"), "a", behind=True),
        ],
        {
            FREQUENCY: dict.fromkeys("12345", 1),
            RATE: {"1": 0, "2": 1, "3": 0, "4": 1, "5": 0},
            RECOVERY: {"2": 1, "4": 2},
            REWORK: {"1": 0, "2": 0, "3": 1, "4": 0, "5": 1},
            LEAD: {"of 1": None, "b": 1},
        },
    ),
]
