"""`telemetry state`: creates the Terraform state bucket."""

from cli import console
from cli.deployment import clouds
from cli.deployment.terraform import TerraformRoot
from cli.panels import Panel
from cli.target_argument import TargetName
from core.errors import TelemetryError
from telemetry_functions.installation import instruction

PANEL = Panel.DEPLOY
EXAMPLES = ("telemetry state aws",)


def command(target: TargetName) -> None:
    """Create the bucket for the Terraform state.

    It is private, encrypted and versioned, and accepts TLS only. A local state is moved into it.
    """
    settings = console.deployment_settings()
    bucket = settings.state_bucket
    try:
        deployment_target = clouds.select(target, settings)
        if deployment_target.emulated:
            console.echo("the Terraform state of the emulator is a local file in .telemetry/ and needs no bucket")
            return
        if not bucket:
            console.fail(
                f"STATE_BUCKET is not set: {instruction(f'state-{target}', STATE_BUCKET='a-globally-unique-name')}"
            )
        account = deployment_target.cloud.account()
        outcome = deployment_target.cloud.make_state_bucket(bucket)
        moved = TerraformRoot(deployment_target, settings).move_state()
    except TelemetryError as error:
        console.fail(str(error), 1)
    console.echo(f"the bucket {bucket} of {account} {outcome}")
    if moved:
        console.echo(
            f"The state of {deployment_target.environment_id} is now in the bucket; its file is kept as {moved}"
        )
    console.echo(f"Set STATE_BUCKET={bucket} on every machine that deploys: it holds the state of each environment.")
