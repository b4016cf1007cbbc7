"""Reads the settings, prints messages and tables, and exits with a reason, for all commands.

Names in the output come from third-party repositories, deliveries, files and databases. Control sequences are removed, so that
they cannot control the terminal.
"""

import os
import sys
from collections.abc import Callable
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table

from cli import hints
from cli.secret_variables import VARIABLES
from core.errors import TelemetryError
from core.sanitize import sanitize_terminal
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET, live_secrets
from core.settings import DeploymentSettings, Settings, SettingsError, load
from core.url_security import problem, without_userinfo
from telemetry_functions import installation
from telemetry_functions.installation import instruction
from warehouse.report.safe_console import SafeConsole

_ANY_WIDTH = 1_000_000
_VARIABLES_BY_MESSAGE = {f"the secret {name} is not set": variable for name, variable in VARIABLES.items()} | {
    "the source token is not valid": VARIABLES[SOURCE_TOKEN],
    "the data token is not valid": VARIABLES[DATA_TOKEN],
}
"""The variables of the secrets that core names in its messages."""


def console() -> Console:
    """Return a console as wide as the terminal, or 160 columns wide when the output is not a terminal."""
    return SafeConsole(width=None if sys.stdout.isatty() else 160, is_styled=is_styled())


def columns() -> int | None:
    """Return COLUMNS, else the width of the terminal; None if the output is not a terminal."""
    chosen = os.environ.get("COLUMNS", "")
    if chosen.isdecimal() and int(chosen):
        return int(chosen)
    return console().width if sys.stdout.isatty() else None


def print_table(table: Table, *, wide: str) -> None:
    """Print a table; if it is wider than a terminal, name the command `wide`, which shows its rows without a table."""
    output = console()
    output.print(table)
    needed = output.measure(table, options=output.options.update(max_width=_ANY_WIDTH)).maximum
    if output.is_terminal and needed > output.width:
        echo(f"The rows need {needed} columns, the terminal has {output.width}. One line per column: {wide}", err=True)


def is_styled() -> bool:
    """Return whether the output gets colours and bold text.

    NO_COLOR forbids them and FORCE_COLOR asks for them, if they are not empty: https://no-color.org, https://force-color.org
    (2026-12). Otherwise a terminal gets them, unless it is TERM=dumb.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def echo(message: str, *, err: bool = False) -> None:
    """Print a sanitized message, which may quote third-party text, with commands and pages as they are found from here."""
    typer.echo(sanitize_terminal(pasteable(message)), err=err)


def pasteable(message: str) -> str:
    """Return a message whose commands can be pasted here, as `telemetry` may not be on the PATH, and whose pages can be opened."""
    return installation.with_urls(message).replace("`telemetry ", f"`{hints.program()} ")


def echo_document(text: str) -> None:
    """Print a document unchanged; its format has sanitized it already."""
    typer.echo(text, nl=False, color=is_styled() or None)  # by itself typer.echo strips the styles in a pipe


def settings() -> Settings:
    """Read the settings of this machine; exit with a list of all invalid settings."""
    from runtimes.local import wiring  # noqa: PLC0415 (loads boto3, which reports do not need)

    return _load_checked(wiring.local_settings)


def deployment_settings() -> Settings:
    """Read the settings for a deployment, whose tokens may be stored in the cloud; exit if a setting is invalid."""
    return _load_checked(lambda: load(".env", kind=DeploymentSettings))


def _load_checked(read: Callable[[], Settings]) -> Settings:
    try:
        return with_sendable_tokens(read())
    except SettingsError as error:
        fail(f"These settings are wrong:\n{error}\n`telemetry settings` lists what each is for.")


def with_sendable_tokens(settings: Settings) -> Settings:
    """Return the settings; exit if tokens of the environment were left out, because only `.env` names the server that gets them."""
    tokens = [name for name in settings.api_origin.withheld if name != VARIABLES[WEBHOOK_SECRET]]
    if tokens:
        refusal = settings.api_origin.refusal(f"{', '.join(tokens)} of your environment is")
        fail(f"{refusal}, or the token in .env")
    return settings


def webhook_secret(settings: Settings) -> str:
    """Return the newest webhook secret; exit with the reason if there is no secret."""
    secrets = live_secrets(settings.github_webhook_secret.get_secret_value())
    if secrets:
        return secrets[0]
    from runtimes.local import command_wiring  # noqa: PLC0415 (loads boto3, which reports do not need)

    try:
        return command_wiring.webhook_secret(settings)
    except TelemetryError as error:
        fail(f"{error}: is `{instruction('run')}` running? Or set GITHUB_WEBHOOK_SECRET.", 1)


def secure(option: str, url: str) -> str:
    """Return the URL if it is safe for signed deliveries and secrets; otherwise exit and name the option."""
    reason = problem(url)
    if reason is not None:
        fail(f"{option}: {reason}")
    return url


def remark(message: str, *, is_expected: bool) -> None:
    """Print to standard error what a command assumed; what everybody expects is said on a terminal only."""
    if message and (sys.stderr.isatty() or not is_expected):
        echo(message, err=True)


def with_variable(message: str) -> str:
    """Return a message about a secret of this machine with the variable that sets it."""
    for secret, variable in _VARIABLES_BY_MESSAGE.items():
        if secret in message and variable not in message:
            return f"{message}: set {variable} in .env or the environment (docs/GITHUB.md)"
    return message


def fail(message: str, code: int = 2) -> NoReturn:
    """Print an error message to standard error and exit."""
    echo(with_variable(without_userinfo(message)), err=True)
    raise typer.Exit(code)
