"""`telemetry acceptance`: tests a whole deployment in an account of yours and writes a transcript."""

import signal
from pathlib import Path
from typing import Annotated

import typer

from cli import console, hints
from cli.acceptance import plan, runner
from cli.acceptance.plan import Acceptance, Context
from cli.acceptance.runner import Ending
from cli.acceptance.transcript import Transcript
from cli.panels import Panel
from core.errors import TelemetryError

PANEL = Panel.DEPLOY
EXAMPLES = ("telemetry acceptance aws", "telemetry acceptance aws --destroy")
_FOLDER = Path("docs", "acceptance")


def command(
    target: Annotated[str, typer.Argument(metavar="TARGET", help=f"The cloud to test: {' or '.join(plan.TESTED)}.")],
    environment: Annotated[
        str, typer.Option(help="Environment to create and destroy; its name begins with `acceptance`.")
    ] = plan.ENVIRONMENT,
    *,
    destroy: Annotated[
        bool, typer.Option("--destroy", help="Only destroy what an earlier run that failed has left.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Do not destroy the environment at the end.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Deploy, test and destroy an environment.

    A transcript without secrets is written to docs/acceptance/.

    The first step that fails ends the test and leaves the environment for you to look at. Ctrl-C destroys it. Run it again to go on.
    """
    settings = console.deployment_settings()
    if not environment.startswith(plan.ENVIRONMENT):
        console.fail(
            f"the environment {environment} is destroyed at the end: its name must begin with {plan.ENVIRONMENT}"
        )
    transcript = Transcript(_FOLDER, is_written=not destroy)
    try:
        test = plan.load(target)(Context(settings, transcript, environment))
    except TelemetryError as error:
        console.fail(str(error), 1)
    transcript.describe(target, test.stand_in)
    what = f"the environment {environment} in the account {test.account}"
    if not yes:
        typer.confirm(f"Create, test and destroy {what}?", abort=True)
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts background processes with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    other = "" if environment == plan.ENVIRONMENT else environment
    destroys = hints.command("acceptance", target, "--destroy", environment=other)
    remedy = f"{what} may still stand: `{destroys}` destroys it"
    raise typer.Exit(_test(test, transcript, remedy, only_destroy=destroy, keep=keep))


def _test(test: Acceptance, transcript: Transcript, remedy: str, *, only_destroy: bool, keep: bool) -> int:
    """Run the test, destroy the environment unless a step failed, and return the exit code."""
    ending = Ending.PASSED if only_destroy else runner.run(test.steps(), transcript, console.echo)
    if ending is Ending.FAILED:
        console.echo(f"{remedy}; without --destroy the test starts again", err=True)
        return ending
    if keep and ending is Ending.PASSED and not only_destroy:
        console.echo(f"{remedy}; the transcript is {transcript.path}")
        return ending
    cleaned = runner.run(test.cleanup(), transcript, console.echo)
    if cleaned is not Ending.PASSED:
        console.echo(remedy, err=True)
        return cleaned
    console.echo("destroyed" if only_destroy else f"the transcript is {transcript.path}")
    return ending
