"""Sections 3 (attempts) and 4 (rollbacks)."""

from typing import Any

from tests.histories.build import at, commit, failure, job, release, run, status
from tests.integration.warehouse.own_worlds.world import BASE, FREQUENCY, LEAD, RATE, RECOVERY, REWORK, Inferred, World

FAILED, CANCELLED, POSSIBLE = "deployment_attempts_failed", "deployment_attempts_cancelled", "possible_failures"


def _job(id: int, name: str) -> dict[str, Any]:
    return {"id": id, "name": name}


B = commit("b", at(3, "09:00"))
C = commit("c", at(3, "10:30"))
WORLDS = [
    World(
        "3",
        "A failed job is run again in the same run: one attempt, whose id and time are those of the success.",
        False,
        [
            BASE[0],
            failure(2, at(3, "10:00"), "b", run=77, attempt=1),
            status(3, at(3, "10:20"), "b", B, run=77, attempt=2),
            run(77, "failure", at(3, "10:00")),
            run(77, "success", at(3, "10:20"), 2),
        ],
        {
            FREQUENCY: {"1": 1, "3": 1},
            RATE: {"1": 0, "3": 0},
            REWORK: {"1": 0, "3": 0},
            FAILED: {},
            LEAD: {"of 1": None, "b": 1 + 1 / 3},
        },
    ),
    World(
        "3",
        "Two jobs of one matrix deploy to one environment: one succeeded, one failed. They are two attempts of one run.",
        True,
        [
            BASE[0],
            status(2, at(3, "10:00"), "b", B, run=77, job=_job(501, "deploy (blue)")),
            failure(3, at(3, "10:01"), "b", run=77, job=_job(502, "deploy (green)")),
            run(77, "failure", at(3, "10:00")),
            job(501, at(3, "09:55"), at(3, "10:00"), run=77, name="deploy (blue)", sha="b"),
            job(502, at(3, "09:55"), at(3, "10:01"), "failure", run=77, name="deploy (green)", sha="b"),
        ],
        {FREQUENCY: {"1": 1, "2": 1}, RATE: {"1": 0, "2": 0}, FAILED: {"3": 1}, CANCELLED: {}, POSSIBLE: {}},
    ),
    World(
        "3",
        "A failed attempt is followed by a change that was written after it: counted apart, and a possible failure.",
        True,
        [
            BASE[0],
            failure(2, at(3, "10:00"), "b"),
            run(9002, "failure", at(3, "10:00")),
            status(3, at(3, "11:00"), "c", B, C),
        ],
        {
            FREQUENCY: {"1": 1, "3": 1},
            RATE: {"1": 0, "3": 0},
            REWORK: {"1": 0, "3": 0},
            FAILED: {"2": 1},
            POSSIBLE: {"2": 1},
        },
    ),
    World(
        "3",
        "A failed attempt is tried again by another run, of the same commit: it was a retry, so nothing failed.",
        True,
        [
            BASE[0],
            failure(2, at(3, "10:00"), "b"),
            run(9002, "failure", at(3, "10:00")),
            status(3, at(3, "10:30"), "b", B),
        ],
        {FREQUENCY: {"1": 1, "3": 1}, RATE: {"1": 0, "3": 0}, REWORK: {"1": 0, "3": 0}, FAILED: {"2": 1}, POSSIBLE: {}},
    ),
    World(
        "3",
        "Two attempts at b failed, each in its own run, then a is deployed again: each attempt needed the way back.",
        True,
        [
            BASE[0],
            failure(2, at(3, "10:00"), "b"),
            run(9002, "failure", at(3, "10:00")),
            failure(3, at(3, "10:15"), "b"),
            run(9003, "failure", at(3, "10:15")),
            status(4, at(3, "10:30"), "a"),
        ],
        {
            FREQUENCY: {"1": 1, "4": 1},
            RATE: {"1": 0, "2": 1, "3": 1, "4": 0},
            RECOVERY: {"2": 0.5, "3": 0.25},
            REWORK: {"1": 0, "4": 1},
            FAILED: {},
        },
    ),
    World(
        "3",
        "The setting counts failed attempts as failures; no sign shows their recovery.",
        False,
        [
            BASE[0],
            failure(2, at(3, "10:00"), "b"),
            run(9002, "failure", at(3, "10:00")),
            status(3, at(3, "10:30"), "b", B),
        ],
        {FREQUENCY: {"1": 1, "3": 1}, RATE: {"1": 0, "2": 1, "3": 0}, REWORK: {"1": 0, "3": 0}},
        {"repositories": {"octo-org/shop": {"failed_attempts": "count"}}},
    ),
    World(
        "4",
        "GitHub compares the deployment behind the one before, and its commit was never deployed: the one it replaces failed.",
        False,
        [*BASE, status(3, at(3, "12:00"), "between", behind=True)],
        {
            FREQUENCY: {"1": 1, "2": 1, "3": 1},
            RATE: {"1": 0, "2": 1, "3": 0},
            RECOVERY: {"2": 2},
            REWORK: {"1": 0, "2": 0, "3": 1},
        },
    ),
    World(
        "4",
        "A hotfix branch is cut from the deployed commit's parent: GitHub says diverged, but its commit is new. No rollback.",
        True,
        [
            *BASE,
            status(3, at(3, "12:00"), "h", commit("h", at(3, "11:00")), also={"comparison_status": "diverged"}),
            status(
                4,
                at(4, "12:00"),
                "m",
                B,
                commit("m", at(4, "11:00"), parents=2),
                also={"comparison_status": "diverged"},
            ),
        ],
        {
            RATE: {"1": 0, "2": 0, "3": 0, "4": 0},
            REWORK: {"1": 0, "2": 0, "3": 0, "4": 0},
            LEAD: {"of 1": None, "b": 1, "h": 1},
        },
    ),
    World(
        "4",
        "An old run is run again to go back: its second attempt deploys a over b. It is a rollback, not a retry of the first.",
        True,
        [
            status(1, at(2, "09:00"), "a", first=True, run=70, attempt=1),
            status(2, at(3, "10:00"), "b", B, run=71),
            status(3, at(3, "12:00"), "a", behind=True, run=70, attempt=2),
            run(70, "success", at(2, "09:00")),
            run(70, "success", at(3, "12:00"), 2),
        ],
        {
            FREQUENCY: {"1": 1, "2": 1, "3": 1},
            RATE: {"1": 0, "2": 1, "3": 0},
            RECOVERY: {"2": 2},
            REWORK: {"1": 0, "2": 0, "3": 1},
            LEAD: {"of 1": None, "b": 1},
        },
    ),
    World(
        "4",
        "Blue and green: b, c, then a again. Of two that are taken out the first failed (inferred), the other is unknown.",
        True,
        [
            *BASE,
            status(3, at(3, "11:00"), "c", C),
            status(4, at(3, "12:00"), "a", behind=True),
        ],
        {
            RATE: {"1": 0, "2": Inferred(1), "3": None, "4": 0},
            RECOVERY: {"2": Inferred(2)},
            REWORK: {"1": 0, "2": 0, "3": 0, "4": 1},
        },
    ),
    World(
        "4",
        "Back two steps to a commit between that was never deployed: the one replaced failed, the one before it did not.",
        True,
        [
            *BASE,
            status(3, at(3, "11:00"), "c", C),
            status(4, at(3, "12:00"), "between b and c", behind=True),
        ],
        {RATE: {"1": 0, "2": 0, "3": 1, "4": 0}, RECOVERY: {"3": 1}, REWORK: {"1": 0, "2": 0, "3": 0, "4": 1}},
    ),
    World(
        "4",
        "Releases are deployments: a patch of the old line after a release of the new one is no rollback.",
        True,
        [
            release("v1.9.0", at(2, "09:00"), "a"),
            release(
                "v2.0.0",
                at(3, "09:00"),
                "b",
                previous={"tag": "v1.9.0", "sha": "a", "committed_at": at(2)},
                commits=[commit("b", at(3, "08:00"))],
            ),
            release(
                "v1.9.1",
                at(4, "09:00"),
                "p",
                previous={"tag": "v1.9.0", "sha": "a", "committed_at": at(2)},
                commits=[commit("p", at(4, "08:00"))],
            ),
        ],
        {
            FREQUENCY: {"v1.9.0": 1, "v2.0.0": 1, "v1.9.1": 1},
            RATE: {"v1.9.0": 0, "v2.0.0": 0, "v1.9.1": 0},
            REWORK: {"v1.9.0": 0, "v2.0.0": 0, "v1.9.1": 0},
        },
        {"repositories": {"octo-org/shop": {"deployments": "releases"}}},
    ),
]
