"""The composition root on Google Cloud: services are created by the first call and reused while the instance lives."""

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from core import webhook_settings
from core.clock import now
from core.log import Log
from core.secrets_cache import SecretsCache
from core.services import JobServices, WebhookServices, WorkerServices
from runtimes.gcp.google_api import GoogleApi, MetadataToken
from runtimes.gcp.pubsub_queue import PubSubQueue
from runtimes.gcp.secretmanager_secrets import SecretManagerSecrets

if TYPE_CHECKING:
    from core.canary import CanaryServices
    from core.settings import Settings
    from runtimes.gcp.pubsub_queue import PubSub


@cache
def receiving() -> WebhookServices:
    """Return the services of the webhook function."""
    settings, token = webhook_settings.read(os.environ), MetadataToken(os.environ)
    vault = GoogleApi("secretmanager", token, os.environ)
    secrets = SecretsCache(SecretManagerSecrets(vault, settings.google_cloud_project, settings.environment_id))
    queue = PubSubQueue(GoogleApi("pubsub", token, os.environ), settings.queue_url)
    return WebhookServices(settings, secrets, queue, now, Log(settings.log_level))


@cache
def sending() -> "CanaryServices":
    """Return the services of the canary function."""
    from core.canary import CanaryServices  # noqa: PLC0415 (not for the webhook function)
    from core.http_client.connection import make_poster  # noqa: PLC0415 (not for the webhook function)

    settings = webhook_settings.read(os.environ)
    vault = GoogleApi("secretmanager", MetadataToken(os.environ), os.environ)
    secrets = SecretsCache(SecretManagerSecrets(vault, settings.google_cloud_project, settings.environment_id))
    return CanaryServices(secrets, make_poster(os.environ["WEBHOOK_URL"]), now, Log(settings.log_level))


@cache
def subscription() -> "PubSub":
    """Return the subscription that the worker function drains."""
    from core.settings import load  # noqa: PLC0415 (pydantic: not for the webhook function)

    return _pubsub(load().queue_subscription)


@cache
def processing() -> WorkerServices:
    """Return the services of the worker function."""
    from core.github.api import pooled_session  # noqa: PLC0415 (requests: not for the webhook function)
    from core.github.app import reader  # noqa: PLC0415 (not for the webhook function)
    from core.settings import load  # noqa: PLC0415 (not for the webhook function)
    from core.stores import directory, github_repo  # noqa: PLC0415 (not for the webhook function)

    settings, session = load(), pooled_session()
    log = Log(settings.log_level)
    secrets = _secrets(settings)
    github = reader(settings, session, secrets)
    pubsub = subscription()
    queue = PubSubQueue(pubsub, settings.queue_url, settings.dead_letters_url, pubsub)
    if settings.store == "github":
        return WorkerServices(settings, github_repo.opened(settings, session, secrets, log), github, queue, now, log)
    if settings.store == "gcs":
        from runtimes.gcp.gcs_store import open_store  # noqa: PLC0415 (needed only for a bucket)

        return WorkerServices(settings, open_store(settings.store_bucket), github, queue, now, log)
    return WorkerServices(settings, directory.DirectoryStore(settings.store_directory), github, queue, now, log)


def scheduling(seconds_left: Callable[[], float]) -> JobServices:
    """Return the services of the schedule function."""
    from core.github.api import pooled_session  # noqa: PLC0415 (requests: not for the webhook function)
    from core.github.app import reader  # noqa: PLC0415 (not for the webhook function)

    worker_services = processing()
    github = reader(worker_services.settings, pooled_session(), _secrets(worker_services.settings))
    return JobServices(worker_services, github, seconds_left)


def _secrets(settings: "Settings") -> SecretsCache:
    from runtimes.gcp.google_clients import secret_manager  # noqa: PLC0415 (0.3 s, too long for the webhook function)

    vault = secret_manager(os.environ)
    return SecretsCache(SecretManagerSecrets(vault, settings.google_cloud_project, settings.environment_id))


def _pubsub(subscription: str) -> "PubSub":
    from runtimes.gcp.google_clients import pubsub  # noqa: PLC0415 (not for the webhook function)

    return pubsub(os.environ, subscription)
