"""Sections 0 (certainty) and 1 (reverts)."""

from tests.histories.build import at, commit, pull, revert, status
from tests.integration.warehouse.own_worlds.world import BASE, LEAD, RATE, RECOVERY, REWORK, Inferred, World

SHA = "abcdef1200000000000000000000000000000000"
TWIN = "abcdef1300000000000000000000000000000000"


def own(authored: int, sha: str, **fields: object) -> dict[str, object]:
    return {"authored": authored, "sha": sha, **fields}


WORLDS = [
    World(
        "0",
        "A revert of schema 1 names nothing: each deployment of the 72 hours before may be what failed, and whether its "
        "own deployment is rework is not known.",
        False,
        [*BASE, status(3, at(3, "12:00"), "r", commit("r", at(3, "11:00"), is_revert=True), schema=1)],
        {RATE: {"1": None, "2": None, "3": 0}, RECOVERY: {}, REWORK: {"1": 0, "2": 0, "3": None}},
    ),
    World(
        "0",
        "Records of schema 1: r takes back b; the next revert names r, which is a revert, so it is planned work. "
        "The first line of r is not recorded, so that it is a revert is inferred.",
        True,
        [
            status(1, at(2, "09:00"), "a", first=True, schema=1),
            status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00")), schema=1),
            status(3, at(3, "12:00"), "r", commit("r", at(3, "11:00"), is_revert=True, reverts="b"), schema=1),
            status(4, at(4, "12:00"), "r2", commit("r2", at(4, "11:00"), is_revert=True, reverts="r"), schema=1),
        ],
        {
            RATE: {"1": 0, "2": Inferred(1), "3": 0, "4": 0},
            RECOVERY: {"2": Inferred(2)},
            REWORK: {"1": 0, "2": 0, "3": Inferred(1), "4": 0},
        },
    ),
    World(
        "0",
        "Schemas are mixed: the pull request of schema 1 does not say which of its commits are merges, so both are inferred; "
        "the commit that was pushed is known.",
        True,
        [
            BASE[0],
            *pull(12, at(3, "09:50"), "s12", {"authored": at(3, "08:00")}, {"authored": at(3, "09:00")}, schema=1),
            status(2, at(3, "10:00"), "c", commit("s12", at(3, "09:50"), pr_number=12), commit("c", at(3, "09:30"))),
        ],
        {
            LEAD: {
                "of 1": None,
                f"1012-{at(3, '09:50')}#1": Inferred(2),
                f"1012-{at(3, '09:50')}#2": Inferred(1),
                "c": 0.5,
            }
        },
    ),
    World(
        "1",
        "A revert of a revert of a revert: three nested quotes are odd. The second coming (4) failed until the third revert (5).",
        False,
        [
            *BASE,
            status(3, at(3, "12:00"), "r1", revert("r1", at(3, "11:30"), "b")),
            status(
                4,
                at(4, "10:00"),
                "r2",
                commit("r2", at(4, "09:00"), revert_depth=2, title_kind="revert", reverts="r1"),
            ),
            status(
                5,
                at(4, "13:00"),
                "r3",
                commit("r3", at(4, "12:30"), is_revert=True, revert_depth=3, title_kind="revert", reverts="r2"),
            ),
        ],
        {
            RATE: {"1": 0, "2": 1, "3": 0, "4": 1, "5": 0},
            RECOVERY: {"2": 2, "4": 3},
            REWORK: {"1": 0, "2": 0, "3": 1, "4": 0, "5": 1},
        },
    ),
    World(
        "1",
        "A revert is picked to a release branch that is deployed next: both name b, which failed once and recovered with the first.",
        False,
        [
            *BASE,
            status(3, at(3, "12:00"), "r", revert("r", at(3, "11:30"), "b")),
            status(
                4,
                at(3, "15:00"),
                "p",
                revert("p", at(3, "11:30"), "b", committed_at=at(3, "14:00")),
                also={"comparison_status": "diverged"},
            ),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0, "4": 0}, RECOVERY: {"2": 2}},
    ),
    World(
        "1",
        "Eight digits that begin two known commits name neither: nobody says which failed. The first deployment's changes are "
        "not known, so it may have brought what is named.",
        True,
        [
            BASE[0],
            status(2, at(3, "10:00"), SHA, commit(SHA, at(3, "09:00"))),
            status(3, at(3, "11:00"), TWIN, commit(TWIN, at(3, "10:30"))),
            status(4, at(3, "12:00"), "r", revert("r", at(3, "11:30"), SHA[:7])),
        ],
        {RATE: {"1": None, "2": 0, "3": 0, "4": 0}, RECOVERY: {}, REWORK: {"1": 0, "2": 0, "3": 0, "4": 0}},
    ),
    World(
        "1",
        "A pull request was rebased onto main, so its commits got other names; its revert names its number. The merge commit is "
        "its own, too: its deployment failed.",
        True,
        [
            BASE[0],
            *pull(12, at(3, "09:50"), "x2", own(at(3, "08:00"), "w1"), own(at(3, "09:00"), "w2")),
            status(
                2,
                at(3, "10:00"),
                "x2",
                commit("x1", at(3, "08:00"), committed_at=at(3, "09:50")),
                commit("x2", at(3, "09:00"), committed_at=at(3, "09:50")),
            ),
            status(3, at(3, "11:00"), "c", commit("c", at(3, "10:30"))),
            status(4, at(3, "12:00"), "r", revert("r", at(3, "11:30"), reverts_number=12)),
        ],
        {
            RATE: {"1": 0, "2": 1, "3": 0, "4": 0},
            RECOVERY: {"2": 2},
            REWORK: {"1": 0, "2": 0, "3": 0, "4": 1},
            LEAD: {"of 1": None, "x1": 2, "x2": 1, "c": 0.5, "r": 0.5},
        },
    ),
    World(
        "1",
        "A revert after twelve days names its commit, which is found however old; the deployment the hour before is not it.",
        True,
        [
            *BASE,
            status(3, at(15, "09:00"), "c", commit("c", at(15, "08:00"))),
            status(4, at(15, "10:00"), "r", revert("r", at(15, "09:30"), "b")),
        ],
        {
            RATE: {"1": 0, "2": 1, "3": 0, "4": 0},
            RECOVERY: {"2": 288},
            REWORK: {"1": 0, "2": 0, "3": 0, "4": 1},
        },
    ),
    World(
        "1",
        "A pull request's title says Reapply, the message of the squash names the revert: planned work.",
        True,
        [
            *BASE,
            status(3, at(3, "12:00"), "r", revert("r", at(3, "11:30"), "b")),
            *pull(
                20,
                at(4, "09:30"),
                "s20",
                own(at(4, "09:00"), "w", title_kind="reapply"),
                also={"title_kind": "reapply", "reverts_sha": "r"},
            ),
            status(
                4,
                at(4, "10:00"),
                "s20",
                commit("s20", at(4, "09:30"), pr_number=20, title_kind="reapply", reverts="r"),
            ),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0, "4": 0}, RECOVERY: {"2": 2}, REWORK: {"1": 0, "2": 0, "3": 1, "4": 0}},
    ),
    World(
        "1",
        "A revert without a name, written before the newest deployment began: it is about the one that was there then (inferred).",
        True,
        [
            *BASE,
            status(3, at(3, "12:00"), "c", commit("c", at(3, "10:30")), begin=at(3, "11:50")),
            status(4, at(3, "13:00"), "r", revert("r", at(3, "11:00"))),
        ],
        {
            RATE: {"1": 0, "2": Inferred(1), "3": 0, "4": 0},
            RECOVERY: {"2": Inferred(3)},
            REWORK: {"1": 0, "2": 0, "3": 0, "4": Inferred(1)},
        },
    ),
]
