"""`telemetry rotate`: a new webhook secret in place of the old one, while deliveries go on."""

from typing import Annotated

import typer

from core.errors import TelemetryError
from runtimes.local import deployment, rotation, terminal, wiring
from runtimes.local.webhooks import Writer

_WHAT = "webhook-secret"


def command(
    what: Annotated[str, typer.Argument(help="webhook-secret.")],
    owners: Annotated[
        list[str] | None,
        typer.Argument(help="OWNER/NAME of repositories, OWNER of organisations; by default WATCHED_HOOKS."),
    ] = None,
    *,
    deployed: Annotated[str, typer.Option(help="aws, gcp or local: whose secret it is.")],
    grace: Annotated[float, typer.Option(help="Seconds for deliveries on their way.", min=0)] = rotation.GRACE,
) -> None:
    """Add a new secret, set it at GitHub, see a ping verified by it, and only then retire the old one."""
    if what != _WHAT:
        terminal.fail(f"there is no {what} to rotate: telemetry rotate {_WHAT}")
    settings = terminal.deployment_settings()
    whose = owners or settings.hook_owners
    if not whose:
        terminal.fail("whose webhooks? Name them, OWNER/NAME or OWNER, or set WATCHED_HOOKS")
    try:
        found = deployment.find(deployed, settings)
        url = found.place.webhook_url(found.outputs["webhook_url"])
        writer = Writer(wiring.source_api(settings), ", ".join(whose))
        hands = rotation.Hands(wiring.hooks_reader(settings), writer, rotation.post, terminal.echo)
        rotation.rotate(whose, url, found.cloud, hands, grace)
    except TelemetryError as error:
        terminal.fail(str(error), 1)
