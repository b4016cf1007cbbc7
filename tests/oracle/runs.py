"""Section 8: deployments that are runs of a workflow."""

from collections import defaultdict

from tests.oracle.facts import Fact, knows
from tests.oracle.items import INFERRED, KNOWN, UNKNOWN
from tests.oracle.model import Attempt
from tests.oracle.pulls import Facts
from tests.oracle.settings import Rule, Settings, matches

DONE = ("success", "skipped")


def run_attempts(facts: Facts, settings: Settings) -> list[Attempt]:
    """Return the attempts of repositories whose deployments are runs: none for a run that is no attempt of anything."""
    by_run: dict[tuple[str, int], list[Fact]] = defaultdict(list)
    for fact in facts["workflow-job"]:
        rule = settings.rule(fact.name)
        is_deploying = rule.kind == "workflow" and matches(fact.output["workflow_name"], rule.workflow or "")
        if is_deploying and fact.output.get("run_id") is not None and _is_of_branch(fact, rule):
            by_run[fact.repository, fact.output["run_id"]].append(fact)
    deploying = _jobs_with_deployments(facts)
    runs: dict[tuple[str, int], list[Fact]] = defaultdict(list)
    for fact in facts["workflow-run"]:
        runs[fact.repository, fact.output["id"]].append(fact)
    return [
        attempt for jobs in by_run.values() for attempt in _attempts(jobs, settings.rule(jobs[0].name), deploying, runs)
    ]


def _is_of_branch(fact: Fact, rule: Rule) -> bool:
    """Return whether a run is of the branches: "names are globs, `branches` also match tags"."""
    return not rule.branches or matches(fact.output.get("head_branch"), list(rule.branches))


def _jobs_with_deployments(facts: Facts) -> set[tuple[str, str | None, str | None]]:
    """Return the names of jobs for which GitHub ever made a deployment."""
    return {
        (fact.repository, fact.output["workflow_name"], fact.output.get("name"))
        for fact in facts["workflow-job"]
        if fact.output.get("deployment_id") is not None
    }


def _attempts(
    jobs: list[Fact],
    rule: Rule,
    deploying: set[tuple[str, str | None, str | None]],
    runs: dict[tuple[str, int], list[Fact]],
) -> list[Attempt]:
    """Return a run's tries that succeeded, else the last one; none if all matching jobs were skipped."""
    ordered = sorted(jobs, key=lambda job: (job.output["run_attempt"] or 1, job.output["id"]))
    ran = [job for job in ordered if not job.output.get("is_copy")]
    matching, whole = _matching(ran, rule, deploying)
    numbers = sorted({job.output["run_attempt"] or 1 for job in matching})
    states = [(number, _state(_latest(matching, number, whole=whole), whole=whole)) for number in numbers]
    ended = [(number, state) for number, state in states if state is not None]
    chosen = [end for end in ended if end[1] == "success"] or ended[-1:]
    of_run = runs.get((matching[0].repository, matching[0].output["run_id"]), []) if matching else []
    found = (
        _attempt(matching, number, state, _latest(matching, number, whole=whole), rule, of_run)
        for number, state in chosen
    )
    return [attempt for attempt in found if attempt is not None]


def _attempt(
    matching: list[Fact], number: int, state: str, latest: list[Fact], rule: Rule, of_run: list[Fact]
) -> Attempt | None:
    """Return one try of a run; None if it has no end."""
    own = [
        job for job in latest if (job.output["run_attempt"] or 1) == number and job.output["conclusion"] != "skipped"
    ]
    ends = [job.output["completed_at"] for job in latest if job.output["conclusion"] != "skipped"]
    ends = [end for end in ends if end is not None]
    if not ends:
        return None
    starts = [job.output["started_at"] for job in own if job.output["started_at"] is not None]
    first = matching[0]
    event = next((job.output.get("run_event") for job in matching if job.output.get("run_event")), None)
    event = event or next((fact.output["event"] for fact in of_run if fact.output.get("event")), None)
    ends_of_run = {fact.output["conclusion"] for fact in of_run if fact.output["run_attempt"] == number}
    if state == "failed" and "cancelled" in ends_of_run:
        state = "cancelled"
    traits: dict[str, str | None] = {"ref": first.output["head_branch"], "workflow": first.output["workflow_name"]}
    traits |= {"task": None, "creator": None, "job": None}
    if event:
        traits["event"] = event
    return Attempt(
        repository=first.repository,
        name=first.name,
        environment="production",
        item=f"{first.output['run_id']}#{number}",
        sha=first.output["head_sha"],
        begin=min(starts, default=max(ends)),
        is_begin_known=bool(starts),
        end=max(ends),
        state=state,
        rule=rule,
        kind="workflow",
        run=str(first.output["run_id"]),
        is_scheduled=event == "schedule" if event else None,
        workflow=first.output["workflow_name"],
        branch=first.output["head_branch"],
        traits=traits,
        failed=KNOWN
        if ends_of_run or state != "failed"
        else (INFERRED if all(knows(job, "labels") for job in latest) else UNKNOWN),
    )


def _matching(
    jobs: list[Fact], rule: Rule, deploying: set[tuple[str, str | None, str | None]]
) -> tuple[list[Fact], bool]:
    """Return the jobs that deploy, and whether that is the whole attempt.

    "Without `job`: the jobs for which GitHub made a deployment; if there are none, the whole attempt as today".
    """
    if rule.job is not None:
        return [job for job in jobs if matches(job.output.get("name"), rule.job)], False
    named = [job for job in jobs if (job.repository, job.output["workflow_name"], job.output.get("name")) in deploying]
    workflow = {(job.repository, job.output["workflow_name"]) for job in jobs}
    is_known = any((repository, name) in workflow for repository, name, _ in deploying)
    return (named, False) if is_known else (jobs, True)


def _latest(jobs: list[Fact], number: int, *, whole: bool) -> list[Fact]:
    """Return the latest of each job up to an attempt; of the whole attempt all its jobs."""
    if whole:
        return [job for job in jobs if (job.output["run_attempt"] or 1) == number]
    latest: dict[str | None, Fact] = {}
    for job in sorted(jobs, key=lambda job: (job.output["run_attempt"] or 1, job.output["id"])):
        if (job.output["run_attempt"] or 1) <= number:
            latest[job.output.get("name")] = job
    return list(latest.values())


def _state(jobs: list[Fact], *, whole: bool) -> str | None:
    """Return how matching jobs ended; None: no attempt.

    "A run with `job` deploys when the latest of each matching job succeeded or was skipped and at least one succeeded;
    if all were skipped it is no attempt; one cancelled: cancelled; else failed." Of a whole attempt what is neither
    failed nor cancelled does not matter, and one that failed makes it fail: the others are cancelled then.
    """
    conclusions = {job.output["conclusion"] for job in jobs}
    harmless = {*DONE, "neutral", "stale", None} if whole else set(DONE)
    if conclusions <= {"skipped"}:
        return None
    if "success" in conclusions and conclusions <= harmless:
        return "success"
    if conclusions <= harmless:
        return None
    if whole and conclusions & {"failure", "timed_out"}:
        return "failed"
    return "cancelled" if "cancelled" in conclusions else "failed"
