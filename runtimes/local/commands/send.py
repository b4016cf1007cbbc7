"""`telemetry send`: one delivery, signed as GitHub signs it."""

import uuid
from typing import Annotated

import requests
import typer

from core.errors import TelemetryError
from core.secrets_cache import live_secrets
from core.settings import Settings
from core.webhook import sign
from runtimes.local import server, terminal, wiring


def command(
    event: Annotated[str, typer.Argument(help="The event's name, e.g. check_suite, or deven::tooling-usage.")],
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="The payload, as JSON; - is standard input.")],
    url: Annotated[str, typer.Option(help="Where to; by default the local server.")] = "",
    delivery: Annotated[str, typer.Option(help="The delivery's id; by default a new one.")] = "",
) -> None:
    """Sign a payload as GitHub does, and send it."""
    settings = terminal.settings()
    body = file.read()
    source, _, name = event.rpartition("::")
    headers = {
        "Content-Type": "application/json",
        "X-Deven-Event" if source == "deven" else "X-GitHub-Event": name,
        "X-GitHub-Delivery": delivery or str(uuid.uuid4()),
        "X-Hub-Signature-256": sign(body, _webhook_secret(settings)),
    }
    target = url or f"http://{settings.host}:{settings.port}{server.PATH}"
    try:
        answer = requests.post(target, data=body, headers=headers, timeout=30)
    except requests.RequestException as error:
        terminal.fail(f"nothing takes it at {target} ({type(error).__name__}): is `make run` running?", 1)
    typer.echo(f"{answer.status_code} {answer.text}")
    raise typer.Exit(0 if answer.ok else 1)


def _webhook_secret(settings: Settings) -> str:
    given = live_secrets(settings.github_webhook_secret.get_secret_value())
    if given:
        return given[0]
    try:
        return wiring.webhook_secret(wiring.clients(wiring.emulator(settings).endpoint).ssm, settings)
    except TelemetryError as error:
        terminal.fail(f"{error}: is `make run` running? Or set GITHUB_WEBHOOK_SECRET.", 1)
