"""Reads what a payload says of a deployment, for the two metrics of it."""

from typing import NamedTuple

from core.account_kind import account_kind
from core.events import SignedTriggerEvent
from core.metric import CollectContext
from core.metrics._actions_run import WorkflowRun, bounded, workflow_run


class DeploymentFacts(NamedTuple):
    """The fields of a deployment that both metrics record: they have their names, and are described there."""

    task: str | None
    production_environment: bool | None
    transient_environment: bool | None
    creator_kind: str
    workflow_run: WorkflowRun | None


def deployment_facts(event: SignedTriggerEvent, context: CollectContext) -> DeploymentFacts:
    """Return the facts of the payload's deployment."""
    deployment = event.fields("deployment")
    creator = deployment.child_or_none("creator")
    login, type = (creator.text_or_none(key) if creator else None for key in ("login", "type"))
    return DeploymentFacts(
        task=bounded(deployment.text_or_none("task"), context),
        production_environment=deployment.flag_or_none("production_environment"),
        transient_environment=deployment.flag_or_none("transient_environment"),
        creator_kind=account_kind(login, type),
        workflow_run=workflow_run(event, context),
    )
