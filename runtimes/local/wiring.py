"""The composition root on this machine: AWS adapters on an emulator, GitHub, and a folder or a repository as the store.

The emulator and its clients need the packages of the extra `local`, which most commands do not: they are imported late.
"""

import os
import secrets as randomness
from typing import TYPE_CHECKING, Any, NamedTuple

from core.clock import now
from core.errors import SecretMissing
from core.github.api import GitHubApi, pooled_session
from core.github.app import reader
from core.github.pacing import RequestPace, paced
from core.github.reader import GitHubClient
from core.log import Log
from core.ports import GitHubBrowser, Queue, SecretSource
from core.secrets_cache import APP_KEY, DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET, SecretsCache, required_secrets
from core.services import WebhookServices, WorkerServices
from core.settings import Settings, SettingsError, load
from core.settings_table import SharedSettings, rows
from core.static_secrets import StaticSecrets
from core.url_security import problem as url_problem
from core.webhook_settings import WebhookSettings
from core.worker_services import build_worker_services
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.aws.ssm_secrets import SsmSecrets, parameter_name
from runtimes.local.emulator.state import TOKENS
from runtimes.local.health import CountedQueue, Health

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_ssm import SSMClient

    from runtimes.local.emulator.emulator import Emulator

RETRY_SECONDS = 1.0
"""RETRY_SECONDS starts lower than in a cloud, because a developer is waiting."""


class Clients(NamedTuple):
    """boto3 clients of the emulator."""

    ssm: "SSMClient"
    sqs: "SQSClient"


class Queues(NamedTuple):
    """The URLs of the queue and of its dead-letter queue."""

    queue: str
    dead_letters: str


def local_settings() -> Settings:
    """Return the settings of the environment and `.env`; raises SettingsError."""
    settings = load(".env")
    if settings.github_app_id and "PRIVATE KEY-----" not in settings.github_app_private_key.get_secret_value():
        raise SettingsError("GITHUB_APP_PRIVATE_KEY: must be the App's private key (PEM), since GITHUB_APP_ID is set")
    has_credentials = settings.repo_write_access_token.get_secret_value() or settings.github_app_id
    if settings.store == "github" and not has_credentials:
        raise SettingsError("REPO_WRITE_ACCESS_TOKEN: must be set for STORE=github; `telemetry init` asks for it")
    if settings.store in ("s3", "gcs"):
        raise SettingsError(f"STORE: {settings.store} is for a deployment to a cloud; here, directory or github")
    _named(settings)  # report an invalid LOCALSTACK_HOST with the other settings
    if "retry_seconds" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"retry_seconds": RETRY_SECONDS})


def emulator(settings: Settings) -> "Emulator":
    """Return the emulator that the settings or LocalStack's variables name; by default this folder's own."""
    from runtimes.local.emulator.emulator import Emulator  # noqa: PLC0415 (of the extra `local`)

    return Emulator(_named(settings))


def endpoint(settings: Settings) -> str:
    """Return the address of the emulator that runs for this folder; raises EmulatorError when none does."""
    from runtimes.local.emulator.emulator import EmulatorError, running  # noqa: PLC0415 (of the extra `local`)

    address = _named(settings) or running()
    if not address:
        raise EmulatorError("no emulator runs for this folder")
    return address


def _named(settings: Settings) -> str:
    """Return AWS_ENDPOINT_URL, or the address that localstack-client makes of LOCALSTACK_HOST; raises SettingsError."""
    host = os.environ.get("LOCALSTACK_HOST", "").strip()
    if settings.aws_endpoint_url or not host:
        return settings.aws_endpoint_url
    from localstack_client.config import get_service_endpoint  # noqa: PLC0415 (of the extra `local`)

    try:
        url = get_service_endpoint("sqs", host) or ""
    except RuntimeError:
        raise SettingsError("LOCALSTACK_HOST: must be a host, or HOST:PORT") from None
    wrong = url_problem(url, localstack=True)
    if wrong:
        raise SettingsError(f"LOCALSTACK_HOST: {wrong}")
    return url


WEBHOOK_TIMEOUTS: dict[str, Any] = {"connect_timeout": 2, "read_timeout": 4, "retries": {"total_max_attempts": 1}}
"""Timeouts of the webhook's clients, in seconds: GitHub waits 10 s in all."""
_WORKER_TIMEOUTS: dict[str, Any] = {"connect_timeout": 3, "read_timeout": 10, "retries": {"total_max_attempts": 3}}
"""Timeouts of the worker's clients, in seconds."""


def clients(endpoint: str, timeouts: dict[str, Any] = _WORKER_TIMEOUTS) -> Clients:
    """Return boto3 clients of the emulator; localstack-client reads the endpoint from AWS_ENDPOINT_URL."""
    import localstack_client.session  # noqa: PLC0415 (of the extra `local`)
    from botocore.config import Config  # noqa: PLC0415 (of the extra `local`)

    os.environ["AWS_ENDPOINT_URL"] = endpoint
    session = localstack_client.session.Session()
    config = Config(max_pool_connections=64, **timeouts)
    return Clients(session.client("ssm", config=config), session.client("sqs", config=config))


def put_secrets(ssm: "SSMClient", settings: Settings) -> None:
    """Store the webhook secret as a parameter, generated if there is none; delete the tokens of earlier versions.

    The worker reads its tokens from the settings, in this process; an emulator never stores them.
    """
    configured = settings.github_webhook_secret.get_secret_value()
    if configured or not _has_secret(ssm, settings):
        parameter = parameter_name(settings.environment_id, WEBHOOK_SECRET)
        value = configured or randomness.token_hex(20)
        ssm.put_parameter(Name=parameter, Value=value, Type="SecureString", Overwrite=True)
    ssm.delete_parameters(Names=[parameter_name(settings.environment_id, name) for name in TOKENS])


def webhook_secret(ssm: "SSMClient", settings: Settings) -> str:
    """Return the newest webhook secret; raises SecretMissing or Unavailable."""
    return required_secrets(SsmSecrets(ssm, settings.environment_id).get(WEBHOOK_SECRET))[0]


def queue_name(settings: Settings) -> str:
    """Return the name of the environment's queue."""
    return f"telemetry-{settings.environment_id}"


def make_queues(sqs: "SQSClient", settings: Settings, owner: str = "") -> Queues:
    """Create the queue and its dead-letter queue, unless they exist, and return their URLs.

    With an `owner` (the id of a state folder) they are tagged with it; raises ForeignQueue if another folder owns them.
    """
    names = (queue_name(settings), f"{queue_name(settings)}-dead-letters")
    if owner:
        from runtimes.local.emulator import queue_owner  # noqa: PLC0415 (of the extra `local`)

        return Queues(*queue_owner.claim(sqs, names, owner))
    return Queues(*(sqs.create_queue(QueueName=name)["QueueUrl"] for name in names))


def count_messages(sqs: "SQSClient", queues: Queues) -> int:
    """Return the number of messages in the queue: visible, in flight or delayed."""
    kinds: tuple[QueueAttributeNameType, ...] = (
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    )
    attributes = sqs.get_queue_attributes(QueueUrl=queues.queue, AttributeNames=kinds)["Attributes"]
    return sum(int(attributes.get(kind, "0")) for kind in kinds)


def webhook_services(
    emulator_clients: Clients, queues: Queues, settings: Settings, health: Health, log: Log
) -> WebhookServices:
    """Return the services of the webhook function. ALLOWED_NETWORKS applies in a cloud only."""
    queue = CountedQueue(SqsQueue(emulator_clients.sqs, queues.queue, queues.dead_letters), health, copies=False)
    return build_webhook_services(SsmSecrets(emulator_clients.ssm, settings.environment_id), queue, settings, log)


def build_webhook_services(source: SecretSource, queue: Queue, settings: Settings, log: Log) -> WebhookServices:
    """Return the services of the webhook with this source of secrets and this queue."""
    values = {name: getattr(settings, name) for name in rows(SharedSettings)}
    webhook_settings = WebhookSettings(**values | {"allowed_networks": ""})
    return WebhookServices(webhook_settings, SecretsCache(source), queue, now, log)


def worker_services(
    emulator_clients: Clients, queues: Queues, settings: Settings, health: Health, log: Log
) -> WorkerServices:
    """Return the services of the worker function; its tokens come from the settings, never from the emulator."""
    queue = CountedQueue(SqsQueue(emulator_clients.sqs, queues.queue, queues.dead_letters), health, copies=True)
    return build_local_worker(queue, settings, log)


def build_local_worker(queue: Queue, settings: Settings, log: Log | None = None) -> WorkerServices:
    """Return the services of a worker or a job with this queue and the tokens of the settings."""
    return build_worker_services(settings, _secrets(settings), queue, {}, log=log, anonymous=_is_anonymous(settings))


def source_reader(settings: Settings, pace: RequestPace | None = None) -> GitHubBrowser:
    """Return a GitHub client with the App or the source token of the settings, or without either an anonymous one."""
    session = pooled_session() if pace is None else paced(pooled_session(), pace)
    return reader(settings, session, _tokens(settings), anonymous=_is_anonymous(settings))


def webhooks_client(settings: Settings) -> GitHubClient:
    """Return a GitHub client with the source token, even if an App is set: operators administer webhooks."""
    return GitHubClient(pooled_session(), _tokens(settings), settings.github_api_url)


def source_api(settings: Settings) -> GitHubApi:
    """Return a low-level API client with the source token, for writes."""
    return GitHubApi(pooled_session(), _tokens(settings), SOURCE_TOKEN, settings.github_api_url)


def _secrets(settings: Settings) -> StaticSecrets:
    tokens = {
        SOURCE_TOKEN: settings.github_access_token,
        DATA_TOKEN: settings.repo_write_access_token,
        APP_KEY: settings.github_app_private_key,
    }
    return StaticSecrets({name: token.get_secret_value() for name, token in tokens.items()})


def _tokens(settings: Settings) -> SecretsCache:
    return SecretsCache(_secrets(settings))


def _is_anonymous(settings: Settings) -> bool:
    return not settings.github_access_token.get_secret_value()


def record_location(settings: Settings) -> str:
    """Return a description of where records are stored."""
    if settings.store == "github":
        return f"{settings.repo_owner}/{settings.repo_name}, branch {settings.target_branch}"
    return f"{settings.store_directory}/"


def _has_secret(ssm: "SSMClient", settings: Settings) -> bool:
    try:
        return bool(webhook_secret(ssm, settings))
    except SecretMissing:
        return False
