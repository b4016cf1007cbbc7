"""Sections 5 (hotfixes), 6 (recovery) and 6b (rework)."""

from typing import Any

from tests.histories.build import at, commit, incident, pull, revert, status
from tests.histories.extend import Record
from tests.integration.warehouse.own_worlds.world import BASE, RATE, RECOVERY, REWORK, World


def squash(number: int, id: int, written: int, merged: int, deployed: int, **also: Any) -> list[Record]:
    """Return a pull request of one commit that is squashed and deployed alone."""
    sha = f"s{number}"
    return [
        *pull(number, merged, sha, {"authored": written, "sha": f"w{number}"}, also=also),
        status(id, deployed, sha, commit(sha, merged, pr_number=number)),
    ]


C = status(3, at(3, "11:00"), "c", commit("c", at(3, "10:15")))
WORLDS = [
    World(
        "5",
        "The branch is named hotfix/checkout. It was written before c was deployed, so it is about b.",
        False,
        [*BASE, C, *squash(15, 4, at(3, "10:30"), at(3, "11:50"), at(3, "12:00"), head_ref="hotfix/checkout")],
        {RATE: {"1": 0, "2": 1, "3": 0, "4": 0}, RECOVERY: {"2": 2}, REWORK: {"1": 0, "2": 0, "3": 0, "4": 1}},
    ),
    World(
        "5",
        "Labels and branches that only contain the letters: hotfixes-welcome and nohotfix are other words.",
        True,
        [
            *BASE,
            *squash(
                15,
                3,
                at(3, "11:00"),
                at(3, "11:50"),
                at(3, "12:00"),
                labels=["hotfixes-welcome"],
                head_ref="nohotfix/a",
            ),
        ],
        {RATE: {"1": 0, "2": 0, "3": 0}, RECOVERY: {}, REWORK: {"1": 0, "2": 0, "3": 0}},
    ),
    World(
        "5",
        "The words are configured: emergency is one, hotfix is not any more.",
        True,
        [
            *BASE,
            *squash(15, 3, at(3, "11:00"), at(3, "11:50"), at(3, "12:00"), head_ref="hotfix/a"),
            *squash(16, 4, at(3, "12:30"), at(3, "12:50"), at(3, "13:00"), labels=["Emergency"]),
        ],
        {RATE: {"1": 0, "2": 0, "3": 1, "4": 0}, RECOVERY: {"3": 1}, REWORK: {"1": 0, "2": 0, "3": 0, "4": 1}},
        {"hotfix": ["emergency"]},
    ),
    World(
        "5",
        "A hotfix that was written four days after the last deployment names nothing, so it is about none of them; it is "
        "rework all the same.",
        True,
        [*BASE, *squash(15, 3, at(7, "11:00"), at(7, "11:50"), at(7, "12:00"), labels=["hotfix"])],
        {RATE: {"1": 0, "2": 0, "3": 0}, RECOVERY: {}},
    ),
    World(
        "6",
        "Two incidents about one deployment; the second revert falls while the second incident is open: recovery is that one.",
        False,
        [
            *BASE,
            *incident(7, at(3, "10:30"), at(3, "11:15")),
            *incident(8, at(3, "11:10"), at(3, "15:00")),
            status(3, at(3, "11:05"), "r", revert("r", at(3, "10:50"), "b")),
            status(4, at(3, "12:30"), "r2", revert("r2", at(3, "12:10"), "b")),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0, "4": 0}, RECOVERY: {"2": 2.5}, REWORK: {"1": 0, "2": 0, "3": 1, "4": 1}},
    ),
    World(
        "6",
        "A flag was switched off and the incident closed; the revert came five hours later. The first remediation counts.",
        True,
        [
            *BASE,
            *incident(7, at(3, "10:30"), at(3, "11:00")),
            status(3, at(3, "16:00"), "r", revert("r", at(3, "15:30"), "b")),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0}, RECOVERY: {"2": 6}, REWORK: {"1": 0, "2": 0, "3": 1}},
    ),
    World(
        "6",
        "Two fixes while the incident is open: the pull request of the second closes the issue, so that one helped.",
        True,
        [
            *BASE,
            *incident(7, at(3, "10:30"), at(3, "14:00")),
            *squash(21, 3, at(3, "11:00"), at(3, "11:20"), at(3, "11:30")),
            *squash(22, 4, at(3, "12:00"), at(3, "12:20"), at(3, "12:30"), closes=[7]),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0, "4": 0}, RECOVERY: {"2": 2.5}, REWORK: {"1": 0, "2": 0, "3": None, "4": 1}},
    ),
    World(
        "6",
        "The incident was opened while b was still rolled out: recovery is counted from the opening.",
        True,
        [
            BASE[0],
            status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00")), begin=at(3, "09:30")),
            *incident(7, at(3, "09:45"), at(3, "11:00")),
        ],
        {RATE: {"1": 0, "2": 1}, RECOVERY: {"2": 1.25}},
    ),
    World(
        "6",
        "The fix was written on a branch before the incident was opened: it is not the fix, recovery is the closing.",
        True,
        [
            *BASE,
            *incident(7, at(3, "10:30"), at(3, "13:00")),
            status(3, at(3, "11:30"), "f", commit("f", at(3, "10:20"))),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0}, RECOVERY: {"2": 3}, REWORK: {"1": 0, "2": 0, "3": None}},
    ),
    World(
        "6",
        "A fix is deployed 25 hours after the opening: too late to be the fix, and to be in doubt.",
        True,
        [
            *BASE,
            *incident(7, at(3, "10:30"), at(4, "14:30")),
            status(3, at(4, "11:31"), "f", commit("f", at(4, "11:00"))),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0}, RECOVERY: {"2": 28.5}, REWORK: {"1": 0, "2": 0, "3": 0}},
    ),
    World(
        "6b",
        "A revert is deployed with an older change: the failure and recovery are known, whether it is rework is not.",
        False,
        [
            *BASE,
            status(3, at(3, "12:00"), "r", commit("x", at(3, "09:30")), revert("r", at(3, "11:00"), "b")),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0}, RECOVERY: {"2": 2}, REWORK: {"1": 0, "2": 0, "3": None}},
    ),
    World(
        "6b",
        "With the revert GitHub lists an older commit that had come before, picked: it does not arrive, so it is no rider.",
        True,
        [
            BASE[0],
            status(2, at(3, "10:00"), "b", commit("x", at(3, "08:30")), commit("b", at(3, "09:00"))),
            status(
                3,
                at(3, "12:00"),
                "r",
                commit("x2", at(3, "08:30"), committed_at=at(3, "10:50")),
                revert("r", at(3, "11:00"), "b"),
            ),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0}, RECOVERY: {"2": 2}, REWORK: {"1": 0, "2": 0, "3": 1}},
    ),
    World(
        "6b",
        "A hotfix of two commits is deployed with a change that was written between them: younger than its oldest, no rider.",
        True,
        [
            *BASE,
            *pull(
                15,
                at(3, "11:50"),
                "s15",
                {"authored": at(3, "10:40"), "sha": "w1"},
                {"authored": at(3, "11:40"), "sha": "w2"},
                also={"labels": ["hotfix"]},
            ),
            status(3, at(3, "12:00"), "s15", commit("c", at(3, "11:00")), commit("s15", at(3, "11:50"), pr_number=15)),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0}, RECOVERY: {"2": 2}, REWORK: {"1": 0, "2": 0, "3": 1}},
    ),
]
