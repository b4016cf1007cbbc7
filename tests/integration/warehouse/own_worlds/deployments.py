"""Section 8 (what is a deployment)."""

from typing import Any

from tests.histories.build import SHOP, at, commit, failure, job, pull, release, run, status
from tests.histories.extend import Record
from tests.integration.warehouse.own_worlds.world import BASE, FREQUENCY, LEAD, RATE, REWORK, Of, World

FAILED, CANCELLED = "deployment_attempts_failed", "deployment_attempts_cancelled"


def shop(**rule: Any) -> dict[str, Any]:
    return {"repositories": {SHOP: rule}}


def deploy(run: int, minute: str, name: str, conclusion: str = "success", attempt: int = 1, **options: Any) -> Record:
    """Return a job of five minutes on the third."""
    id = run * 100 + attempt * 10 + len(name) % 10
    start = at(3, minute)
    return job(id, start, start + 300_000, conclusion, run=run, attempt=attempt, name=name, sha=f"c{run}", **options)


REGIONS = shop(deployments={"kind": "workflow", "workflow": "Deploy", "job": "deploy *", "branches": ["main"]})
MERGES = shop(deployments={"kind": "merges", "branches": ["main", "release/*"]})
LINES = shop(deployments="releases")


def previous(tag: str, sha: str, when: int) -> dict[str, Any]:
    return {"tag": tag, "sha": sha, "committed_at": when}


def one(number: int, merged: int, written: int, **options: Any) -> list[Record]:
    return pull(number, merged, f"s{number}", {"authored": written, "sha": f"w{number}"}, **options)


def another_status(record: Record, id: int) -> Record:
    """Give a deployment's status an id of its own."""
    record["id"] = record["id"].replace(f"-{record['output']['id']}", f"-{id}")
    record["output"]["id"] = id
    return record


WORLDS = [
    World(
        "8",
        "A matrix of two deploy jobs: one failed and was run again alone. The latest of each succeeded: the second attempt deployed.",
        False,
        [
            deploy(1, "10:00", "deploy eu"),
            deploy(1, "10:00", "deploy apac", "failure"),
            deploy(1, "10:30", "deploy apac", attempt=2),
        ],
        {FREQUENCY: {"1#2": 1}, RATE: {"1#2": 0}, FAILED: {}},
        REGIONS,
    ),
    World(
        "8",
        "Jobs of a matrix that are skipped or cancelled: one skipped beside a success deploys, all skipped is no attempt, one "
        "cancelled makes a cancelled attempt, a failed test job is none of them.",
        True,
        [
            deploy(1, "10:00", "deploy eu"),
            deploy(1, "10:00", "deploy apac", "skipped"),
            deploy(2, "11:00", "deploy eu", "skipped"),
            deploy(2, "11:00", "deploy apac", "skipped"),
            deploy(2, "11:00", "test", "failure"),
            deploy(3, "12:00", "deploy eu"),
            deploy(3, "12:00", "deploy apac", "cancelled"),
            deploy(4, "13:00", "deploy eu"),
            deploy(4, "13:00", "deploy apac", "failure"),
            run(4, "failure", at(3, "13:05")),
        ],
        {FREQUENCY: {"1#1": 1}, RATE: {"1#1": 0}, FAILED: {"4#1": 1}, CANCELLED: {"3#1": 1}},
        REGIONS,
    ),
    World(
        "8",
        "Runs of a pull request's branch and of another workflow do not deploy, although their job has the name.",
        True,
        [
            deploy(1, "10:00", "deploy eu"),
            deploy(2, "11:00", "deploy eu", branch="topic"),
            deploy(3, "12:00", "deploy eu", workflow="Preview"),
        ],
        {FREQUENCY: {"1#1": 1}},
        REGIONS,
    ),
    World(
        "8",
        "Merges into main and into release branches are deployments; a merge into another pull request's branch is none.",
        True,
        [
            *one(11, at(3, "10:00"), at(3, "09:00")),
            *one(12, at(3, "11:00"), at(3, "09:20"), base="topic"),
            *one(13, at(3, "12:00"), at(3, "09:30"), base="release/1.2"),
        ],
        {
            FREQUENCY: {f"1011-{at(3, '10:00')}": 1, f"1013-{at(3, '12:00')}": 1},
            LEAD: {f"1011-{at(3, '10:00')}#1": 1, f"1013-{at(3, '12:00')}#1": 2.5},
        },
        MERGES,
    ),
    World(
        "8",
        "Plan jobs and pages are excluded by job and task; what the plan's deployment listed comes with the next that counts.",
        True,
        [
            BASE[0],
            status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00")), job={"id": 501, "name": "plan"}, run=71),
            status(3, at(3, "10:30"), "p", commit("p", at(3, "10:20")), also={"task": "pages"}),
            status(4, at(3, "11:00"), "c", commit("c", at(3, "10:40")), job={"id": 502, "name": "apply"}, run=72),
        ],
        {
            FREQUENCY: {"1": 1, "4": 1},
            REWORK: {"1": 0, "4": 0},
            LEAD: {"of 1": None, "b": 2, "p": 40 / 60, "c": 20 / 60},
        },
        shop(deployments={"kind": "statuses", "exclude": [{"job": "plan*"}, {"task": "pages"}]}),
    ),
    World(
        "8",
        "The commit that is there is deployed again: by schedule no, by a person's run yes, by the same run no.",
        True,
        [
            *BASE,
            status(3, at(4, "02:00"), "b", event="schedule"),
            status(4, at(4, "10:00"), "b", event="workflow_dispatch", run=80),
            status(5, at(4, "10:05"), "b", event="workflow_dispatch", run=80),
        ],
        {FREQUENCY: {"1": 1, "2": 1, "4": 1}, RATE: {"1": 0, "2": 0, "4": 0}, REWORK: {"1": 0, "2": 0, "4": 0}},
    ),
    World(
        "8",
        "Two lines of releases and a pre-release: each brings what was merged into its branch since the one before in its line; "
        "the pre-release is no deployment.",
        True,
        [
            release("v1.9.0", at(2, "09:00"), "a"),
            *one(31, at(3, "09:30"), at(3, "08:00")),
            release("v2.0.0", at(3, "10:00"), "s31", previous=previous("v1.9.0", "a", at(2))),
            *one(32, at(3, "10:50"), at(3, "10:30")),
            release("v2.1.0-rc.1", at(3, "11:00"), "s32", previous=previous("v2.0.0", "s31", at(3, "09:30"))),
            *one(33, at(4, "09:50"), at(4, "09:00"), base="release/1.9"),
            release("v1.9.1", at(4, "10:00"), "s33", previous=previous("v1.9.0", "a", at(2))),
            *one(34, at(5, "10:00"), at(5, "09:30")),
            release("v2.1.0", at(5, "10:30"), "s34", previous=previous("v2.0.0", "s31", at(3, "09:30"))),
        ],
        {
            FREQUENCY: {"v1.9.0": 1, "v2.0.0": 1, "v1.9.1": 1, "v2.1.0": 1},
            LEAD: {
                "of v1.9.0": None,
                f"1031-{at(3, '09:30')}#1": 2,
                f"1033-{at(4, '09:50')}#1": 1,
                f"1032-{at(3, '10:50')}#1": 48,
                f"1034-{at(5, '10:00')}#1": 1,
            },
            REWORK: {"v1.9.0": 0, "v2.0.0": 0, "v1.9.1": 0, "v2.1.0": 0},
        },
        LINES,
    ),
    World(
        "8",
        "GitOps: the code is elsewhere. A rollback of the manifests brings nothing; what was merged before it comes with the next.",
        True,
        [
            status(1, at(2, "09:00"), "m1", first=True, repo="octo-org/shop-deploy"),
            *one(61, at(3, "09:30"), at(3, "09:00")),
            status(2, at(3, "10:00"), "m2", commit("m2", at(3, "09:55")), repo="octo-org/shop-deploy"),
            *one(62, at(3, "10:30"), at(3, "10:10")),
            status(3, at(3, "11:00"), "m1", behind=True, repo="octo-org/shop-deploy"),
            status(4, at(3, "12:10"), "m4", commit("m4", at(3, "12:05")), repo="octo-org/shop-deploy"),
        ],
        {
            Of(FREQUENCY, "gitops"): {"1": 1, "2": 1, "3": 1, "4": 1},
            Of(RATE, "gitops"): {"1": 0, "2": 1, "3": 0, "4": 0},
            Of(LEAD, "gitops"): {"of 1": None, f"1061-{at(3, '09:30')}#1": 1, f"1062-{at(3, '10:30')}#1": 2},
        },
        {
            "services": {
                "gitops": {
                    "repositories": [SHOP, "octo-org/shop-deploy"],
                    "code": {"repositories": [SHOP], "branch": "main"},
                }
            }
        },
    ),
    World(
        "8",
        "One deployment posts a failure, then a success, and a failure of a later step: it succeeded, at its first success.",
        True,
        [
            BASE[0],
            another_status(failure(2, at(3, "09:50"), "b"), 2000),
            status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00"))),
            another_status(failure(2, at(3, "10:20"), "b"), 2002),
        ],
        {FREQUENCY: {"1": 1, "2": 1}, RATE: {"1": 0, "2": 0}, LEAD: {"of 1": None, "b": 1}, FAILED: {}},
    ),
]
