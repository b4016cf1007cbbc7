"""What a deployment brings where others are excluded, of other parts, or in other environments: sections 0, 7 and 9."""

from tests.histories.build import SHOP, at, commit, incident, pull, status
from tests.integration.warehouse.own_worlds.world import (
    BASE,
    FREQUENCY,
    LEAD,
    RATE,
    RECOVERY,
    REWORK,
    Inferred,
    Of,
    World,
)

B, C, D = commit("b", at(3, "09:00")), commit("c", at(3, "09:30")), commit("d", at(3, "11:30"))
NIGHTLY = {"repositories": {SHOP: {"deployments": {"kind": "statuses", "exclude": [{"event": "schedule"}]}}}}
US, EU = {"env": "prod-us"}, {"env": "prod-eu"}


def whole(measure: str) -> Of:
    return Of(measure, is_whole=True)


WORLDS = [
    World(
        "7",
        "An excluded deployment listed b and c; the next that counts is of b: it brings b, is no rollback, and c waits.",
        True,
        [
            BASE[0],
            status(2, at(3, "10:00"), "c", B, C, event="schedule"),
            status(3, at(3, "11:00"), "b", behind=True),
            status(4, at(3, "12:00"), "d", C, D),
        ],
        {
            FREQUENCY: {"1": 1, "3": 1, "4": 1},
            RATE: {"1": 0, "3": 0, "4": 0},
            REWORK: {"1": 0, "3": 0, "4": 0},
            LEAD: {"of 1": None, "b": 2, "c": 2.5, "d": 0.5},
        },
        NIGHTLY,
    ),
    World(
        "7",
        "A release branch that had been deployed comes again: GitHub says diverged and lists its commits, but going back brings none.",
        True,
        [
            BASE[0],
            status(2, at(3, "10:00"), "x", commit("x", at(3, "09:00"))),
            status(3, at(3, "11:00"), "c", C, also={"comparison_status": "diverged"}),
            status(4, at(3, "12:00"), "x", commit("x", at(3, "09:00")), also={"comparison_status": "diverged"}),
            status(5, at(3, "13:00"), "d", C, D, also={"comparison_status": "diverged"}),
        ],
        {
            RATE: {"1": 0, "2": 0, "3": 1, "4": 0, "5": 0},
            RECOVERY: {"3": 1},
            REWORK: {"1": 0, "2": 0, "3": 0, "4": 1, "5": 0},
            LEAD: {"of 1": None, "x": 1, "c": 1.5, "d": 1.5},
        },
    ),
    World(
        "7",
        "A cherry-pick whose first line was changed keeps its author date: the same change.",
        True,
        [
            *BASE,
            status(
                3,
                at(3, "12:00"),
                "p",
                commit("p", at(3, "09:00"), committed_at=at(3, "11:00"), fingerprint="f" * 16),
                also={"comparison_status": "diverged"},
            ),
        ],
        {LEAD: {"of 1": None, "b": 1}, FREQUENCY: {"1": 1, "2": 1, "3": 1}},
    ),
    World(
        "0",
        "The setting committed, and schemas are mixed: a pull request of schema 1 has a commit of the author time of two listed ones, "
        "so these may have been rebased; that of 09:30 is of none.",
        True,
        [
            BASE[0],
            *pull(12, at(3, "09:50"), "x2", {"authored": at(3, "07:00")}, {"authored": at(3, "08:00")}, schema=1),
            status(
                2,
                at(3, "10:00"),
                "x2",
                commit("x1", at(3, "07:00"), committed_at=at(3, "09:50")),
                commit("x2", at(3, "08:00"), committed_at=at(3, "09:50")),
                commit("c", at(3, "09:00"), committed_at=at(3, "09:30")),
            ),
        ],
        {LEAD: {"of 1": None, "x1": None, "x2": None, "c": 0.5}},
        {"repositories": {SHOP: {"lead_time_from": "committed"}}},
    ),
    World(
        "9",
        "Parts by workflow: the other part's deployment of a newer commit is passed; an older commit of this part is no way back.",
        True,
        [
            status(1, at(2, "09:00"), "a", first=True, workflow="Deploy shipping"),
            status(2, at(3, "10:00"), "c", B, C, workflow="Deploy billing"),
            status(3, at(3, "11:00"), "b", behind=True, workflow="Deploy shipping"),
            status(4, at(3, "12:00"), "d", C, D, workflow="Deploy shipping"),
        ],
        {
            Of(FREQUENCY, "shipping"): {"1": 1, "3": 1, "4": 1},
            Of(RATE, "shipping"): {"1": 0, "3": 0, "4": 0},
            Of(REWORK, "shipping"): {"1": 0, "3": 0, "4": 0},
            Of(LEAD, "shipping"): {"of 1": None, "b": 2, "c": 2.5, "d": 0.5},
            Of(FREQUENCY, "billing"): {"2": 1},
            Of(LEAD, "billing"): {"of 2": None},
        },
        {
            "services": {
                "shipping": {"repositories": [SHOP], "workflows": ["Deploy shipping"]},
                "billing": {"repositories": [SHOP], "workflows": ["Deploy billing"]},
            }
        },
    ),
    World(
        "9",
        "One region was rolled back; the incident of the other one is still open: the service has not recovered, as far as is known.",
        True,
        [
            status(1, at(2, "09:00"), "a", first=True, **US),
            status(2, at(2, "10:00"), "a", first=True, **EU),
            status(3, at(3, "10:00"), "b", B, **US),
            status(4, at(3, "10:30"), "b", B, **EU),
            *incident(7, at(3, "11:00"), labels=["incident", "env:prod-eu"]),
            status(5, at(3, "12:00"), "a", behind=True, **US),
        ],
        {
            RATE: {"1": 0, "2": 0, "3": 1, "4": 1, "5": 0},
            RECOVERY: {"3": 2, "4": None},
            whole(RATE): {"1": 0, "3": 1, "5": 0},
            whole(RECOVERY): {"3": None},
        },
    ),
    World(
        "9",
        "A region skips a commit and gets the next one: the skipped one is the service's deployment all the same, by the other region.",
        True,
        [
            status(1, at(2, "09:00"), "a", first=True, **US),
            status(2, at(2, "10:00"), "a", first=True, **EU),
            status(3, at(3, "10:00"), "b", B, **US),
            status(4, at(3, "12:00"), "d", D, **US),
            status(5, at(3, "13:00"), "d", B, D, **EU),
        ],
        {
            whole(FREQUENCY): {"1": 1, "3": 1, "4": 1},
            whole(LEAD): {"of 1": None, "b": 1, "d": 0.5},
            whole("change_lead_time_last"): {"of 1": None, "b": 4, "d": 1.5},
        },
    ),
    World(
        "9",
        "The same commit comes twice to one region and once to the other: its second coming is a deployment of its own.",
        True,
        [
            status(1, at(2, "09:00"), "a", first=True, **US),
            status(2, at(2, "10:00"), "a", first=True, **EU),
            status(3, at(3, "10:00"), "b", B, **US),
            status(4, at(3, "10:30"), "b", B, **EU),
            status(5, at(4, "10:00"), "b", event="workflow_dispatch", **US),
        ],
        {whole(FREQUENCY): {"1": 1, "3": 1, "5": 1}, whole(RATE): {"1": 0, "3": 0, "5": 0}},
    ),
    World(
        "9",
        "An incident of a service with two regions during a roll-out: only the newest counts, and the whole service failed, inferred.",
        True,
        [
            status(1, at(2, "09:00"), "a", first=True, **US),
            status(2, at(2, "10:00"), "a", first=True, **EU),
            status(3, at(3, "10:00"), "b", B, **US),
            *incident(7, at(3, "10:10"), at(3, "11:00")),
            status(4, at(3, "12:00"), "b", B, **EU),
        ],
        {
            RATE: {"1": 0, "2": 0, "3": Inferred(1), "4": 0},
            whole(RATE): {"1": 0, "3": Inferred(1)},
            whole(RECOVERY): {"3": Inferred(1)},
        },
    ),
]
