"""`telemetry webhook`: manages our webhook of a repository or an organisation."""

from typing import Annotated

import typer
from rich import box
from rich.table import Table

from cli import console
from cli.deployment import lookup, secrets_setup
from cli.panels import Panel
from cli.setup.webhooks import Webhooks
from cli.target_argument import TARGETS
from core.errors import TelemetryError
from core.secrets_cache import live_secrets
from core.settings import Settings
from runtimes.local import wiring

PANEL = Panel.SET_UP
EXAMPLES = ("telemetry webhook add octo-org --deployed aws", "telemetry webhook check octo-org/hello-world")
_ACTIONS = ("add", "list", "check", "remove")


def command(
    action: Annotated[str, typer.Argument(help="add (or update), list, check or remove.")],
    owner: Annotated[str, typer.Argument(help="OWNER/NAME of a repository, or OWNER of an organisation.")],
    deployed: Annotated[str, typer.Option(help=f"Target whose URL and secret are used: {TARGETS}.")] = "",
    url: Annotated[str, typer.Option(help="Payload URL (default: the deployment's URL, or WEBHOOK_URL).")] = "",
) -> None:
    """Add, list, check or remove our webhook at GitHub.

    `add` also updates it: URL, secret, content type and events.
    """
    if action not in _ACTIONS:
        console.fail(f"unknown action {action!r} (choose from {', '.join(_ACTIONS)})")
    settings = console.deployment_settings() if deployed else console.settings()
    try:
        deployment = lookup.find(deployed, settings) if deployed else None
        webhook_url = (
            console.secure("--url", url)
            if url
            else (
                deployment.target.webhook_url(deployment.outputs["webhook_url"]) if deployment else settings.webhook_url
            )
        )
        if not webhook_url and action != "list":
            console.fail(
                "which URL? Say --deployed aws, or --url https://…, or set WEBHOOK_URL in .env or the environment"
            )
        webhooks = Webhooks(wiring.webhooks_client(settings), wiring.source_api(settings), owner, webhook_url)
        if action == "add":
            console.echo(
                webhooks.add(secrets_setup.webhook_secret(deployment.target) if deployment else _secret(settings))
            )
        elif action == "check":
            _check(webhooks)
        else:
            _rest(action, webhooks)
    except TelemetryError as error:
        console.fail(str(error), 1)


def _check(webhooks: Webhooks) -> None:
    problems = webhooks.check()
    console.echo("\n".join(problems) or "it is correct")
    raise typer.Exit(1 if problems else 0)


def _rest(action: str, webhooks: Webhooks) -> None:
    if action == "remove":
        console.echo(webhooks.remove())
    else:
        console.console().print(_table(webhooks))


def _table(webhooks: Webhooks) -> Table:
    table = Table("id", "active", "leads to", "content type", "events", box=box.SIMPLE, pad_edge=False)
    for webhook in webhooks.all():
        table.add_row(
            str(webhook.id),
            "yes" if webhook.active else "NO",
            webhook.url,
            webhook.content_type,
            ", ".join(webhook.events),
        )
    return table


def _secret(settings: Settings) -> str:
    live = live_secrets(settings.github_webhook_secret.get_secret_value())
    if not live:
        console.fail("which secret? Say --deployed aws, or set GITHUB_WEBHOOK_SECRET in .env or the environment")
    return live[0]
