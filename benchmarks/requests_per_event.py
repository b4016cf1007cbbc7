"""The requests to GitHub for one deployment, in environments with few and with many deployments."""

import time
from typing import Any, NamedTuple

from benchmarks.payloads import webhook
from benchmarks.results import Result
from core.add_signature import add_signature
from core.collect_metrics import collect_metrics
from core.events import TriggerEvent
from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.log import Log
from core.metric import MOST_REQUESTS
from core.payload import Fields
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.services import WorkerServices
from core.settings import Settings
from fakes.github.git_database import GitDatabase, Signature
from fakes.github.server import FakeGitHub
from fakes.github.state import Deployment, DeploymentStatus
from fakes.github.transport import FakeGitHubAdapter
from tests.memory_adapters import MemoryQueue, MemorySecrets

SIZES = (100, 3_000, 20_000)
"""Deployments of the environment."""
EVENTS = ("deployment", "deployment_status")
_MINUTE = 60_000


class Requests(NamedTuple):
    """The requests to GitHub for the events of one deployment."""

    deployment: int
    deployment_status: int


def run() -> list[Result]:
    """Count the requests for the creation and the success of one deployment."""
    results = []
    for size in SIZES:
        usual, unknown = measure(size, "success"), measure(size, "failure")
        counts = {
            "deployment": usual.deployment,
            "deployment_status": usual.deployment_status,
            "both": sum(usual),
            "deployment_status, none succeeded": unknown.deployment_status,
        }
        results += [Result(f"{size:,} before it: {name}", value, "", MOST_REQUESTS) for name, value in counts.items()]
    return results


def measure(size: int, state: str) -> Requests:
    """Return the requests for a deployment without package.json, after `size` deployments that ended in `state`."""
    fake, sha = _github(size, state)
    session = pooled_session()
    session.mount("https://", FakeGitHubAdapter(fake))
    github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"})), fake.api_url)
    unused: Any = None
    settings = Settings.model_construct(github_host="github.com")
    services = WorkerServices(settings, unused, github, MemoryQueue(time.monotonic), lambda: 0, Log("error"))
    counts = []
    for name in EVENTS:
        payload, before = webhook(name), fake.requests
        payload["deployment"]["sha"] = sha
        event = add_signature(TriggerEvent("github", name, "72d3162e-cc78-11e3-81ab-4c9367dc0958", 0, payload))
        if event is None:
            raise RuntimeError(f"no metric listens to {name}")
        collected = collect_metrics(event, services)
        if collected.failure is not None or len(collected.records) != 1:
            raise RuntimeError(f"{name} was not collected: {collected.failure}")
        counts.append(fake.requests - before)
    return Requests(*counts)


def _github(size: int, state: str) -> tuple[FakeGitHub, str]:
    """Return a GitHub with older deployments of the environment, and the commit of the newest one."""
    fake, git, author = FakeGitHub(), GitDatabase(), Signature("octocat", "octocat@users.noreply.github.com", 0)
    deployment = webhook("deployment")["deployment"]
    created_at = Fields(deployment).time("created_at") or 0
    tree = git.changed(None, {"README.md": git.blob(b"")})
    before = git.commit(tree, (), "Begin", author).sha
    after = git.commit(tree, (before,), "Change", author).sha
    git.show("main", after)
    repository = fake.state.repository("octo-org/hello-world")
    repository.git = git
    for number in range(size):
        at = created_at - (size - number) * _MINUTE
        ended = (DeploymentStatus(number + 1, state, at + 1),)
        repository.deployments.append(Deployment(number + 1, deployment["environment"], at, before, statuses=ended))
    return fake, after
