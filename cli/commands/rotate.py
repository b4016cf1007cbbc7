"""`telemetry rotate`: replaces the webhook secret without losing deliveries."""

from typing import Annotated

import typer

from cli import console
from cli.deployment import lookup
from cli.panels import Panel
from cli.setup import secret_rotation
from cli.setup.webhooks import Writer
from cli.target_argument import TARGETS
from core.errors import TelemetryError
from runtimes.local import wiring

PANEL = Panel.OPERATE
EXAMPLES = ("telemetry rotate webhook-secret octo-org --deployed aws",)
_WHAT = "webhook-secret"


def command(
    what: Annotated[str, typer.Argument(help="The secret to rotate: webhook-secret.")],
    owners: Annotated[
        list[str] | None,
        typer.Argument(help="OWNER/NAME of repositories, OWNER of organisations (default: WATCHED_HOOKS)."),
    ] = None,
    *,
    deployed: Annotated[str, typer.Option(help=f"Target whose secret is rotated: {TARGETS}.")],
    grace: Annotated[
        float, typer.Option(help="Seconds to wait for deliveries that are in flight.", min=0)
    ] = secret_rotation.GRACE,
) -> None:
    """Replace the webhook secret without losing events.

    A new secret is added and set at GitHub, a ping that is signed with it is verified, then the old secret is retired.
    """
    if what != _WHAT:
        console.fail(f"unknown secret {what!r} (choose from {_WHAT})")
    settings = console.deployment_settings()
    hook_owners = owners or settings.hook_owners
    if not hook_owners:
        console.fail("whose webhooks? Name them, OWNER/NAME or OWNER, or set WATCHED_HOOKS")
    try:
        deployment = lookup.find_with_api(deployed, settings)
        url = deployment.target.webhook_url(deployment.outputs["webhook_url"])
        writer = Writer(wiring.source_api(settings), ", ".join(hook_owners))
        context = secret_rotation.RotationContext(
            wiring.webhooks_client(settings), writer, secret_rotation.post, console.echo
        )
        secret_rotation.rotate(hook_owners, url, deployment.cloud, context, grace)
    except TelemetryError as error:
        console.fail(str(error), 1)
