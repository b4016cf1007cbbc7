"""Sections 9 (services and production), 10 (cohorts) and 12 (CI)."""

from tests.histories.build import SHOP, at, commit, job, pull, status
from tests.histories.extend import Record
from tests.integration.warehouse.own_worlds.world import FREQUENCY, LEAD, RATE, RECOVERY, REWORK, Of, World

US, EU = {"env": "prod-us"}, {"env": "prod-eu"}
B, C = commit("b", at(3, "09:00")), commit("c", at(3, "11:30"))
HOUR = 3_600_000
PARTS = {
    "services": {
        "backend": {"repositories": [SHOP], "workflows": ["Deploy backend"], "paths": ["api/**"]},
        "frontend": {"repositories": [SHOP], "workflows": ["Deploy frontend"], "paths": ["web/**"]},
    }
}


def whole(measure: str) -> Of:
    return Of(measure, is_whole=True)


def squashed(number: int, time: str, path: str) -> list[Record]:
    return pull(number, at(3, time), f"s{number}", {"authored": at(3, "09:00"), "sha": f"w{number}"}, paths=[path])


WORLDS = [
    World(
        "9",
        "Two regions: b reaches us at 10:00 and eu at 12:00; each goes back. One deployment of the service failed, from the first "
        "arrival to the last way back.",
        False,
        [
            status(1, at(2, "09:00"), "a", first=True, **US),
            status(2, at(2, "10:00"), "a", first=True, **EU),
            status(3, at(3, "10:00"), "b", B, **US),
            status(4, at(3, "12:00"), "b", B, **EU),
            status(5, at(3, "13:00"), "a", behind=True, **US),
            status(6, at(3, "15:00"), "a", behind=True, **EU),
        ],
        {
            FREQUENCY: {"1": 1, "2": 1, "3": 1, "4": 1, "5": 1, "6": 1},
            RECOVERY: {"3": 3, "4": 3},
            whole(FREQUENCY): {"1": 1, "3": 1, "5": 1},
            whole(RATE): {"1": 0, "3": 1, "5": 0},
            whole(RECOVERY): {"3": 5},
            whole(REWORK): {"1": 0, "3": 0, "5": 1},
            whole(LEAD): {"of 1": None, "b": 1},
            whole("change_lead_time_last"): {"of 1": None, "b": 3},
        },
    ),
    World(
        "9",
        "Only one region goes back, the other never got b: the service failed once, and recovered with that region.",
        True,
        [
            status(1, at(2, "09:00"), "a", first=True, **US),
            status(2, at(2, "10:00"), "a", first=True, **EU),
            status(3, at(3, "10:00"), "b", B, **US),
            status(4, at(3, "11:00"), "a", behind=True, **US),
            status(5, at(3, "12:00"), "c", B, C, **EU),
        ],
        {
            whole(FREQUENCY): {"1": 1, "3": 1, "4": 1, "5": 1},
            whole(RATE): {"1": 0, "3": 1, "4": 0, "5": 0},
            whole(RECOVERY): {"3": 1},
        },
    ),
    World(
        "9",
        "Production by flag and by name: a transient environment is none, a true flag makes one, a false flag says nothing.",
        True,
        [
            status(1, at(2, "09:00"), "a", first=True, env="production", also={"transient_environment": True}),
            status(2, at(2, "09:10"), "a", first=True, env="main-eu", also={"production_environment": True}),
            status(3, at(2, "09:20"), "a", first=True, env="LIVE_eu", also={"production_environment": False}),
            status(4, at(2, "09:30"), "a", first=True, env="pre-production"),
            status(5, at(2, "09:40"), "a", first=True, env="Production \N{EN DASH} review"),
            status(6, at(2, "09:50"), "a", first=True, env="products"),
            status(7, at(2, "10:00"), "a", first=True, env="prod2"),
        ],
        {FREQUENCY: {"2": 1, "3": 1, "7": 1}},
    ),
    World(
        "9",
        "An environment was renamed: the old name is an alias, so the way back past the renaming is a rollback.",
        True,
        [
            status(1, at(2, "09:00"), "a", first=True, env="prod-old"),
            status(2, at(3, "10:00"), "b", B, env="prod-old"),
            status(3, at(3, "12:00"), "a", first=True, env="prod-new"),
        ],
        {
            FREQUENCY: {"1": 1, "2": 1, "3": 1},
            RATE: {"1": 0, "2": 1, "3": 0},
            RECOVERY: {"2": 2},
            REWORK: {"1": 0, "2": 0, "3": 1},
        },
        {"environment_aliases": {"prod-old": "prod-new"}},
    ),
    World(
        "9",
        "A monorepo: each part has its own deployments; a change of both parts counts in each, one of neither in none.",
        True,
        [
            status(1, at(2, "09:00"), "a", first=True, workflow="Deploy backend"),
            status(2, at(2, "09:10"), "a", workflow="Deploy frontend"),
            *squashed(11, "09:30", "api/src/"),
            *squashed(12, "09:40", "web/"),
            *squashed(13, "09:50", "docs/"),
            status(
                3,
                at(3, "10:00"),
                "s13",
                commit("s11", at(3, "09:30"), pr_number=11),
                commit("s12", at(3, "09:40"), pr_number=12),
                commit("s13", at(3, "09:50"), pr_number=13),
                workflow="Deploy backend",
            ),
        ],
        {
            Of(FREQUENCY, "backend"): {"1": 1, "3": 1},
            Of(FREQUENCY, "frontend"): {"2": 1},
            Of(LEAD, "backend"): {"of 1": None, f"1011-{at(3, '09:30')}#1": 1},
            Of(LEAD, "frontend"): {"of 2": None},
        },
        PARTS,
    ),
    World(
        "12",
        "Build, then a deploy job that waits two days for an approval and two minutes for a runner: the wait is no work.",
        False,
        [
            job(1, at(3, "10:00"), at(3, "10:10"), run=1, name="build", created=at(3, "09:59")),
            job(
                2,
                at(5, "10:12"),
                at(5, "10:20"),
                run=1,
                created=at(3, "10:10"),
                also={"environment": "production", "approval_wait": 48 * HOUR},
            ),
        ],
        {"ci_duration": {"Deploy 1#1": 20 / 60}, "queue_time": {"1": 1 / 60, "2": 2 / 60}},
    ),
    World(
        "12",
        "While one job waits for an approval another one runs: that time is work, so only the rest of the wait is left out.",
        True,
        [
            job(1, at(3, "10:00"), at(3, "11:00"), run=1, name="tests"),
            job(
                2,
                at(3, "12:00"),
                at(3, "12:10"),
                run=1,
                created=at(3, "10:00"),
                also={"environment": "production", "approval_wait": 2 * HOUR},
            ),
        ],
        {"ci_duration": {"Deploy 1#1": 70 / 60}, "queue_time": {"1": 0, "2": 0}},
    ),
    World(
        "12",
        "A re-run copies the jobs that had succeeded: the copy is neither queued nor run again.",
        True,
        [
            job(1, at(3, "10:00"), at(3, "10:10"), run=1, name="build"),
            job(2, at(3, "10:11"), at(3, "10:15"), "failure", run=1, created=at(3, "10:10")),
            job(3, at(3, "10:00"), at(3, "10:10"), run=1, name="build", attempt=2, is_copy=True),
            job(4, at(3, "13:00"), at(3, "13:05"), run=1, attempt=2, created=at(3, "12:59")),
        ],
        {
            "ci_duration": {"Deploy 1#1": 15 / 60, "Deploy 1#2": 5 / 60},
            "queue_time": {"1": 0, "2": 1 / 60, "4": 1 / 60},
        },
    ),
    World(
        "12",
        "A job of schema 1 may have waited for an approval: its queue is unknown, unless it started at once.",
        True,
        [
            job(1, at(3, "10:00"), at(3, "10:10"), run=1, name="build", schema=1),
            job(2, at(3, "11:00"), at(3, "11:05"), run=1, created=at(3, "10:10"), schema=1),
        ],
        {"ci_duration": {"Deploy 1#1": None}, "queue_time": {"1": 0, "2": None}},
    ),
]
