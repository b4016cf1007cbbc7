"""Builds the services of the worker and of the scheduled jobs from the settings and a runtime's adapters."""

from collections.abc import Callable, Mapping

import requests

from core.clock import now
from core.github.api import pooled_session
from core.github.app import reader
from core.log import Log
from core.ports import Queue, SecretSource, Store
from core.secrets_cache import SecretsCache
from core.services import JobServices, SecondsLeft, WorkerServices
from core.settings import Settings, SettingsError
from core.stores import github_repo
from core.stores.directory import DirectoryStore

Buckets = Mapping[str, Callable[[str, str], Store]]
"""For each value of STORE that is a bucket of this runtime, what opens the bucket of a name; the second argument is the root."""


def build_worker_services(
    settings: Settings,
    secrets: SecretSource,
    queue: Queue,
    buckets: Buckets,
    *,
    log: Log | None = None,
    anonymous: bool = False,
) -> WorkerServices:
    """Return the services of the worker; `log` is by default one at LOG_LEVEL, `anonymous` reads GitHub without a token.

    Raises SettingsError if the runtime lacks the STORE of the settings.
    """
    session, tokens, log = pooled_session(), SecretsCache(secrets), log or Log(settings.log_level)
    store = open_store(settings, session, tokens, buckets, log)
    github = reader(settings, session, tokens, anonymous=anonymous)
    return WorkerServices(settings, store, github, queue, now, log)


def build_job_services(worker: WorkerServices, secrets: SecretSource, seconds_left: SecondsLeft) -> JobServices:
    """Return the services of the scheduled jobs, with a GitHub client of their own."""
    github = reader(worker.settings, pooled_session(), SecretsCache(secrets))
    return JobServices(worker, github, seconds_left)


def open_store(
    settings: Settings, session: requests.Session, secrets: SecretsCache, buckets: Buckets, log: Log
) -> Store:
    """Return the store of the settings. Raises SettingsError if the runtime lacks it."""
    if settings.store == "github":
        return github_repo.open_store(settings, session, secrets, log)
    if settings.store == "directory":
        return DirectoryStore(settings.store_directory)
    open_bucket = buckets.get(settings.store)
    if open_bucket is None:
        available = ", ".join(sorted({"directory", "github", *buckets}))
        raise SettingsError(f"STORE: {settings.store} is of another cloud; here it must be one of {available}")
    return open_bucket(settings.store_bucket, settings.root)
