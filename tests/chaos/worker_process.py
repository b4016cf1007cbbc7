"""Run the worker as a process: `worker_process.py ENVIRONMENT OWNER/NAME API OFFSET`. May be killed.

It is AWS's own worker, polled locally, over the data repository; GitHub's limits of an hour are faked away, and delays grow from 10 ms
on, since a week goes by in minutes.
"""

import itertools
import sys
import time

from core.clock import now
from core.github.api import GitHubApi, pooled_session
from core.github.git_data import DataRepository, GitData
from core.github.reader import GitHubClient
from core.github.write_budget import WriteBudget
from core.log import Log
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, SecretsCache
from core.services import WorkerServices
from core.settings import Settings
from core.stores.github_repo import GitHubRepoStore
from runtimes.aws import worker
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.local import event_source_mapping, wiring
from runtimes.local.health import Health
from runtimes.local.poller import Pace
from tests.builders import settings
from tests.memory_adapters import MemorySecrets

TOKEN = "chaos"


def settings_for(environment: str, data: str, api: str, **more: str) -> Settings:
    """The settings of everything behind the queue."""
    owner, _, name = data.partition("/")
    return settings(
        environment_id=environment, repo_owner=owner, repo_name=name, github_api_url=api, retry_seconds=0.01, **more
    )


def store(settings: Settings) -> GitHubRepoStore:
    """The data repository."""
    unbound = WriteBudget(monotonic=itertools.count(step=3600).__next__)  # an hour passes with every look
    secrets = SecretsCache(MemorySecrets({DATA_TOKEN: TOKEN}))
    api = GitHubApi(pooled_session(), secrets, DATA_TOKEN, settings.github_api_url)
    git = GitData(api, DataRepository(settings.repo_owner, settings.repo_name, settings.target_branch), unbound)
    return GitHubRepoStore(git, unbound, Log("error"))


def reader(settings: Settings) -> GitHubClient:
    """The sources."""
    return GitHubClient(pooled_session(), SecretsCache(MemorySecrets({SOURCE_TOKEN: TOKEN})), settings.github_api_url)


def main(environment: str, data: str, api: str, offset: int) -> None:
    """Work the queue off until killed; OFFSET is in milliseconds from now."""
    known = settings_for(environment, data, api)
    clients = wiring.clients(wiring.emulator(known).endpoint)
    queues = wiring.make_queues(clients.sqs, known)
    log = Log("error")
    queue = SqsQueue(clients.sqs, queues.queue, queues.dead_letters)
    processing = WorkerServices(known, store(known), reader(known), queue, lambda: now() + offset, log)
    pace = Pace(batch_size=200, window=1.0, spacing=0.5, visibility=12)
    poller = event_source_mapping.poller(
        clients.sqs, queues.queue, lambda event, seen: worker.respond(event, processing, seen), Health(), log, pace
    )
    poller.start()
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
