"""The composition root of the webhook function on Google Cloud, without Google's libraries: services are created once and reused."""

import os
from functools import cache

from core import webhook_settings
from core.clock import now
from core.log import Log
from core.secrets_cache import SecretsCache
from core.services import WebhookServices
from runtimes.gcp.google_api import GoogleApi, MetadataToken
from runtimes.gcp.pubsub_queue import PubSubQueue
from runtimes.gcp.secretmanager_secrets import SecretManagerSecrets


@cache
def webhook_services() -> WebhookServices:
    """Return the services of the webhook function."""
    settings, token = webhook_settings.read(os.environ), MetadataToken(os.environ)
    secret_manager = GoogleApi("secretmanager", token, os.environ)
    secrets = SecretsCache(SecretManagerSecrets(secret_manager, settings.google_cloud_project, settings.environment_id))
    queue = PubSubQueue(GoogleApi("pubsub", token, os.environ), settings.queue_url)
    return WebhookServices(settings, secrets, queue, now, Log(settings.log_level))
