"""Section 3: attempts at deployments, from GitHub's deployment statuses."""

from collections import defaultdict
from typing import Any

from tests.oracle.facts import Fact, knows
from tests.oracle.items import INFERRED, UNKNOWN
from tests.oracle.model import Attempt
from tests.oracle.production import is_production
from tests.oracle.pulls import Facts, listed_commit
from tests.oracle.settings import Rule, Settings

SINCE_SCHEMA_2 = ("task", "workflow_run", "check_run")


class Ends:
    """How jobs and runs ended, by what names them."""

    def __init__(self, facts: Facts) -> None:
        self._jobs: dict[tuple[Any, ...], list[Fact]] = defaultdict(list)
        for job in facts["workflow-job"]:
            self._jobs[job.host, "job", job.output["id"]].append(job)
            self._jobs[job.host, "deployment", job.output.get("deployment_id")].append(job)
        self._runs = {(run.host, run.output["id"], run.output["run_attempt"]): run for run in facts["workflow-run"]}

    def jobs(self, fact: Fact) -> list[Fact]:
        """Return the records of the job that deployed."""
        check = (fact.output.get("check_run") or {}).get("id")
        named = self._jobs.get((fact.host, "job", check), []) if check is not None else []
        return [*named, *self._jobs.get((fact.host, "deployment", fact.output["deployment_id"]), [])]

    def runs(self, fact: Fact) -> list[Fact]:
        """Return the record of the run that deployed, if there is one."""
        run = fact.output.get("workflow_run") or {}
        found = self._runs.get((fact.host, run.get("id"), run.get("run_attempt", 1)))
        return [found] if found else []


def status_attempts(facts: Facts, settings: Settings) -> list[Attempt]:
    """Return the attempts of repositories whose deployments are statuses.

    "Deployments of one run, job and environment are one attempt, its retries included; its id and time are those of
    the one that succeeded, else of the last." What succeeds after a success is no retry of it: an old run is run again to
    go back to its commit.
    """
    flags = _flags(facts["deployment-status"])
    endings = Ends(facts)
    tries: dict[tuple[Any, ...], list[Attempt]] = defaultdict(list)
    for ends in _by_deployment(facts["deployment-status"]).values():
        fact = _deciding(ends)
        rule = settings.rule(fact.name)
        name = rule.environment(fact.output["env"])
        own = {key: fact.output.get(key) for key in flags.get((fact.repository, fact.output["env"]), {})}
        known = {
            **flags.get((fact.repository, fact.output["env"]), {}),
            **{k: v for k, v in own.items() if v is not None},
        }
        if rule.kind == "statuses" and is_production(name, known, rule.production):
            attempt = _attempt(fact, name, rule, endings)
            job = fact.output.get("check_run") or {}
            unit = (attempt.run, job.get("name")) if attempt.run else (attempt.item,)
            tries[(fact.repository, name, *unit)].append(attempt)
    return [attempt for attempts in tries.values() for attempt in _ended(attempts)]


def _flags(statuses: list[Fact]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what the newest status that says it says of each environment, for the statuses that are older."""
    result: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for fact in sorted(statuses, key=lambda fact: (fact.output["created_at"] or 0, fact.output["id"])):
        for key in ("production_environment", "transient_environment"):
            if fact.output.get(key) is not None:
                result[fact.repository, fact.output["env"]][key] = fact.output[key]
    return result


def _by_deployment(statuses: list[Fact]) -> dict[tuple[str, int], list[Fact]]:
    result: dict[tuple[str, int], list[Fact]] = defaultdict(list)
    for fact in statuses:
        if fact.output["created_at"] is not None:
            result[fact.host, fact.output["deployment_id"]].append(fact)
    return result


def _deciding(ends: list[Fact]) -> Fact:
    """Return the first `success`, else the last failure."""
    ordered = sorted(ends, key=lambda fact: (fact.output["created_at"], fact.output["id"]))
    return next((fact for fact in ordered if fact.output["state"] == "success"), ordered[-1])


def _ended(attempts: list[Attempt]) -> list[Attempt]:
    """Return the tries that succeeded, else the last one."""
    ordered = sorted(attempts, key=lambda attempt: attempt.order)
    return [attempt for attempt in ordered if attempt.is_success] or ordered[-1:]


def _attempt(fact: Fact, environment: str, rule: Rule, ends: Ends) -> Attempt:
    output = fact.output
    run, check = output.get("workflow_run") or {}, output.get("check_run") or {}
    jobs = ends.jobs(fact)
    begin = _begin(output, jobs)
    created = output["deployment_created_at"] if output["deployment_created_at"] is not None else output["created_at"]
    traits = {"ref": output["ref"]}
    if knows(fact, *SINCE_SCHEMA_2):
        traits |= {"task": output.get("task"), "event": run.get("event"), "workflow": run.get("name")}
        traits |= {"job": check.get("name"), "creator": output.get("creator_kind")}
    attempt = Attempt(
        repository=fact.repository,
        name=fact.name,
        environment=environment,
        item=str(output["deployment_id"]),
        sha=output["sha"],
        begin=created if begin is None else begin,
        is_begin_known=begin is not None,
        end=output["created_at"],
        state="success" if output["state"] == "success" else "failed",
        rule=rule,
        kind="statuses",
        run=str(run["id"]) if run.get("id") is not None else None,
        is_scheduled=run["event"] == "schedule" if run.get("event") else None,
        workflow=run.get("name"),
        created=output["deployment_created_at"],
        previous=output.get("previous"),
        is_behind=_is_behind(output),
        traits=traits,
    )
    if not attempt.is_success:
        _set_cancelled(attempt, fact, [*jobs, *ends.runs(fact)])
    if output.get("changes") is not None:
        attempt.listed = [listed_commit(entry) for entry in output["changes"]["commits"]]
        attempt.is_cut = output["changes"]["truncated"]
    return attempt


def _is_behind(output: dict[str, Any]) -> bool | None:
    status = output.get("comparison_status")
    return status == "behind" if status is not None else output.get("is_rollback")


def _begin(output: dict[str, Any], jobs: list[Fact]) -> int | None:
    """Section 2: a deployment begins when its job started; else at its status `in_progress`; else it is not known."""
    started = [job.output["started_at"] for job in jobs if job.output["started_at"] is not None]
    return min(started) if started else output.get("in_progress_at")


def _set_cancelled(attempt: Attempt, fact: Fact, ends: list[Fact]) -> None:
    """Section 3: an attempt is cancelled "if its job or run was". Of a run without a record that it was not is inferred;
    records of schema 1 name no run: "a failed attempt may have been cancelled".
    """
    conclusions = [end.output["conclusion"] for end in ends if end.output["conclusion"]]
    if "cancelled" in conclusions:
        attempt.state = "cancelled"
    elif not knows(fact, *SINCE_SCHEMA_2) and not conclusions:
        attempt.failed = UNKNOWN
    elif fact.output.get("workflow_run") and not conclusions:
        attempt.failed = INFERRED
