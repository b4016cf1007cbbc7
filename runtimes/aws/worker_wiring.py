"""The composition root of the worker and schedule functions on AWS: services are created by the first call and reused."""

import encodings.unicode_escape
import encodings.utf_8_sig  # noqa: F401 (json and requests look both up late: INIT has the most CPU)
from functools import cache

import boto3
import nodesemver  # noqa: F401 (core.metrics.release_versions imports it late)
from botocore.config import Config

from core.metrics import all_metrics
from core.services import JobServices, SecondsLeft, WorkerServices
from core.settings import Settings, load
from core.worker_services import build_job_services, build_worker_services
from runtimes.aws.s3_store import S3Store
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.aws.ssm_secrets import SsmSecrets
from runtimes.aws.worker_log import WorkerLog

all_metrics()  # imports every metric in INIT


@cache
def worker_services() -> WorkerServices:
    """Return the services of the worker function. Raises SettingsError."""
    settings = load()
    retries_url = settings.retries_url or settings.queue_url
    queue = SqsQueue(
        boto3.client("sqs", config=_config()), retries_url, settings.dead_letters_url, [settings.queue_url]
    )
    buckets = {"s3": lambda bucket, root: S3Store(boto3.client("s3", config=_config()), bucket, root)}
    log = WorkerLog(settings.log_level, settings.environment_id)
    return build_worker_services(settings, _secrets(settings), queue, buckets, log=log)


def schedule_services(seconds_left: SecondsLeft) -> JobServices:
    """Return the services of the schedule function. Raises SettingsError."""
    worker = worker_services()
    return build_job_services(worker, _secrets(worker.settings), seconds_left)


def _secrets(settings: Settings) -> SsmSecrets:
    return SsmSecrets(boto3.client("ssm", config=_config()), settings.environment_id)


def _config() -> Config:
    return Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 5})
