"""Builds the webhook deliveries of a repository's history, and stores their records, to compare those of a backfill with."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.handler import process
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.stores.directory import DirectoryStore
from fakes.github.git_serializers import repository_object
from fakes.github.serializers import Urls, deployment_object, status_object
from fakes.github.server import FakeGitHub
from fakes.github.state import History, Repository
from fakes.github.transport import FakeGitHubAdapter
from tests.builders import NOW, processing, signed
from tests.memory_adapters import MemorySecrets

Deliveries = Iterator[tuple[str, str, dict[str, Any]]]
"""A fact (`pull:1`), the event's name, and its payload without the repository."""


def of_pulls(history: History) -> Deliveries:
    for number, pull in history.pulls.items():
        yield f"pull:{number}", "pull_request", {"action": "closed", "number": number, "pull_request": pull}
    for number, reviews in history.reviews.items():
        about = {"action": "submitted", "pull_request": history.pulls[number]}
        yield f"review:{number}", "pull_request_review", about | {"review": reviews[0]}


def of_runs(history: History) -> Deliveries:
    for job in chain.from_iterable(history.jobs.values()):
        yield f"job:{job['id']}", "workflow_job", {"action": "completed", "workflow_job": job}
    for run in history.runs:
        about = {"action": "completed", "workflow": {"name": "CI"}}
        yield f"run:{run['id']}", "workflow_run", about | {"workflow_run": run}
    for suite in chain.from_iterable(history.suites.values()):
        yield f"suite:{suite['id']}", "check_suite", {"action": "completed", "check_suite": suite}


def of_issues(history: History) -> Deliveries:
    for number, issue in history.issues.items():
        then = {**issue, "state": "open", "closed_at": None, "updated_at": issue["created_at"]}
        yield f"opened:{number}", "issues", {"action": "opened", "issue": then}
        yield f"closed:{number}", "issues", {"action": "closed", "issue": issue}


def of_deployments(repository: Repository, urls: Urls) -> Deliveries:
    for deployment in repository.deployments:
        about = {"action": "created", "deployment": deployment_object(urls, deployment)}
        yield f"deployment:{deployment.id}", "deployment", about
        ended = status_object(urls, deployment, deployment.statuses[-1])
        yield f"status:{deployment.id}", "deployment_status", about | {"deployment_status": ended}


def store_webhooks(
    fake: FakeGitHub, repository: Repository, folder: Path, left_out: set[str], *, received_at: int = NOW
) -> None:
    """Store the records of all deliveries except the facts that are left out; `received_at` is UNIX ms."""
    session = pooled_session()
    session.mount("https://", FakeGitHubAdapter(fake))
    github = GitHubClient(session, SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"})), fake.api_url)
    services = processing(DirectoryStore(str(folder)), github)
    urls, history = Urls(fake.api_url, repository.full_name), repository.history
    source = {"repository": repository_object(urls, repository, may_write=True)}
    events = chain(of_pulls(history), of_runs(history), of_issues(history), of_deployments(repository, urls))
    messages = [
        signed(f"github::{name}", source | body, delivery_id=fact, received_at=received_at)
        for fact, name, body in events
        if fact not in left_out
    ]
    for start in range(0, len(messages), 500):
        assert {settled.result for settled in process(messages[start : start + 500], services)} == {"stored"}
