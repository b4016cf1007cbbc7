"""The composition root of the worker and schedule functions on Google Cloud: services are created by the first call and reused."""

import os
from functools import cache

from core.services import JobServices, SecondsLeft, WorkerServices
from core.settings import Settings, load
from core.worker_services import build_job_services, build_worker_services
from runtimes.gcp import gcs_store, google_clients
from runtimes.gcp.pubsub_queue import PubSub, PubSubQueue
from runtimes.gcp.secretmanager_secrets import SecretManagerSecrets


@cache
def subscription() -> PubSub:
    """Return the subscription that the worker function drains. Raises SettingsError."""
    return google_clients.pubsub(os.environ, load().queue_subscription)


@cache
def worker_services() -> WorkerServices:
    """Return the services of the worker function. Raises SettingsError."""
    settings, pubsub = load(), subscription()
    queue = PubSubQueue(pubsub, settings.queue_url, settings.dead_letters_url, pubsub)
    return build_worker_services(settings, _secrets(settings), queue, {"gcs": gcs_store.open_store})


def schedule_services(seconds_left: SecondsLeft) -> JobServices:
    """Return the services of the schedule function. Raises SettingsError."""
    worker = worker_services()
    return build_job_services(worker, _secrets(worker.settings), seconds_left)


def _secrets(settings: Settings) -> SecretManagerSecrets:
    secret_manager = google_clients.secret_manager(os.environ)
    return SecretManagerSecrets(secret_manager, settings.google_cloud_project, settings.environment_id)
