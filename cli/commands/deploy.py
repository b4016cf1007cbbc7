"""`telemetry deploy`: shows a plan, asks, applies exactly this plan and prints the webhook URL."""

import os
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import console, hints
from cli.deployment import clouds, preparation, recovery, secrets_setup
from cli.deployment.preparation import Prepared
from cli.deployment.target import Target
from cli.panels import Panel
from cli.target_argument import TargetName
from core.errors import TelemetryError
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET
from core.settings import Settings
from telemetry_functions.installation import instruction

PANEL = Panel.DEPLOY
EXAMPLES = ("telemetry deploy local", "telemetry deploy aws --plan build/plan")


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
    plan: Annotated[
        str,
        typer.Option(
            help="Folder of a plan that `telemetry plan TARGET --out FOLDER` saved; exactly this plan is applied."
        ),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Apply the plan without asking for confirmation.")] = False,
) -> None:
    """Deploy, and print the webhook URL.

    The target is AWS, Google Cloud or the AWS emulator (strict IAM). The plan is shown before you confirm it. The emulator's
    needs no confirmation.
    """
    settings = console.deployment_settings()
    try:
        deployment_target = clouds.select(target, settings)
        if not deployment_target.emulated and os.environ.get("CI") and not settings.state_bucket:
            console.fail("STATE_BUCKET is not set: in CI a local Terraform state would be lost with the machine")
        if not (yes or deployment_target.emulated or sys.stdin.isatty()):
            console.fail("there is no terminal to confirm the plan at: set YES=1 (or --yes) to apply it unconfirmed")
        prepared = preparation.prepare(deployment_target, settings, architecture, plan)
        owned = import_existing or deployment_target.emulated
        _apply(prepared, deployment_target, owned=owned, asks=not (yes or deployment_target.emulated))
        outputs = prepared.root.outputs()
        for note in deployment_target.cloud.after_apply(outputs):
            console.echo(note)
        _print_next_steps(deployment_target, settings, outputs)
    except TelemetryError as error:
        console.fail(str(error), 1)


def _apply(prepared: Prepared, target: Target, *, owned: bool, asks: bool) -> None:
    """Apply the saved plan, or a new one that is shown first. Raises TelemetryError; Abort, if it is not confirmed."""
    root, account, plan = prepared
    cloud = target.cloud

    def approve() -> None:
        if asks:
            typer.confirm(
                f"Apply this plan to the environment {target.environment_id} in the account {account}?", abort=True
            )
        for note in (*cloud.restore_deleted(), *cloud.before_apply()):
            console.echo(note)

    if plan is None:
        recovery.apply(root, cloud, owned=owned, say=console.echo, approve=approve)
        return
    root.show_plan(plan)
    approve()
    try:
        root.apply_plan(plan)
    finally:
        plan.unlink(missing_ok=True)  # it holds the whole state, and cannot be applied twice


def _print_next_steps(target: Target, settings: Settings, outputs: Mapping[str, Any]) -> None:
    if target.emulated:
        for result in secrets_setup.put_secrets(
            target.cloud, _development_secrets(settings), lambda _: "", rotate=False
        ):
            console.echo(f"{result.location} {result.message}")
    console.echo(f"\nPayload URL of the webhook:  {target.webhook_url(outputs['webhook_url'])}")
    console.echo(f"Its events:  {', '.join(outputs['webhook_events'])}")
    console.echo(f"Its secret:  {hints.command('secrets', target.name, '--show')}")
    if not target.emulated:
        console.echo(_next_step(target, settings))
    else:
        console.echo(f"Run `{instruction(f'destroy-{target.name}')}` to destroy it.")


def _next_step(target: Target, settings: Settings) -> str:
    cloud, secrets = target.cloud, instruction(f"secrets-{target.name}")
    smoke = instruction(f"smoke-{target.name}")
    try:
        missing = [cloud.secret_location(name) for name in cloud.missing_secrets(secrets_setup.names(settings))]
    except TelemetryError as error:
        return f"Next: `{secrets}`, if the secrets are not set yet ({error}), then `{smoke}`."
    if missing:
        return f"Missing: {', '.join(missing)}: run `{secrets}`; until then the webhook answers 503."
    add = hints.command("webhook", "add", "OWNER/NAME", deployed=target.name)
    return f"Next: `{smoke}`, then create the webhook at GitHub: `{add}`."


def _development_secrets(settings: Settings) -> dict[str, str]:
    """Return secrets for the emulator; a missing token is replaced by an invalid one, which only GitHub rejects."""
    values = secrets_setup.configured_values(settings)
    return {
        name: values[name] or ("" if name == WEBHOOK_SECRET else "none")
        for name in (WEBHOOK_SECRET, SOURCE_TOKEN, DATA_TOKEN)
    }
