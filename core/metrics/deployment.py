"""deployment: what was deployed where, how long after the last time, and which version.

A deployment is a request; its statuses report the outcome:
https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment
"""

from typing import NamedTuple

from core.errors import NotAvailable
from core.events import SignedTriggerEvent
from core.metric import CollectContext, Key, Metric, day
from core.metrics._actions_run import WorkflowRun
from core.metrics._deployment_facts import deployment_facts
from core.metrics._environment import EnvironmentSearch, SearchLimit
from core.metrics._json_file import JsonFile, json_file
from core.metrics._predicates import action_is

_FILE = 2
"""Requests for package.json: of a missing file also the listing of its folder."""


class EnvironmentDeployments(NamedTuple):
    """What came before in the same environment."""

    is_initial_deployment: bool
    """Whether this is the first deployment to its environment."""
    time_since_last_deploy: int | None
    """Milliseconds since the newest older deployment was created; null if there is none."""


class Output(NamedTuple):
    """One deployment, as it was requested."""

    env: str
    """The environment's name."""
    deploy_time: int | None
    """When it was created (UNIX ms)."""
    duration: int | None
    """Milliseconds from its creation to its last update."""
    environment_deployments: EnvironmentDeployments | None
    """The deployment before it; null if that is not known."""
    package_json: JsonFile | None
    """The root `package.json` at the deployed commit; null if GitHub could not be read."""
    id: int
    """The deployment's id."""
    sha: str | None
    """The commit that was deployed."""
    ref: str | None
    """The branch, tag or commit that was asked for."""
    task: str | None
    """What was to be done: `deploy`, unless its creator says otherwise."""
    production_environment: bool | None
    """Whether its creator says that people use the environment; GitHub assumes so for the name `production` only, so false says
    nothing."""
    transient_environment: bool | None
    """Whether its creator says that the environment will be gone some day, as that of a preview."""
    creator_kind: str
    """Who created it: `person`, `bot`, `agent` or `unknown`."""
    workflow_run: WorkflowRun | None
    """The run of GitHub Actions that created it; null where the payload names none."""


def applies(event: SignedTriggerEvent) -> bool:
    """Select every deployment, once."""
    return action_is(event, "created")


def key(event: SignedTriggerEvent) -> Key:
    """Return the deployment's id: a deployment is created once."""
    deployment = event.fields("deployment")
    return Key((deployment.integer("id"),), day=day(deployment.time("created_at")))


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload, the environment's deployments up to the previous one, and package.json."""
    deployment = event.fields("deployment")
    created_at = context.time(deployment, "created_at")
    sha = deployment.text_or_none("sha")
    return Output(
        env=deployment.text("environment"),
        deploy_time=created_at,
        duration=context.duration(created_at, context.time(deployment, "updated_at")),
        environment_deployments=_environment(event, created_at, context),
        package_json=json_file(event, "package.json", context, ref=sha),
        id=deployment.integer("id"),
        sha=sha,
        ref=deployment.text_or_none("ref"),
        **deployment_facts(event, context)._asdict(),
    )


def _environment(
    event: SignedTriggerEvent, created_at: int | None, context: CollectContext
) -> EnvironmentDeployments | None:
    """Find the previous deployment: the newest of the older ones, by time and then id."""
    if created_at is None:
        context.add_anomaly("missing_time")
        return None
    deployment = event.fields("deployment")
    search = EnvironmentSearch(event, context, context.most_requests - _FILE)
    older = search.older(deployment.text("environment"), (created_at, deployment.integer("id")))

    def read() -> EnvironmentDeployments | None:
        try:
            previous = next(older, None)
        except (SearchLimit, NotAvailable):
            context.add_anomaly("previous_not_found")
            return None
        since = None if previous is None else created_at - previous.created_at
        return EnvironmentDeployments(is_initial_deployment=previous is None, time_since_last_deploy=since)

    return context.try_read(read)


METRIC = Metric("deployment", "github::deployment", Output, applies, key, collect)
