"""deployment: what was deployed where, how long after the last time, and which version.

A deployment is a request; its statuses report the outcome:
https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment
"""

from typing import NamedTuple

from core.events import SignedTriggerEvent, repository_of
from core.metric import CollectContext, Key, Metric, day
from core.metrics._json_file import JsonFile, json_file
from core.metrics._predicates import action_is
from core.payload import Fields


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
    """The deployment before it; null if GitHub could not be read, or gave this one no time."""
    package_json: JsonFile | None
    """The root `package.json` at the deployed commit; null if GitHub could not be read."""
    id: int
    """The deployment's id."""
    sha: str | None
    """The commit that was deployed."""
    ref: str | None
    """The branch, tag or commit that was asked for."""


def applies(event: SignedTriggerEvent) -> bool:
    """Select every deployment, once."""
    return action_is(event, "created")


def key(event: SignedTriggerEvent) -> Key:
    """Return the deployment's id: a deployment is created once."""
    deployment = event.fields("deployment")
    return Key((deployment.integer("id"),), day=day(deployment.time("created_at")))


def collect(event: SignedTriggerEvent, context: CollectContext) -> Output:
    """Read the payload, every older deployment of the environment, and package.json."""
    deployment = event.fields("deployment")
    created_at = deployment.time("created_at")
    sha = deployment.text_or_none("sha")
    return Output(
        env=deployment.text("environment"),
        deploy_time=created_at,
        duration=context.duration(created_at, deployment.time("updated_at")),
        environment_deployments=_environment(event, deployment, context),
        package_json=json_file(event, "package.json", context, ref=sha),
        id=deployment.integer("id"),
        sha=sha,
        ref=deployment.text_or_none("ref"),
    )


def _environment(
    event: SignedTriggerEvent, deployment: Fields, context: CollectContext
) -> EnvironmentDeployments | None:
    """Find the previous deployment: the newest of the older ones, by time and then id, in any order of GitHub's list."""
    repository = repository_of(event)
    path = f"/repos/{repository.owner}/{repository.name}/deployments"
    params = {"environment": deployment.text("environment")}
    created_at = deployment.time("created_at")
    if created_at is None:
        context.add_anomaly("missing_time")
        return None
    this = (created_at, deployment.integer("id"))

    def read() -> EnvironmentDeployments:
        listed = map(_when, map(Fields, context.github.pages(path, params)))
        newest = max((when for when in listed if when is not None and when < this), default=None)
        since = None if newest is None else created_at - newest[0]
        return EnvironmentDeployments(is_initial_deployment=newest is None, time_since_last_deploy=since)

    return context.try_read(read)


def _when(listed: Fields) -> tuple[int, int] | None:
    created_at = listed.time("created_at")
    return None if created_at is None else (created_at, listed.integer("id"))


METRIC = Metric("deployment", "github::deployment", Output, applies, key, collect)
