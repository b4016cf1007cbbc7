"""The composition root on AWS: services are created by the first call and reused while the execution environment lives."""

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from core import webhook_settings
from core.clock import now
from core.log import Log
from core.secrets_cache import SecretsCache
from core.services import JobServices, WebhookServices, WorkerServices
from runtimes.aws.aws_api import SQS, SSM, AwsApi
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.aws.ssm_secrets import SsmSecrets

if TYPE_CHECKING:
    from core.canary import CanaryServices

_WORKER_TIMEOUTS = {"connect_timeout": 5, "read_timeout": 10, "retries": {"total_max_attempts": 5}}


@cache
def receiving() -> WebhookServices:
    """Return the services of the webhook function."""
    settings = webhook_settings.read(os.environ)
    secrets = SecretsCache(SsmSecrets(AwsApi(SSM, os.environ), settings.environment_id))
    queue = SqsQueue(AwsApi(SQS, os.environ), settings.queue_url)
    return WebhookServices(settings, secrets, queue, now, Log(settings.log_level))


@cache
def sending() -> "CanaryServices":
    """Return the services of the canary function."""
    from core.canary import CanaryServices  # noqa: PLC0415 (not for the webhook function)
    from core.http_client.connection import make_poster  # noqa: PLC0415 (not for the webhook function)

    settings = webhook_settings.read(os.environ)
    secrets = SecretsCache(SsmSecrets(AwsApi(SSM, os.environ), settings.environment_id))
    return CanaryServices(secrets, make_poster(os.environ["WEBHOOK_URL"]), now, Log(settings.log_level))


@cache
def processing() -> WorkerServices:
    """Return the services of the worker function."""
    from core.github.api import pooled_session  # noqa: PLC0415 (requests: not for the webhook function)
    from core.github.app import reader  # noqa: PLC0415 (not for the webhook function)
    from core.settings import load  # noqa: PLC0415 (pydantic: not for the webhook function)
    from core.stores import directory, github_repo  # noqa: PLC0415 (not for the webhook function)

    settings, session = load(), pooled_session()
    log = Log(settings.log_level)
    secrets = SecretsCache(SsmSecrets(_client("ssm"), settings.environment_id))
    github = reader(settings, session, secrets)
    put_aside = settings.retries_url or settings.queue_url
    queue = SqsQueue(_client("sqs"), put_aside, settings.dead_letters_url, [settings.queue_url])
    if settings.store == "github":
        return WorkerServices(settings, github_repo.opened(settings, session, secrets, log), github, queue, now, log)
    if settings.store == "s3":
        from runtimes.aws.s3_store import S3Store  # noqa: PLC0415 (needed only for a bucket)

        return WorkerServices(settings, S3Store(_client("s3"), settings.store_bucket), github, queue, now, log)
    return WorkerServices(settings, directory.DirectoryStore(settings.store_directory), github, queue, now, log)


def scheduling(seconds_left: Callable[[], float]) -> JobServices:
    """Return the services of the schedule function."""
    from core.github.api import pooled_session  # noqa: PLC0415 (requests: not for the webhook function)
    from core.github.app import reader  # noqa: PLC0415 (not for the webhook function)

    worker_services = processing()
    secrets = SecretsCache(SsmSecrets(_client("ssm"), worker_services.settings.environment_id))
    return JobServices(worker_services, reader(worker_services.settings, pooled_session(), secrets), seconds_left)


def _client(service: str) -> Any:
    import boto3  # noqa: PLC0415 (0.2 to 0.3 s, too long for the webhook function)
    from botocore.config import Config  # noqa: PLC0415 (not for the webhook function)

    return boto3.client(service, config=Config(**_WORKER_TIMEOUTS))
