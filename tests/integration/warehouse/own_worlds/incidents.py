"""Section 2 (incidents)."""

from typing import Any

from tests.histories.build import at, commit, failure, incident, pull, record, revert, run, status
from tests.integration.warehouse.own_worlds.world import BASE, FREQUENCY, RATE, RECOVERY, REWORK, Inferred, Of, World

CART, CENTRAL = "octo-org/cart", "octo-org/incidents"


def transferred() -> list[dict[str, Any]]:
    """Return an issue that was opened in another repository at 10:30 and came here at 11:00; closed at 12:00."""
    records = incident(7, at(3, "11:00"), at(3, "12:00"))
    for entry in records:
        entry["output"]["opened_at"] = at(3, "11:00")
    first = records[0]["output"]
    old = {**first, "id": 57, "number": 3, "at": at(3, "10:30"), "opened_at": at(3, "10:30")}
    gone = {**old, "action": "transferred", "at": at(3, "11:00"), "transferred_to": 7, "is_transferred": None}
    records[0]["output"] |= {"is_transferred": True, "transferred_from": 57}
    return [
        *records,
        record("incident", f"57-{at(3, '10:30')}", old, repo=CART),
        record("incident", "57-transferred", gone, repo=CART),
    ]


REGIONS = [
    status(1, at(2, "09:00"), "a", first=True, env="prod-us"),
    status(2, at(2, "09:10"), "a", first=True, env="prod-eu"),
    status(3, at(3, "10:00"), "b", commit("b", at(3, "09:00")), env="prod-eu"),
    status(4, at(3, "10:30"), "b", commit("b", at(3, "09:00")), env="prod-us"),
]
THREE = [*BASE, status(3, at(3, "12:00"), "c", commit("c", at(3, "11:00")))]
CENTRAL_SERVICES = {
    "services": {
        "orders": {"repositories": ["octo-org/shop"], "incidents": [CENTRAL]},
        "basket": {"repositories": [CART], "incidents": [CENTRAL]},
    }
}
CENTRAL_DEPLOYMENTS = [
    *BASE,
    status(11, at(2, "09:00"), "k", first=True, repo=CART),
    status(12, at(3, "10:15"), "l", commit("l", at(3, "09:00")), repo=CART),
]
WORLDS = [
    World(
        "2",
        "An incident names no cause: it is about the newest deployment that began before it was opened.",
        False,
        [*THREE, *incident(7, at(3, "11:30"), at(3, "13:00"))],
        {RATE: {"1": 0, "2": 1, "3": 0}, RECOVERY: {"2": 3}, REWORK: {"1": 0, "2": 0, "3": None}},
    ),
    World(
        "2",
        "An incident that was opened in another repository was transferred here: it is one outage, of this repository.",
        True,
        [*BASE, *transferred()],
        {RATE: {"1": 0, "2": 1}, RECOVERY: {"2": 2}},
    ),
    World(
        "2",
        "Reopened. The revert was deployed while the incident was closed: no remediation falls while it is open, so the "
        "first one counts.",
        True,
        [
            *BASE,
            *incident(7, at(3, "10:30"), at(3, "11:30"), reopened=at(3, "12:00"), closed_again=at(3, "14:00")),
            status(3, at(3, "11:45"), "r", revert("r", at(3, "11:40"), "b")),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0}, RECOVERY: {"2": 1.75}, REWORK: {"1": 0, "2": 0, "3": 1}},
    ),
    World(
        "2",
        "Reopened three hours after the closing, and nothing else was deployed: recovery is the last closing.",
        True,
        [
            *BASE,
            *incident(7, at(3, "10:30"), at(3, "11:30"), reopened=at(3, "14:30"), closed_again=at(3, "15:00")),
        ],
        {RATE: {"1": 0, "2": 1}, RECOVERY: {"2": 5}, REWORK: {"1": 0, "2": 0}},
    ),
    World(
        "2",
        "The rollback ends at the second of the closing: it is within, so the incident is about what was rolled back, not about c.",
        True,
        [
            *THREE,
            *incident(7, at(3, "12:30"), at(3, "14:00")),
            status(4, at(3, "14:00"), "r", revert("r", at(3, "13:30"), "b")),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0, "4": 0}, RECOVERY: {"2": 4}, REWORK: {"1": 0, "2": 0, "3": 0, "4": 1}},
    ),
    World(
        "2",
        "A central repository: the label names one of two services; the incident without a label belongs to neither.",
        False,
        [
            *CENTRAL_DEPLOYMENTS,
            *incident(7, at(3, "10:30"), at(3, "12:00"), repo=CENTRAL, labels=["incident", "service:orders"]),
            *incident(8, at(3, "10:40"), at(3, "12:00"), repo=CENTRAL),
        ],
        {
            Of(RATE, "orders"): {"1": 0, "2": 1},
            Of(RECOVERY, "orders"): {"2": 2},
            Of(RATE, "basket"): {"11": 0, "12": 0},
            Of(RECOVERY, "basket"): {},
        },
        CENTRAL_SERVICES,
    ),
    World(
        "2",
        "A label is the service's bare name, in capitals; it was added with the closing.",
        True,
        [
            *CENTRAL_DEPLOYMENTS,
            *[
                entry | {"output": entry["output"] | {"all_labels": ["incident", "STOCK"]}}
                if entry["output"]["action"] == "closed"
                else entry
                for entry in incident(7, at(3, "10:30"), at(3, "12:00"), repo=CENTRAL)
            ],
        ],
        {
            Of(RATE, "parcels"): {"1": 0, "2": 0},
            Of(RATE, "stock"): {"11": 0, "12": 1},
            Of(RECOVERY, "stock"): {"12": 1.75},
        },
        {
            "services": {
                "parcels": {"repositories": ["octo-org/shop"], "incidents": [CENTRAL]},
                "stock": {"repositories": [CART], "incidents": [CENTRAL]},
            }
        },
    ),
    World(
        "2",
        "The cause is a pull request of five days ago, which is named and so found; three newer deployments are not it.",
        True,
        [
            BASE[0],
            *pull(12, at(3, "09:50"), "s12", {"authored": at(3, "09:00"), "sha": "w"}),
            status(2, at(3, "10:00"), "s12", commit("s12", at(3, "09:50"), pr_number=12)),
            status(3, at(8, "09:00"), "c", commit("c", at(8, "08:00"))),
            status(4, at(8, "09:30"), "d", commit("d", at(8, "09:10"))),
            *incident(7, at(8, "10:00"), at(8, "12:00"), also={"cause_number": 12}),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0, "4": 0}, RECOVERY: {"2": 122}},
    ),
    World(
        "2",
        "An incident names a region by a label, so only one is left: known. The other region's newer deployment did not fail.",
        False,
        [*REGIONS, *incident(7, at(3, "11:00"), at(3, "12:00"), labels=["incident", "env:prod-eu"])],
        {RATE: {"1": 0, "2": 0, "3": 1, "4": 0}, RECOVERY: {"3": 2}},
    ),
    World(
        "2",
        "An incident names no region: only the newest deployment of both counts, and that it is the one is inferred.",
        True,
        [*REGIONS, *incident(7, at(3, "11:00"), at(3, "12:00"))],
        {RATE: {"1": 0, "2": 0, "3": 0, "4": Inferred(1)}, RECOVERY: {"4": Inferred(1.5)}},
    ),
    World(
        "2",
        "The label not-a-deployment came with the closing, after two days: the incident is taken out.",
        True,
        [
            *BASE,
            *[
                entry
                | {"output": entry["output"] | {"all_labels": ["incident", "not-a-deployment"], "is_exempt": True}}
                if entry["output"]["action"] == "closed"
                else entry
                for entry in incident(7, at(3, "10:30"), at(5, "12:00"))
            ],
        ],
        {RATE: {"1": 0, "2": 0}, RECOVERY: {}, REWORK: {"1": 0, "2": 0}},
    ),
    World(
        "2",
        "A cancelled attempt is no candidate: the incident is about the deployment before it.",
        True,
        [
            *BASE,
            failure(3, at(3, "10:20"), "c"),
            run(9003, "cancelled", at(3, "10:20")),
            *incident(7, at(3, "10:30"), at(3, "12:00")),
        ],
        {RATE: {"1": 0, "2": 1}, RECOVERY: {"2": 2}, FREQUENCY: {"1": 1, "2": 1}},
    ),
    World(
        "2",
        "A deployment that brings only a revert is no candidate: the incident after it, within a day, is about what was reverted.",
        True,
        [
            *BASE,
            status(3, at(3, "11:00"), "r", revert("r", at(3, "10:50"), "b")),
            *incident(7, at(3, "11:30"), at(3, "13:00")),
        ],
        {RATE: {"1": 0, "2": 1, "3": 0}, RECOVERY: {"2": 1}, REWORK: {"1": 0, "2": 0, "3": 1}},
    ),
]
