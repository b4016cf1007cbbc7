"""The requests to GitHub for one deployment, in environments with few and with many deployments, and for a pull request."""

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
from core.payload import Fields, Json
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.services import WorkerServices
from core.settings import Settings
from fakes.github.git_database import GitDatabase, Signature
from fakes.github.server import FakeGitHub
from fakes.github.state import Commit, Deployment, DeploymentStatus, File, PullRequest
from fakes.github.transport import FakeGitHubAdapter
from tests.memory_adapters import MemoryQueue, MemorySecrets

SIZES = (100, 3_000, 20_000)
"""Deployments of the environment."""
EVENTS = ("deployment", "deployment_status")
_MINUTE = 60_000
PULL_REQUESTS = (
    (3, "Change", "", 3),
    (3, "Change (#%d)", " with numbers", 4),
    (250, "Change (#%d)", " with numbers", 6),
)
"""Commits, their messages with a number, the name of the row, and the most requests: a page of commits for each 100, a page of
files, the timeline, and the kinds of the numbers."""


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
        counts["deployment_status without a job"] = measure_status_without_job(size)
        results += [Result(f"{size:,} before it: {name}", value, "", MOST_REQUESTS) for name, value in counts.items()]
    results.append(Result("job of an environment", measure_job_of_environment(), "", 1))
    return results + [
        Result(f"merged pull request: {commits} commits{name}", measure_pull_request(commits, message), "", most)
        for commits, message, name, most in PULL_REQUESTS
    ]


def measure(size: int, state: str) -> Requests:
    """Return the requests for a deployment without package.json, after `size` deployments that ended in `state`."""
    fake, sha = _github(size, state)
    services, counts = _services(fake), []
    for name in EVENTS:
        payload = webhook(name)
        payload["deployment"]["sha"] = sha
        counts.append(_requests(fake, services, name, payload, records=1))
    return Requests(*counts)


def measure_status_without_job(size: int) -> int:
    """Return the requests for a success that no job of GitHub Actions set, after `size` deployments that succeeded."""
    fake, sha = _github(size, "success")
    payload = webhook("deployment_status") | {"check_run": None, "workflow_run": None}
    payload["deployment"]["sha"] = sha
    _add_own_statuses(fake, payload["deployment"]["id"])
    return _requests(fake, _services(fake), "deployment_status", payload, records=1)


def measure_job_of_environment() -> int:
    """Return the requests for a job whose deployment has statuses."""
    fake, payload = FakeGitHub(), webhook("workflow_job")
    payload["deployment"] = webhook("deployment")["deployment"]
    _add_own_statuses(fake, payload["deployment"]["id"])
    return _requests(fake, _services(fake), "workflow_job", payload, records=2)


def _add_own_statuses(fake: FakeGitHub, id: int) -> None:
    """Give a deployment statuses; its environment is another one, so that no search finds it."""
    statuses = (DeploymentStatus(1, "waiting", 0), DeploymentStatus(2, "queued", 1))
    fake.state.repository("octo-org/hello-world").deployments.append(Deployment(id, "other", 0, statuses=statuses))


def measure_pull_request(commits: int, message: str) -> int:
    """Return the requests for a merged pull request whose commits have this message, each with a number of its own."""
    fake = FakeGitHub()
    repository, changed = fake.state.repository("octo-org/hello-world"), [File("README.md")]
    messages = [message.replace("%d", str(number)) for number in range(1, commits + 1)]
    listed = [Commit(f"{n:040x}", 0, 0, message=text) for n, text in enumerate(messages)]
    payload = webhook("pull_request_merged")
    repository.pulls[payload["pull_request"]["number"]] = PullRequest(listed, changed)
    return _requests(fake, _services(fake), "pull_request", payload, records=3)


def _services(fake: FakeGitHub) -> WorkerServices:
    session = pooled_session()
    session.mount("https://", FakeGitHubAdapter(fake))
    github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "token"})), fake.api_url)
    unused: Any = None
    settings = Settings.model_construct(github_host="github.com")
    return WorkerServices(settings, unused, github, MemoryQueue(time.monotonic), lambda: 0, Log("error"))


def _requests(fake: FakeGitHub, services: WorkerServices, name: str, payload: Json, *, records: int) -> int:
    """Return the requests that an event takes. Raises RuntimeError if it does not make this number of records."""
    before = fake.requests
    event = add_signature(TriggerEvent("github", name, "72d3162e-cc78-11e3-81ab-4c9367dc0958", 0, payload))
    if event is None:
        raise RuntimeError(f"no metric listens to {name}")
    collected = collect_metrics(event, services)
    if collected.failure is not None or len(collected.records) != records:
        raise RuntimeError(f"{name} was not collected: {collected.failure}")
    return fake.requests - before


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
