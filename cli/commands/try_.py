"""`telemetry try`: reads a repository's last weeks from GitHub and reports on them."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer

from cli import console
from cli.owner_argument import parse_owner
from cli.panels import Panel
from cli.trial import access_token, folder
from cli.trial.folder import TrialFolder
from cli.trial.trial_run import TrialRun
from core.errors import TelemetryError
from core.github.pacing import RequestPace
from core.settings import SettingsError
from runtimes.local import command_wiring

PANEL = Panel.SEE
EXAMPLES = ("telemetry try octo-org/hello-world", "telemetry try octo-org --days 30 --output octo-telemetry")


def command(
    target: Annotated[
        str,
        typer.Argument(
            metavar="OWNER[/REPO]",
            help="The repository, or the owner of several. Write -- before a name that begins with a hyphen.",
        ),
    ],
    *,
    output: Annotated[str, typer.Option(help="Folder for the records (default: telemetry-OWNER-REPO).")] = "",
    days: Annotated[int, typer.Option(help="Number of days to look back.", min=1, max=400)] = 90,
) -> None:
    """Read a repository from GitHub, and report on it.

    It needs no webhook, no cloud and no set-up. The token is that of GITHUB_TOKEN, GH_TOKEN or `gh auth login`.
    Ctrl-C loses nothing: the same command goes on.
    The exit code is 0 if everything was read, 1 if something is missing, and 130 after Ctrl-C.
    """
    parsed = parse_owner(target)
    if parsed is None:
        raise typer.BadParameter(f"{target!r} is not OWNER or OWNER/REPO, such as octo-org/hello-world")
    owner, name = parsed
    trial = TrialFolder(output or folder.default_folder(owner, name))
    try:
        settings = folder.trial_settings(trial)
    except (TelemetryError, SettingsError) as error:
        console.fail(str(error))
    at, configured = settings.api_origin, settings.github_access_token.get_secret_value()
    found = access_token.find_token(configured, at, os.environ, access_token.ask_gh)
    if found is None:
        console.fail(access_token.how_to_get_one(at))
    pace = RequestPace(on_pause=_print_pause)
    services = command_wiring.job_services(folder.with_token(settings, found.value), pace)
    with _stopped_by_ctrl_c(pace):
        try:
            TrialRun(trial, target, services, pace, found, days).run(owner, name)
        except KeyboardInterrupt:
            console.fail(f"interrupted: what was read is stored in {trial.records}/; the same command goes on", 130)


def _print_pause(seconds: float) -> None:
    console.echo(f"GitHub limits the requests of this token: waiting {seconds:.0f} seconds", err=True)


@contextmanager
def _stopped_by_ctrl_c(pace: RequestPace) -> Iterator[None]:
    """Let Ctrl-C end the requests that wait for the pace, or the command would end only after them."""

    def stop(*_: Any) -> NoReturn:
        pace.stop()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
