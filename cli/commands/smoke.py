"""`telemetry smoke`: sends a test event to a deployment and reads its record."""

import json
import time
from datetime import UTC, datetime
from typing import Annotated

import requests
import typer

from cli import console, hints
from cli.deployment import lookup, secrets_setup
from cli.deployment.cloud import Cloud, TargetError
from cli.panels import Panel
from cli.samples import SAMPLE
from cli.target_argument import TargetName
from core.delivery_headers import delivery_headers
from core.errors import TelemetryError
from core.github.api import pooled_session
from core.log import Log
from core.payload import Json
from core.ports import Store
from core.secrets_cache import DATA_TOKEN, SecretsCache
from core.settings import Settings
from core.static_secrets import StaticSecrets
from core.stores import github_repo

PANEL = Panel.DEPLOY
EXAMPLES = ("telemetry smoke aws",)
OWNER, NAME = "telemetry-functions", "smoke-test"
_PAUSE = 3.0


def command(
    target: TargetName,
    wait: Annotated[
        int, typer.Option(help="Seconds to wait for the record; longer than the queue's batching window.")
    ] = 180,
) -> None:
    """Send a test event and read its record back.

    The event is signed and sent to the deployed webhook.
    """
    settings = console.deployment_settings()
    try:
        deployment_target, cloud, outputs = lookup.find(target, settings)
        bucket: str | None = outputs.get("bucket")  # Terraform leaves out what is null
        store = cloud.store(bucket) if bucket else _data_repository(settings, cloud)
        url = console.secure("webhook_url", deployment_target.webhook_url(outputs["webhook_url"]))
        path = _send(url, secrets_setup.webhook_secret(deployment_target))
        console.echo(f"202 from {url}")
        logs = hints.command("logs", target, function="worker")
        path = f"{settings.repo_path}/{path}" if settings.repo_path else path
        record_path = _wait_for_record(store, path, wait, logs)
        console.echo(f"stored as {record_path} in {bucket or f'{settings.repo_owner}/{settings.repo_name}'}")
    except TelemetryError as error:
        console.fail(str(error), 1)
    except requests.RequestException as error:
        console.fail(f"the webhook does not answer: {type(error).__name__}", 1)


def _send(url: str, secret: str) -> str:
    """Send the event and return the expected path of its record, without REPO_PATH."""
    now = int(time.time())
    body = json.dumps(_payload(now)).encode()
    headers = delivery_headers("check_suite", body, secret)
    response = requests.post(url, data=body, headers=headers, timeout=30, allow_redirects=False)
    if response.status_code != 202:
        console.fail(f"{url} answered {response.status_code}: {response.text[:200]}", 1)
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    return f"{OWNER}/{NAME}/check-suite/{day}/{now}-{now}000.json"


def _payload(now: int) -> Json:
    """Return the sample payload as a new fact of a placeholder repository."""
    payload: Json = json.loads(SAMPLE.read_text())
    timestamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    payload["check_suite"] |= {"id": now, "created_at": timestamp, "updated_at": timestamp}
    payload["repository"] |= {"name": NAME, "full_name": f"{OWNER}/{NAME}"}
    payload["repository"]["owner"] |= {"login": OWNER}
    return payload


def _data_repository(settings: Settings, cloud: Cloud) -> Store:
    """Open the data repository with the token of this machine or, if unset, the deployment's token."""
    if not settings.repo_owner:
        raise TargetError("REPO_OWNER and REPO_NAME are not set: the record is read back from the data repository")
    token = settings.repo_write_access_token.get_secret_value()
    if not token:
        lookup.check_api(settings)
        token = cloud.secret(DATA_TOKEN)
    secrets = SecretsCache(StaticSecrets({DATA_TOKEN: token}))
    return github_repo.open_store(settings, pooled_session(), secrets, Log("error"))


def _wait_for_record(store: Store, path: str, wait: int, logs: str) -> str:
    deadline = time.monotonic() + wait
    while store.read(path) is None:
        if time.monotonic() > deadline:
            console.fail(f"{path} was not stored within {wait} s: see the worker's log, `{logs}`", 1)
        time.sleep(_PAUSE)
    return path
