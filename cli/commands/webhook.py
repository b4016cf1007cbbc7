"""`telemetry webhook`: manages our webhook of a repository or an organisation."""

from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich import box
from rich.table import Table

from cli import console
from cli.deployment import lookup, secrets_setup
from cli.owner_argument import parse_owner
from cli.panels import Panel
from cli.secret_variables import VARIABLES
from cli.setup import env_file, watched_hooks
from cli.setup.webhooks import Webhooks
from cli.target_argument import TARGETS
from core.errors import TelemetryError
from core.secrets_cache import WEBHOOK_SECRET, live_secrets
from core.setting_types import APP
from core.settings import Settings
from core.url_security import is_loopback
from runtimes.local import queue_choice, wiring
from runtimes.local.queue_choice import QueueChoice

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

    `add` also updates it: URL, secret, content type and events. It writes WEBHOOK_URL and WATCHED_HOOKS to .env.
    """
    if action not in _ACTIONS:
        console.fail(f"unknown action {action!r} (choose from {', '.join(_ACTIONS)})")
    _check_owner(owner)
    settings = console.deployment_settings()
    try:
        deployment = lookup.find_with_api(deployed, settings) if deployed else None
        webhook_url = _url(settings, deployment, url)
        if not webhook_url and action != "list":
            console.fail(
                "which URL? Say --deployed aws, or --url https://…, or set WEBHOOK_URL in .env or the environment"
            )
        webhooks = _webhooks(settings, owner, webhook_url)
        if action == "add":
            _check_reachable(webhook_url, settings)
            secret = secrets_setup.webhook_secret(deployment.target) if deployment else _secret(settings)
            console.echo(webhooks.add(secret))
            hook_owners = watched_hooks.with_owner(
                settings, owner, lambda name: _has_webhook(settings, name, webhook_url)
            )
            _remember(hook_owners, WEBHOOK_URL=webhook_url)
            console.echo(
                f"Next: `telemetry doctor{f' {deployed}' if deployed else ''}` checks it, and how GitHub's ping was answered"
            )
        elif action == "check":
            _check(webhooks)
        elif action == "remove":
            console.echo(webhooks.remove())
            if settings.watched_hooks:
                _remember(watched_hooks.without_owner(settings, owner))
        else:
            console.console().print(_table(webhooks))
    except TelemetryError as error:
        console.fail(str(error), 1)


def _webhooks(settings: Settings, owner: str, url: str) -> Webhooks:
    return Webhooks(wiring.webhooks_client(settings), wiring.source_api(settings), owner, url)


def _has_webhook(settings: Settings, owner: str, url: str) -> bool:
    """Return whether an owner has our webhook; True if its webhooks cannot be read."""
    try:
        webhooks = _webhooks(settings, owner, url)
        return webhooks.find(webhooks.all()) is not None
    except TelemetryError:
        return True


def _check_owner(owner: str) -> None:
    if owner == APP:
        console.fail("the App's webhook is changed on the App's page at GitHub (docs/GITHUB_APP.md)")
    if parse_owner(owner) is None:
        console.fail(f"whose webhook? Name OWNER/NAME of a repository or OWNER of an organisation, not {owner!r}")


def _url(settings: Settings, deployment: lookup.Deployment | None, url: str) -> str:
    if url:
        return console.secure("--url", url)
    return deployment.target.webhook_url(deployment.outputs["webhook_url"]) if deployment else settings.webhook_url


def _check_reachable(url: str, settings: Settings) -> None:
    """Refuse a URL of this machine, unless GitHub runs here, too (an emulator)."""
    if is_loopback(urlsplit(url).hostname or "") and not is_loopback(urlsplit(settings.github_api_url).hostname or ""):
        console.fail(
            f"GitHub cannot reach {url}, an address of this machine: docs/GITHUB.md, step 4, says how to forward deliveries",
            1,
        )


def _remember(hook_owners: str, **variables: str) -> None:
    """Write to .env what `doctor`, `recover` and `rotate` need to find the webhook."""
    for message in env_file.set_variables({**variables, "WATCHED_HOOKS": hook_owners}):
        console.echo(message)


def _check(webhooks: Webhooks) -> None:
    problems = webhooks.check()
    console.echo("\n".join(problems) or "it is correct")
    raise typer.Exit(1 if problems else 0)


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
    if queue_choice.recorded() == QueueChoice.SQLITE:
        return console.webhook_secret(settings)  # this folder's server made one if none is set
    live = live_secrets(settings.github_webhook_secret.get_secret_value())
    if VARIABLES[WEBHOOK_SECRET] in settings.api_origin.withheld:
        refusal = settings.api_origin.refusal(f"{VARIABLES[WEBHOOK_SECRET]} of your environment is")
        console.fail(f"{refusal}, or the secret in .env")
    if not live:
        console.fail("which secret? Say --deployed aws, or set GITHUB_WEBHOOK_SECRET in .env or the environment")
    return live[0]
