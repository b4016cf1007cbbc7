"""The composition root of the canary function on Google Cloud, without Google's libraries: services are created once and reused."""

import os
from functools import cache

from core import webhook_settings
from core.canary import CanaryServices
from core.canary_poster import make_poster
from core.clock import now
from core.log import Log
from core.secrets_cache import SecretsCache
from runtimes.gcp.google_api import GoogleApi, MetadataToken
from runtimes.gcp.secretmanager_secrets import SecretManagerSecrets


@cache
def canary_services() -> CanaryServices:
    """Return the services of the canary function."""
    settings = webhook_settings.read(os.environ)
    secret_manager = GoogleApi("secretmanager", MetadataToken(os.environ), os.environ)
    secrets = SecretsCache(SecretManagerSecrets(secret_manager, settings.google_cloud_project, settings.environment_id))
    return CanaryServices(secrets, make_poster(os.environ["WEBHOOK_URL"]), now, Log(settings.log_level))
