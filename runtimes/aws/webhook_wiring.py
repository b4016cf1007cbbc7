"""The composition root of the webhook function on AWS, without boto3: its services are created by the first call and reused."""

import os
from functools import cache

from core import webhook_settings
from core.clock import now
from core.log import Log
from core.metrics import all_metrics
from core.secrets_cache import SecretsCache
from core.services import WebhookServices
from runtimes.aws.aws_api import SQS, SSM, AwsApi
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.aws.ssm_secrets import SsmSecrets

all_metrics()  # imports every metric in INIT, when Lambda gives a function the most CPU


@cache
def webhook_services() -> WebhookServices:
    """Return the services of the webhook function."""
    settings = webhook_settings.read(os.environ)
    secrets = SecretsCache(SsmSecrets(AwsApi(SSM, os.environ), settings.environment_id))
    queue = SqsQueue(AwsApi(SQS, os.environ), settings.queue_url)
    return WebhookServices(settings, secrets, queue, now, Log(settings.log_level))
