"""`telemetry deploy`: deploys the functions and prints the webhook URL."""

import os
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import console
from cli.deployment import clouds, preparation, recovery, secrets_setup
from cli.deployment.target import Target
from cli.target_argument import TargetName
from core.errors import TelemetryError
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET
from core.settings import Settings


def command(
    target: TargetName,
    architecture: Annotated[
        str, typer.Option(help="Architecture of the AWS functions: arm64 (default) or x86_64.")
    ] = "",
    *,
    import_existing: Annotated[
        bool,
        typer.Option(
            "--import-existing", help="Import resources that an interrupted deployment left outside Terraform's state."
        ),
    ] = False,
) -> None:
    """Deploy to AWS, Google Cloud or the AWS emulator (strict IAM) and print the webhook URL."""
    settings = console.deployment_settings()
    try:
        deployment_target = clouds.select(target, settings)
        if not deployment_target.emulated and os.environ.get("CI") and not settings.state_bucket:
            console.fail("STATE_BUCKET is not set: in CI a local Terraform state would be lost with the machine")
        root = preparation.prepare(deployment_target, settings, architecture)
        cloud = deployment_target.cloud
        for note in (*cloud.restore_deleted(), *cloud.before_plan()):
            console.echo(note)
        recovery.apply(root, cloud, owned=import_existing or deployment_target.emulated, say=console.echo)
        outputs = root.outputs()
        for note in cloud.after_apply(outputs):
            console.echo(note)
        _print_next_steps(deployment_target, settings, outputs)
    except TelemetryError as error:
        console.fail(str(error), 1)


def _print_next_steps(target: Target, settings: Settings, outputs: Mapping[str, Any]) -> None:
    if target.emulated:
        for result in secrets_setup.put_secrets(
            target.cloud, _development_secrets(settings), lambda _: "", rotate=False
        ):
            console.echo(f"{result.location} {result.message}")
    console.echo(f"\nPayload URL of the webhook:  {target.webhook_url(outputs['webhook_url'])}")
    console.echo(f"Its events:  {', '.join(outputs['webhook_events'])}")
    console.echo(f"Its secret:  telemetry secrets {target.name} --show")
    if not target.emulated:
        console.echo(_next_step(target, settings))
    else:
        console.echo(f"Run `make destroy-{target.name}` to destroy it.")


def _next_step(target: Target, settings: Settings) -> str:
    cloud, secrets = target.cloud, f"make secrets-{target.name}"
    try:
        missing = [cloud.secret_location(name) for name in cloud.missing_secrets(secrets_setup.names(settings))]
    except TelemetryError as error:
        return f"Next: `{secrets}`, if the secrets are not set yet ({error}), then `make smoke-{target.name}`."
    if missing:
        return f"Missing: {', '.join(missing)}: run `{secrets}`; until then the webhook answers 503."
    return f"Next: `make smoke-{target.name}`."


def _development_secrets(settings: Settings) -> dict[str, str]:
    """Return secrets for the emulator; a missing token is replaced by an invalid one, which only GitHub rejects."""
    values = secrets_setup.configured_values(settings)
    return {
        name: values[name] or ("" if name == WEBHOOK_SECRET else "none")
        for name in (WEBHOOK_SECRET, SOURCE_TOKEN, DATA_TOKEN)
    }
