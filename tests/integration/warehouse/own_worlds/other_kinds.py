"""Deployments of other kinds with signs of failure, and settings: sections 2, 3, 4, 7 and 9."""

from typing import Any

from tests.histories.build import SHOP, at, commit, failure, incident, job, pull, record, release, revert, run, status
from tests.histories.extend import Record
from tests.integration.warehouse.own_worlds.world import BASE, FREQUENCY, LEAD, RATE, RECOVERY, REWORK, Of, World

CART = "octo-org/cart"
US, EU = {"env": "prod-us"}, {"env": "prod-eu"}
B = commit("b", at(3, "09:00"))
RUNS = {
    "repositories": {
        SHOP: {"deployments": {"kind": "workflow", "workflow": "Deploy", "job": "deploy", "branches": ["main"]}}
    }
}


def moved_away() -> list[Record]:
    """Return an issue that was opened here at 10:30, moved to the cart's repository at 11:00, and closed there at 12:00."""
    records = incident(7, at(3, "11:00"), at(3, "12:00"), repo=CART)
    first = records[0]["output"]
    old = {**first, "id": 57, "number": 3, "at": at(3, "10:30"), "opened_at": at(3, "10:30")}
    gone = {**old, "action": "transferred", "at": at(3, "11:00"), "transferred_to": 7, "is_transferred": None}
    first |= {"is_transferred": True, "transferred_from": 57}
    return [
        *records,
        record("incident", f"57-{at(3, '10:30')}", old),
        record("incident", "57-transferred", gone),
    ]


def deploy(number: int, time: str, sha: str, attempt: int = 1) -> list[Record]:
    end = at(3, time)
    return [
        job(number * 10 + attempt, end - 60_000, end, run=number, attempt=attempt, sha=sha),
        run(number, "success", end, attempt),
    ]


def tag(name: str, day: int, sha: str, before: tuple[str, str] | None = None) -> Record:
    previous: dict[str, Any] | None = None
    if before:
        previous = {"tag": before[0], "sha": before[1], "committed_at": at(1)}
    return release(name, at(day, "10:00"), sha, prefix=name.split("v", maxsplit=1)[0] + "v", previous=previous)


WORLDS = [
    World(
        "2",
        "An incident was opened here and moved to the cart's repository: it is the cart's, and nothing of this one failed.",
        True,
        [
            *BASE,
            status(11, at(2, "09:00"), "k", first=True, repo=CART),
            status(12, at(3, "10:15"), "l", commit("l", at(3, "09:00")), repo=CART),
            *moved_away(),
        ],
        {RATE: {"1": 0, "2": 0}, RECOVERY: {}, Of(RATE, CART): {"11": 0, "12": 1}, Of(RECOVERY, CART): {"12": 1.75}},
    ),
    World(
        "2",
        "A deployment that begins at the second of the opening did not begin before it: the incident is about a.",
        True,
        [*BASE, *incident(7, at(3, "10:00"), at(3, "11:00"))],
        {RATE: {"1": 1, "2": 0}, RECOVERY: {"1": 26}},
    ),
    World(
        "2",
        "The labels that take an incident out are configured: infrastructure is one, not-a-deployment is not any more.",
        True,
        [
            *BASE,
            *incident(
                7, at(3, "10:30"), at(3, "11:00"), labels=["incident", "infrastructure"], also={"is_exempt": False}
            ),
            status(3, at(4, "10:00"), "c", commit("c", at(4, "09:00"))),
            *incident(8, at(4, "10:30"), at(4, "11:00"), labels=["incident", "not-a-deployment"]),
        ],
        {RATE: {"1": 0, "2": 0, "3": 1}, RECOVERY: {"3": 1}},
        {"exempt_labels": ["infrastructure"]},
    ),
    World(
        "3",
        "Failed attempts count as failures by the setting; a cancelled one does not.",
        True,
        [
            BASE[0],
            failure(2, at(3, "10:00"), "b"),
            run(9002, "cancelled", at(3, "10:00")),
            failure(3, at(3, "10:10"), "b"),
            run(9003, "failure", at(3, "10:10")),
            status(4, at(3, "10:30"), "b", B),
        ],
        {
            FREQUENCY: {"1": 1, "4": 1},
            RATE: {"1": 0, "3": 1, "4": 0},
            "deployment_attempts_cancelled": {"2": 1},
        },
        {"repositories": {SHOP: {"failed_attempts": "count"}}},
    ),
    World(
        "4",
        "Runs are deployments: the first run is run again after the second, which takes that out.",
        True,
        [*deploy(1, "10:00", "a"), *deploy(2, "11:00", "b"), *deploy(1, "12:00", "a", 2)],
        {
            FREQUENCY: {"1#1": 1, "2#1": 1, "1#2": 1},
            RATE: {"1#1": 0, "2#1": 1, "1#2": 0},
            RECOVERY: {"2#1": 1},
            REWORK: {"1#1": 0, "2#1": 0, "1#2": 1},
        },
        RUNS,
    ),
    World(
        "7",
        "A pull request by stages: each bound ends a stage, and all add up to three hours.",
        False,
        [
            BASE[0],
            *pull(
                12,
                at(3, "09:50"),
                "s12",
                {"authored": at(3, "07:00"), "sha": "w"},
                opened=at(3, "08:00"),
                also={
                    "timeline": {
                        "first_ready_at": at(3, "08:30"),
                        "last_ready_at": at(3, "08:30"),
                        "drafted_at": None,
                        "first_review_at": at(3, "09:00"),
                        "last_approval_at": at(3, "09:20"),
                        "queued_at": None,
                        "is_merged_by_queue": False,
                    }
                },
            ),
            status(2, at(3, "10:00"), "s12", commit("s12", at(3, "09:50"), pr_number=12)),
        ],
        {
            LEAD: {"of 1": None, f"1012-{at(3, '09:50')}#1": 3},
            **{
                f"pull_request_lead_time{stage}": {f"1012-{at(3, '09:50')}": hours}
                for stage, hours in {
                    "": 3,
                    "_coding": 1.5,
                    "_waiting_for_review": 0.5,
                    "_in_review": 20 / 60,
                    "_waiting_for_merge": 0.5,
                    "_waiting_for_deployment": 10 / 60,
                }.items()
            },
        },
    ),
    World(
        "8",
        "Code of another repository: its pull request that reverts the one before, by number, remediates the deployment of that.",
        True,
        [
            status(1, at(2, "09:00"), "m1", first=True, repo="octo-org/shop-deploy"),
            *pull(61, at(3, "09:30"), "s61", {"authored": at(3, "09:00"), "sha": "w61"}),
            status(2, at(3, "10:00"), "m2", commit("m2", at(3, "09:55")), repo="octo-org/shop-deploy"),
            *pull(
                62,
                at(3, "11:30"),
                "s62",
                {"authored": at(3, "11:00"), "sha": "w62"},
                revert=True,
                also={"title_kind": "revert", "revert_depth": 1, "reverts_number": 61},
            ),
            status(3, at(3, "12:00"), "m3", commit("m3", at(3, "11:55")), repo="octo-org/shop-deploy"),
        ],
        {
            Of(RATE, "manifests"): {"1": 0, "2": 1, "3": 0},
            Of(RECOVERY, "manifests"): {"2": 2},
            Of(REWORK, "manifests"): {"1": 0, "2": 0, "3": 1},
        },
        {
            "services": {
                "manifests": {
                    "repositories": [SHOP, "octo-org/shop-deploy"],
                    "code": {"repositories": [SHOP], "branch": "main"},
                }
            }
        },
    ),
    World(
        "9",
        "Two services of one repository release by prefixes: each has its own line.",
        True,
        [
            tag("api-v1.0.0", 2, "a"),
            tag("web-v1.0.0", 3, "b"),
            tag("api-v1.1.0", 4, "c", ("api-v1.0.0", "a")),
        ],
        {Of(FREQUENCY, "gateway"): {"api-v1.0.0": 1, "api-v1.1.0": 1}, Of(FREQUENCY, "pages"): {"web-v1.0.0": 1}},
        {
            "repositories": {SHOP: {"deployments": "releases"}},
            "services": {
                "gateway": {"repositories": [SHOP], "tags": ["api-v*"]},
                "pages": {"repositories": [SHOP], "tags": ["web-v*"]},
            },
        },
    ),
    World(
        "9",
        "The revert reached one region only: b failed there; in the other region nothing shows that it did.",
        True,
        [
            status(1, at(2, "09:00"), "a", first=True, **US),
            status(2, at(2, "10:00"), "a", first=True, **EU),
            status(3, at(3, "10:00"), "b", B, **US),
            status(4, at(3, "10:30"), "b", B, **EU),
            status(5, at(3, "12:00"), "r", revert("r", at(3, "11:30"), "b"), **US),
        ],
        {
            RATE: {"1": 0, "2": 0, "3": 1, "4": 0, "5": 0},
            RECOVERY: {"3": 2},
            Of(RATE, is_whole=True): {"1": 0, "3": 1, "5": 0},
            Of(RECOVERY, is_whole=True): {"3": 2},
        },
    ),
]
