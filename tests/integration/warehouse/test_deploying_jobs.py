"""Runs of a workflow are deployments by the jobs that deploy: `job`, `branches` and `workflow` are globs."""

from typing import Any

from tests.unit.warehouse.scenarios import RecordSpec, at, items, job, pull_request, tag, values
from warehouse.services import Services, parsed

FREQUENCY, FAIL_RATE = "deployment_frequency", "change_fail_rate"


def by_workflow(**options: Any) -> Services:
    details = {"kind": "workflow", "workflow": "CI*", "job": "deploy*", "branches": ["main", "v*"], **options}
    return parsed({"repositories": {"*/*": {"deployments": details}}})


def ci(id: int, when: int, conclusion: str = "success", *, run: int, **fields: Any) -> RecordSpec:
    return job(id, when, conclusion, run=run, workflow="CI/CD", **fields)


def test_a_run_deploys_if_its_deploying_jobs_did() -> None:
    # 2 deploys nothing, as its job is skipped; 3 fails in a test, and deploys nothing.
    records = (
        ci(1, at(2, "10:00"), run=1, name="test"),
        ci(2, at(2, "10:10"), run=1, name="deploy"),
        ci(3, at(3, "10:00"), run=2, name="test", sha="b"),
        ci(4, at(3, "10:10"), "skipped", run=2, name="deploy", sha="b"),
        ci(5, at(4, "10:00"), "failure", run=3, name="test", sha="c"),
        ci(6, at(4, "10:10"), "skipped", run=3, name="deploy", sha="c"),
    )
    assert values(FREQUENCY, *records, services=by_workflow()) == {"1#1": 1}
    assert values(FAIL_RATE, *records, services=by_workflow()) == {"1#1": 0}


def test_a_retry_of_other_jobs_keeps_the_deployment() -> None:
    # The job `notify` failed and was run again: the deployment is that of the first try.
    records = (
        ci(1, at(2, "10:10"), run=1, name="deploy"),
        ci(2, at(2, "10:20"), "failure", run=1, name="notify"),
        ci(3, at(2, "11:00"), run=1, name="notify", attempt=2),
    )
    assert values(FREQUENCY, *records, services=by_workflow()) == {"1#1": 1}


def test_a_retried_part_of_a_matrix_completes_the_deployment() -> None:
    # Of two regions one failed and was run again alone; the run succeeded with its second try.
    records = (
        ci(1, at(2, "10:10"), run=1, name="deploy (eu)"),
        ci(2, at(2, "10:12"), "failure", run=1, name="deploy (us)"),
        ci(3, at(2, "11:00"), run=1, name="deploy (us)", attempt=2),
    )
    [item] = items(FREQUENCY, *records, services=by_workflow())
    assert (item.item, item.at, item.value) == ("1#2", at(2, "11:00"), 1)
    assert values(FAIL_RATE, *records, services=by_workflow()) == {"1#2": 0}


def test_a_cancelled_part_of_a_matrix_is_no_failure() -> None:
    records = (
        ci(1, at(2, "10:10"), "failure", run=1, name="deploy (eu)"),
        ci(2, at(2, "10:12"), "cancelled", run=1, name="deploy (us)"),
    )
    assert values(FREQUENCY, *records, services=by_workflow()) == {}
    assert values(FAIL_RATE, *records, services=by_workflow()) == {}


def test_branches_match_tags_and_workflows_are_globs() -> None:
    records = (
        ci(1, at(2), run=1, branch="v1.4.0", sha="a"),
        ci(2, at(3), run=2, branch="v1.4.1", sha="b"),
        ci(3, at(4), run=3, branch="topic", sha="c"),
        ci(4, at(4), run=4, branch="release/v1", sha="d"),
        job(5, at(5), run=5, workflow="Nightly", sha="e"),
    )
    assert values(FREQUENCY, *records, services=by_workflow()) == {"1#1": 1, "2#1": 1}
    unknown = {item.item: item.why for item in items("change_lead_time", *records, services=by_workflow())}
    assert unknown["of 2#1"] == "the branch of its releases is not configured"


def test_a_name_with_wildcards_is_a_name_in_the_short_form() -> None:
    services = parsed({"repositories": {"*/*": {"deployments": "workflow", "workflow": "CI*", "branch": "main"}}})
    assert values(FREQUENCY, ci(1, at(2), run=1), services=services) == {}


def test_jobs_with_a_deployment_decide_without_a_setting() -> None:
    # GitHub made a deployment for `ship` once: from then on it is known which job of the workflow deploys.
    ship = ci(1, at(2, "10:10"), run=1, name="ship")
    records = (
        ship._replace(output=ship.output._replace(deployment_id=7, environment="production")),
        ci(2, at(2, "10:20"), "failure", run=1, name="notify"),
        ci(3, at(3, "10:10"), "skipped", run=2, name="ship", sha="b"),
        ci(4, at(3, "10:20"), run=2, name="notify", sha="b"),
    )
    services = by_workflow(job=None)
    assert values(FREQUENCY, *records, services=services) == {"1#1": 1}


def test_merges_into_several_branches_deploy() -> None:
    services = parsed({"repositories": {"*/*": {"deployments": {"kind": "merges", "branches": ["main", "release/*"]}}}})
    records = [
        pull_request(n, at(2), at(n), f"s{n}", [at(2)], base=base)
        for n, base in ((3, "main"), (4, "release/1"), (5, "topic"), (6, "release/1/fix"))
    ]
    assert values(FREQUENCY, *records, services=services) == {f"100{n}-{at(n)}": 1 for n in (3, 4)}


def test_an_excluded_run_is_no_deployment_and_an_unknown_one_is_unknown() -> None:
    # The event of run 3 is not known: it may be the schedule's.
    events = {1: "push", 2: "schedule", 3: None}
    records = []
    for run, event in events.items():
        record = ci(run, at(run + 1, "10:10"), run=run, sha=f"s{run}")
        records.append(record._replace(output=record.output._replace(run_event=event)))
    services = by_workflow(exclude=[{"event": "schedule"}])
    assert values(FREQUENCY, *records) == {}
    assert values(FREQUENCY, *records, services=by_workflow()) == {"1#1": 1, "2#1": 1, "3#1": 1}
    assert values(FREQUENCY, *records, services=services) == {"1#1": 1, "3#1": None}


def test_an_excluded_release_is_no_deployment() -> None:
    services = {"kind": "releases", "exclude": [{"ref": "v1.*"}]}
    records = (tag("v1.9.0", at(2)), tag("v2.0.0", at(3)))
    chosen = parsed({"repositories": {"*/*": {"deployments": services}}})
    assert values(FREQUENCY, *records, services=chosen) == {"v2.0.0": 1}
