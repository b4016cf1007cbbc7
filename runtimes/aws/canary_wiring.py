"""The composition root of the canary function on AWS, without boto3: its services are created by the first call and reused."""

import ipaddress  # noqa: F401 (core.url_security imports both late: this function needs them, so INIT may)
import os
import urllib.parse  # noqa: F401
from functools import cache

from core import webhook_settings
from core.canary import CanaryServices
from core.canary_poster import make_poster
from core.clock import now
from core.log import Log
from core.secrets_cache import SecretsCache
from runtimes.aws.aws_api import SSM, AwsApi
from runtimes.aws.ssm_secrets import SsmSecrets


@cache
def canary_services() -> CanaryServices:
    """Return the services of the canary function."""
    settings = webhook_settings.read(os.environ)
    secrets = SecretsCache(SsmSecrets(AwsApi(SSM, os.environ), settings.environment_id))
    return CanaryServices(secrets, make_poster(os.environ["WEBHOOK_URL"]), now, Log(settings.log_level))
