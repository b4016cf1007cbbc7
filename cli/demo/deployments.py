"""Generates the events of a deployment: created, in progress, and its final status."""

from cli.demo.payloads import around, urls_of, user
from cli.demo.scenario import Scenario
from core.payload import Json
from fakes.github.serializers import deployment_object, status_object
from fakes.github.state import Deployment, DeploymentStatus, Repository


def deploy(
    scenario: Scenario, repository: Repository, environment: str, sha: str, at: int, outcome: str = "success"
) -> int:
    """Generate all events of a deployment that begins at a time; return its end time (UNIX ms)."""
    ended = at + scenario.minutes(1, 6)
    deployment = Deployment(scenario.id(), environment, at, sha)
    statuses = tuple(
        DeploymentStatus(scenario.id(), *status) for status in (("in_progress", at + 3000), (outcome, ended))
    )
    envelope = around(repository, "ada", "created") | dict.fromkeys(("workflow", "workflow_run"))
    payload = deployment_object(urls_of(repository), deployment) | {"creator": user("ada")}
    scenario.send("deployment", envelope | {"deployment": payload}, at, "deployment")
    for status in statuses:
        metrics = ("deployment-status",) if status.state == outcome else ()
        body = envelope | {
            "deployment": payload,
            "check_run": None,
            "deployment_status": _status(repository, deployment, status),
        }
        scenario.send("deployment_status", body, status.created_at, *metrics)
    repository.deployments.append(deployment._replace(statuses=statuses))
    return ended


def _status(repository: Repository, deployment: Deployment, status: DeploymentStatus) -> Json:
    return status_object(urls_of(repository), deployment, status) | {"creator": user("ada")}
