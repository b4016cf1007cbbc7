"""The composition root on AWS: made at the first call, kept while the function's environment lives."""

import os
import time
from functools import cache
from typing import Any

from core import webhook_settings
from core.log import Log
from core.secrets_cache import SecretsCache
from core.services import Processing, Receiving
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.aws.ssm_secrets import SsmSecrets

_WEBHOOK_TIMEOUTS = {"connect_timeout": 0.7, "read_timeout": 1.3, "retries": {"total_max_attempts": 2}}
"""Of SSM and SQS both, each tried twice, at most 8 s: GitHub waits 10 s in all,
https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks"""
_WORKER_TIMEOUTS = {"connect_timeout": 5, "read_timeout": 10, "retries": {"total_max_attempts": 5}}


def now() -> int:
    """UNIX milliseconds."""
    return time.time_ns() // 1_000_000


@cache
def receiving() -> Receiving:
    """What the webhook function is handed."""
    settings = webhook_settings.read(os.environ)
    secrets = SecretsCache(SsmSecrets(_client("ssm", _WEBHOOK_TIMEOUTS), settings.environment_id))
    queue = SqsQueue(_client("sqs", _WEBHOOK_TIMEOUTS), settings.queue_url)
    return Receiving(settings, secrets, queue, now, Log(settings.log_level))


@cache
def processing() -> Processing:
    """What the worker function is handed."""
    from core.github import GitHub, pooled_session  # noqa: PLC0415 (requests: not for the webhook function)
    from core.settings import load  # noqa: PLC0415 (pydantic: likewise)
    from core.stores.directory import DirectoryStore  # noqa: PLC0415 (not for the webhook function)

    settings = load()
    secrets = SecretsCache(SsmSecrets(_client("ssm", _WORKER_TIMEOUTS), settings.environment_id))
    github = GitHub(pooled_session(), secrets, settings.github_api_url)
    queue = SqsQueue(_client("sqs", _WORKER_TIMEOUTS), settings.queue_url, settings.dead_letters_url)
    return Processing(settings, DirectoryStore(settings.store_directory), github, queue, now, Log(settings.log_level))


def _client(service: str, timeouts: dict[str, Any]) -> Any:
    import boto3  # noqa: PLC0415 (0.2 to 0.3 s: only once a request is there)
    from botocore.config import Config  # noqa: PLC0415 (likewise)

    return boto3.client(service, config=Config(**timeouts))
