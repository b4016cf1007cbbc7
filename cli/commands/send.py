"""`telemetry send`: sends one signed delivery."""

from typing import Annotated

import requests
import typer

from cli import console
from cli.panels import Panel
from core.delivery_headers import delivery_headers
from runtimes.local import server
from telemetry_functions.installation import instruction

PANEL = Panel.RUN
EXAMPLES = (
    "telemetry send check_suite payload.json",
    "telemetry send deven::tooling-usage - --url http://127.0.0.1:8181/telemetry",
)


def command(
    event: Annotated[str, typer.Argument(help="Name of the event, e.g. check_suite or deven::tooling-usage.")],
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="JSON file of the payload; - reads standard input.")],
    url: Annotated[str, typer.Option(help="URL of the webhook (default: the local server).")] = "",
    delivery: Annotated[str, typer.Option(help="Delivery ID (default: a new one).")] = "",
) -> None:
    """Sign a payload as GitHub does and send it."""
    settings = console.settings()
    body = file.read()
    source, _, name = event.rpartition("::")
    headers = delivery_headers(name, body, console.webhook_secret(settings), delivery, source or "github")
    destination_url = console.secure("--url", url) if url else f"http://{settings.host}:{settings.port}{server.PATH}"
    try:
        response = requests.post(destination_url, data=body, headers=headers, timeout=30, allow_redirects=False)
    except requests.RequestException as error:
        console.fail(
            f"no server answers at {destination_url} ({type(error).__name__}): is `{instruction('run')}` running?", 1
        )
    console.echo(f"{response.status_code} {response.text}")
    raise typer.Exit(0 if response.ok else 1)
