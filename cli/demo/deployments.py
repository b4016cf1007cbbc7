"""Generates the runs that deploy: for each environment a deployment, its statuses and its job; at the end the run."""

from typing import NamedTuple

from cli.demo.payloads import around, urls_of, user, workflow_job
from cli.demo.run_payloads import DEPLOYER, DeployRun, check_run, workflow, workflow_run
from cli.demo.scenario import Scenario
from core.payload import Json
from fakes.github.serializers import deployment_object, iso, status_object
from fakes.github.state import Deployment, DeploymentStatus, Repository

SUCCESS, FAILURE, CANCELLED = "success", "failure", "cancelled"
_STATES = {SUCCESS: "success", FAILURE: "failure", CANCELLED: "failure"}
"""State of a deployment by the conclusion of its job: GitHub has none for a cancelled job."""


class _Job(NamedTuple):
    id: int
    name: str
    started: int
    ended: int
    conclusion: str


def deploy(scenario: Scenario, run: DeployRun, environments: tuple[str, ...], outcome: str) -> int:
    """Generate a run that deploys to environments one after another; return its end time (UNIX ms).

    `outcome` is how its last job ends; a job that does not succeed is the last one.
    """
    ended = run.at
    for environment in environments if outcome == SUCCESS else environments[:1]:
        ended = _deploy_to(scenario, run, environment, ended + 2000, outcome)
    payload = {"workflow": workflow(run), "workflow_run": workflow_run(run, ended, outcome)}
    scenario.send("workflow_run", around(run.repository, "ada", "completed") | payload, ended + 1000, "workflow-run")
    return ended


def _deploy_to(scenario: Scenario, run: DeployRun, environment: str, at: int, outcome: str) -> int:
    ended = at + scenario.minutes(1, 6)
    job = _Job(scenario.id(), f"deploy ({environment})", at + 2000, ended, outcome)
    deployment = Deployment(scenario.id(), environment, at, run.sha)
    states = (("in_progress", at + 3000), (_STATES[outcome], ended))
    statuses = tuple(DeploymentStatus(scenario.id(), *state) for state in states)
    envelope = around(run.repository, DEPLOYER, "created") | {
        "workflow": workflow(run),
        "workflow_run": workflow_run(run),
    }
    payload = deployment_object(urls_of(run.repository), deployment) | {"creator": user(DEPLOYER)}
    scenario.send("deployment", envelope | {"deployment": payload}, at, "deployment")
    for status in statuses:
        is_end = status is statuses[-1]
        check = check_run(run, job.id, job.name, job.started, ended if is_end else None, outcome if is_end else None)
        body = envelope | {
            "deployment": payload,
            "check_run": check,
            "deployment_status": _status(run.repository, deployment, status),
        }
        scenario.send("deployment_status", body, status.created_at, *(("deployment-status",) if is_end else ()))
    run.repository.deployments.append(deployment._replace(statuses=statuses))
    _send_job(scenario, run, job)
    return ended


def _send_job(scenario: Scenario, run: DeployRun, job: _Job) -> None:
    step = {"name": "Deploy", "status": "completed", "conclusion": job.conclusion, "number": 1}
    fields: Json = {
        "name": job.name,
        "workflow_name": run.part.workflow,
        "status": "completed",
        "conclusion": job.conclusion,
        "created_at": iso(job.started - 2000),
        "started_at": iso(job.started),
        "completed_at": iso(job.ended),
        "steps": [step | {"started_at": iso(job.started), "completed_at": iso(job.ended)}],
    }
    payload = workflow_job(run.repository, id=job.id, run=run.id, sha=run.sha, **fields)
    body = around(run.repository, "ada", "completed") | {"workflow_job": payload}
    scenario.send("workflow_job", body, job.ended + 500, "workflow-job")


def _status(repository: Repository, deployment: Deployment, status: DeploymentStatus) -> Json:
    return status_object(urls_of(repository), deployment, status) | {"creator": user(DEPLOYER)}
