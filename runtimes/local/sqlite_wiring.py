"""The composition root of the server with the embedded queue, and of the commands that use its file."""

import json
import secrets as randomness
import time
from contextlib import closing
from pathlib import Path

from core import jobs
from core.canary import CanaryServices, send
from core.canary_poster import make_poster
from core.errors import SecretMissing, TelemetryError
from core.log import Log
from core.secrets_cache import WEBHOOK_SECRET, SecretsCache
from core.services import JobServices, SecondsLeft, WebhookServices, WorkerServices
from core.settings import Settings
from core.static_secrets import StaticSecrets
from runtimes.local import wiring
from runtimes.local.health import CountedQueue, Health
from runtimes.local.network_disks import network_file_system
from runtimes.local.scheduler import following
from runtimes.local.sqlite_file import QueueFileError, SqliteFile
from runtimes.local.sqlite_queue import SqliteQueue
from runtimes.local.state_folder import STATE, make_private, read_json, write_private

_SCHEDULES = Path(__file__).parents[2] / "terraform" / "schedules.json"
_CANARY = "canary"
"""The only job that needs WEBHOOK_URL, and no token."""


def queue_path(settings: Settings) -> Path:
    """Return the path of the environment's queue file in the state folder."""
    return _path_of(settings.environment_id)


def _path_of(environment_id: str) -> Path:
    return STATE / f"queue-{environment_id}.sqlite"


def waiting_elsewhere(settings: Settings) -> dict[str, int]:
    """Return how many events wait in the queue files of other environments, by ENVIRONMENT_ID; -1 if a file cannot be read."""
    counts: dict[str, int] = {}
    for path in set(STATE.glob(_path_of("*").name)) - {queue_path(settings)}:
        id = path.stem.partition("-")[2]
        try:
            with closing(SqliteFile(path)) as file:
                counts[id] = len(SqliteQueue(file))
        except TelemetryError:
            counts[id] = -1
    return {id: count for id, count in sorted(counts.items()) if count}


def open_file(settings: Settings) -> SqliteFile:
    """Open the queue file, or create it. Raises QueueFileError or StateFolderError."""
    path = queue_path(settings)
    make_private(STATE)
    network = network_file_system(STATE)
    if network:
        raise QueueFileError(
            f"{path} would be on a network file system ({network}), which can lose events: start in a folder on a disk of this machine"
        )
    return SqliteFile(path)


def open_existing_file(settings: Settings) -> SqliteFile:
    """Open the queue file of this folder's server, which need not run. Raises QueueFileError if there is none."""
    path = queue_path(settings)
    if not path.is_file():
        raise QueueFileError(f"there is no {path}: start `telemetry serve --queue sqlite` in this folder first")
    return open_file(settings)


def webhook_secret(settings: Settings) -> str:
    """Return all webhook secrets of this folder's server, one a line. Raises SecretMissing if it has not generated one yet."""
    secret = settings.github_webhook_secret.get_secret_value() or read_json(_secret_path(settings)).get("secret")
    if not isinstance(secret, str):
        raise SecretMissing(f"the secret {WEBHOOK_SECRET} is not set")
    return secret


def ensure_webhook_secret(settings: Settings) -> str:
    """Return all webhook secrets, one a line; generate and store one for this folder if none is set."""
    try:
        return webhook_secret(settings)
    except SecretMissing:
        write_private(_secret_path(settings), {"secret": randomness.token_hex(20)})
    return webhook_secret(settings)


def _secret_path(settings: Settings) -> Path:
    return STATE / f"webhook-secret-{settings.environment_id}.json"


def webhook_services(queue: SqliteQueue, secret: str, settings: Settings, health: Health, log: Log) -> WebhookServices:
    """Return the services of the webhook."""
    counted = CountedQueue(queue, health, copies=False)
    return wiring.build_webhook_services(StaticSecrets({WEBHOOK_SECRET: secret}), counted, settings, log)


def worker_services(queue: SqliteQueue, settings: Settings, health: Health, log: Log) -> WorkerServices:
    """Return the services of the worker."""
    return wiring.build_local_worker(CountedQueue(queue, health, copies=True), settings, log)


def job_services(
    queue: SqliteQueue, settings: Settings, health: Health, log: Log, seconds_left: SecondsLeft
) -> JobServices:
    """Return the services of the scheduled jobs: the events that they queue are new ones."""
    worker = wiring.build_local_worker(CountedQueue(queue, health, copies=False), settings, log)
    return JobServices(worker, wiring.source_reader(settings), seconds_left)


def schedules(settings: Settings) -> dict[str, str]:
    """Return each job's crontab expression in UTC, without those that lack what they need: a source token or an App, or WEBHOOK_URL.

    Raises TelemetryError if terraform/schedules.json cannot be read.
    """
    try:
        rows = json.loads(_SCHEDULES.read_text())
        crons = {name: row["cron"] for name, row in rows.items() if row["enabled"] and name in jobs.all_jobs()}
        for cron in crons.values():
            following(cron, time.time())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TelemetryError(f"terraform/schedules.json cannot be read: {type(error).__name__}") from None
    can_read = bool(settings.github_access_token.get_secret_value() or settings.github_app_id)
    return {name: cron for name, cron in crons.items() if (settings.webhook_url if name == _CANARY else can_read)}


def run_job(name: str, services: JobServices, secret: str) -> None:
    """Run a job once. Raises TelemetryError.

    In a cloud a function of its own sends the canary that the job of this name expects; here it is sent before the check.
    """
    if name == _CANARY:
        cache = SecretsCache(StaticSecrets({WEBHOOK_SECRET: secret}))
        send(CanaryServices(cache, make_poster(services.settings.webhook_url), services.now, services.log))
    jobs.run(name, services)
