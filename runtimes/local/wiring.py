"""The composition root on this machine: the adapters of AWS on an emulator, real GitHub, a folder or a repository."""

import os
import secrets as randomness
from math import inf
from typing import Any, NamedTuple

import localstack_client.session
import requests
from botocore.config import Config

from core.errors import SecretMissing
from core.github import GitHub
from core.github_api import GitHubApi, pooled_session
from core.github_app import reader
from core.log import Log
from core.ports import GitHubBrowser, Store
from core.secrets_cache import APP_KEY, DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET, SecretsCache, required_secrets
from core.services import Processing, Receiving, Scheduling
from core.settings import Settings, SettingsError, load
from core.stores import github_repo
from core.stores.directory import DirectoryStore
from core.webhook_settings import WebhookSettings
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.aws.ssm_secrets import SsmSecrets, parameter_name
from runtimes.aws.wiring import now
from runtimes.local.emulator import LOCALSTACK, Emulator
from runtimes.local.health import CountedQueue, Health
from runtimes.local.late_queue import LateQueue
from runtimes.local.memory import MemorySecrets

RETRY_SECONDS = 1.0
"""Locally somebody is watching: RETRY_SECONDS starts lower than it does in a cloud."""


class Clients(NamedTuple):
    """boto3 clients of the emulator."""

    ssm: Any
    sqs: Any


class Queues(NamedTuple):
    """The URLs of the queue and of its dead letters."""

    queue: str
    dead_letters: str


def local_settings() -> Settings:
    """The settings, also from `.env`; raises SettingsError."""
    settings = load(".env")
    if settings.github_app_id and "PRIVATE KEY-----" not in settings.github_app_private_key.get_secret_value():
        raise SettingsError("GITHUB_APP_PRIVATE_KEY: must be the App's private key (PEM), since GITHUB_APP_ID is set")
    written = settings.repo_write_access_token.get_secret_value() or settings.github_app_id
    if settings.store == "github" and not written:
        raise SettingsError("REPO_WRITE_ACCESS_TOKEN: must be set for STORE=github; `telemetry init` asks for it")
    if settings.store in ("s3", "gcs"):
        raise SettingsError(f"STORE: {settings.store} is for a deployment to a cloud; here, directory or github")
    if "retry_seconds" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"retry_seconds": RETRY_SECONDS})


def emulator(settings: Settings) -> Emulator:
    """The emulator that the settings, or LocalStack's own variables, name."""
    named = os.environ.get("LOCALSTACK_HOST")
    return Emulator(settings.aws_endpoint_url or (f"http://{named}" if named else LOCALSTACK))


FRONT_DOOR: dict[str, Any] = {"connect_timeout": 2, "read_timeout": 4, "retries": {"total_max_attempts": 1}}
"""GitHub waits 10 s in all."""
_PATIENT: dict[str, Any] = {"connect_timeout": 3, "read_timeout": 10, "retries": {"total_max_attempts": 3}}


def clients(endpoint: str, patience: dict[str, Any] = _PATIENT) -> Clients:
    """Clients by way of localstack-client, which finds the endpoint in this variable."""
    os.environ["AWS_ENDPOINT_URL"] = endpoint
    session = localstack_client.session.Session()
    config = Config(max_pool_connections=64, **patience)
    return Clients(session.client("ssm", config=config), session.client("sqs", config=config))


def put_secrets(ssm: Any, settings: Settings) -> None:
    """The settings' secrets into the emulator's parameters; a webhook secret is made if there is none yet."""
    given = settings.github_webhook_secret.get_secret_value()
    if given or not _has_secret(ssm, settings):
        _put(ssm, settings, WEBHOOK_SECRET, given or randomness.token_hex(20))
    tokens = {
        SOURCE_TOKEN: settings.github_access_token,
        DATA_TOKEN: settings.repo_write_access_token,
        APP_KEY: settings.github_app_private_key,
    }
    for name, token in tokens.items():
        _put(ssm, settings, name, token.get_secret_value() or "unset")


def webhook_secret(ssm: Any, settings: Settings) -> str:
    """The newest webhook secret; raises SecretMissing or Unavailable."""
    return required_secrets(SsmSecrets(ssm, settings.environment_id).get(WEBHOOK_SECRET))[0]


def make_queues(sqs: Any, settings: Settings) -> Queues:
    """The queue and its dead letters; those that are there already are left as they are."""
    names = (f"telemetry-{settings.environment_id}", f"telemetry-{settings.environment_id}-dead-letters")
    return Queues(*(sqs.create_queue(QueueName=name)["QueueUrl"] for name in names))


def left_in(sqs: Any, queues: Queues) -> int:
    """How many messages are in the queue: visible, in hand, or delayed."""
    kinds = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    told = sqs.get_queue_attributes(QueueUrl=queues.queue, AttributeNames=kinds)["Attributes"]
    return sum(int(told.get(kind, 0)) for kind in kinds)


def receiving(made: Clients, queues: Queues, settings: Settings, health: Health, log: Log) -> Receiving:
    """What the webhook shim is handed."""
    names = ("environment_id", "repo_owner", "repo_name", "log_level", "incident_labels")
    told = WebhookSettings(**{name: getattr(settings, name) for name in names})
    secrets = SecretsCache(SsmSecrets(made.ssm, settings.environment_id))
    queue = CountedQueue(SqsQueue(made.sqs, queues.queue, queues.dead_letters), health, copies=False)
    return Receiving(told, secrets, queue, now, log)


def processing(made: Clients, queues: Queues, settings: Settings, health: Health, log: Log) -> Processing:
    """What the worker shim is handed."""
    secrets = SecretsCache(SsmSecrets(made.ssm, settings.environment_id))
    anonymous = not settings.github_access_token.get_secret_value()
    session = pooled_session()
    github = reader(settings, session, secrets, anonymous=anonymous)
    queue = CountedQueue(SqsQueue(made.sqs, queues.queue, queues.dead_letters), health, copies=True)
    return Processing(settings, _store(settings, session, secrets, log), github, queue, now, log)


def scheduling(settings: Settings) -> Scheduling:
    """What a scheduled job is handed that somebody runs by hand, who may stop it: it has all the time that it wants."""
    secrets, session, log = _tokens(settings), pooled_session(), Log(settings.log_level)
    github = source_reader(settings)
    made = clients(emulator(settings).endpoint, FRONT_DOOR)
    queue = LateQueue(lambda: SqsQueue(made.sqs, *make_queues(made.sqs, settings)), SqsQueue.limit)
    processing = Processing(settings, _store(settings, session, secrets, log), github, queue, now, log)
    return Scheduling(processing, github, lambda: inf)


def source_reader(settings: Settings) -> GitHubBrowser:
    """With the App or the source token of this machine; without either, anonymously."""
    anonymous = not settings.github_access_token.get_secret_value()
    return reader(settings, pooled_session(), _tokens(settings), anonymous=anonymous)


def hooks_reader(settings: Settings) -> GitHub:
    """With the source token, whatever App there is: webhooks are an operator's to administer."""
    return GitHub(pooled_session(), _tokens(settings), settings.github_api_url)


def source_api(settings: Settings) -> GitHubApi:
    """The same, for what it may write."""
    return GitHubApi(pooled_session(), _tokens(settings), SOURCE_TOKEN, settings.github_api_url)


def _tokens(settings: Settings) -> SecretsCache:
    tokens = {
        SOURCE_TOKEN: settings.github_access_token,
        DATA_TOKEN: settings.repo_write_access_token,
        APP_KEY: settings.github_app_private_key,
    }
    return SecretsCache(MemorySecrets({name: token.get_secret_value() for name, token in tokens.items()}))


def place(settings: Settings) -> str:
    """Where records go, for people."""
    if settings.store == "github":
        return f"{settings.repo_owner}/{settings.repo_name}, branch {settings.target_branch}"
    return f"{settings.store_directory}/"


def _store(settings: Settings, session: requests.Session, secrets: SecretsCache, log: Log) -> Store:
    if settings.store == "github":
        return github_repo.opened(settings, session, secrets, log)
    return DirectoryStore(settings.store_directory)


def _has_secret(ssm: Any, settings: Settings) -> bool:
    try:
        return bool(webhook_secret(ssm, settings))
    except SecretMissing:
        return False


def _put(ssm: Any, settings: Settings, name: str, value: str) -> None:
    parameter = parameter_name(settings.environment_id, name)
    ssm.put_parameter(Name=parameter, Value=value, Type="SecureString", Overwrite=True)
