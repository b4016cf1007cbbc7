"""Reads the settings, prints messages and tables, and exits with a reason, for all commands.

Names in the output come from third-party repositories, deliveries, files and databases. Control sequences are removed, so that
they cannot control the terminal.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import typer
from rich.console import Console, ConsoleOptions, JustifyMethod, OverflowMethod, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from core.errors import TelemetryError
from core.sanitize import sanitize_terminal
from core.secrets_cache import live_secrets
from core.settings import DeploymentSettings, Settings, SettingsError, load
from core.url_security import problem, without_userinfo
from runtimes.local import wiring


class _SafeConsole(Console):
    """Prints strings as plain text, without markup, and removes control sequences that are not its own."""

    def render_str(
        self,
        text: str,
        *,
        style: str | Style = "",
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        **options: Any,
    ) -> Text:
        """Return the sanitized text of a cell or a line; sanitizing comes before its width is measured."""
        return super().render_str(sanitize_terminal(text), style=style, justify=justify, overflow=overflow, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Yield sanitized segments; sanitizing again is needed because cell truncation may split a sequence."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(sanitize_terminal(segment.text), segment.style)


def console() -> Console:
    """Return a console as wide as the terminal, or 160 columns wide when the output is not a terminal."""
    return _SafeConsole(width=None if sys.stdout.isatty() else 160, markup=False, emoji=False, highlight=False)


def echo(message: str, *, err: bool = False) -> None:
    """Print a sanitized message, which may quote third-party text."""
    typer.echo(sanitize_terminal(message), err=err)


def echo_document(text: str) -> None:
    """Print a document unchanged; its format has sanitized it already."""
    typer.echo(text, nl=False)


def settings() -> Settings:
    """Read the settings of this machine; exit with a list of all invalid settings."""
    return _load_checked(wiring.local_settings)


def deployment_settings() -> Settings:
    """Read the settings for a deployment, whose tokens may be stored in the cloud; exit if a setting is invalid."""
    return _load_checked(lambda: load(".env", kind=DeploymentSettings))


def _load_checked(read: Callable[[], Settings]) -> Settings:
    try:
        return read()
    except SettingsError as error:
        fail(f"These settings are wrong:\n{error}\n`telemetry settings` lists what each is for.")


def webhook_secret(settings: Settings) -> str:
    """Return the newest webhook secret; exit with the reason if there is no secret."""
    secrets = live_secrets(settings.github_webhook_secret.get_secret_value())
    if secrets:
        return secrets[0]
    try:
        return wiring.webhook_secret_here(settings)
    except TelemetryError as error:
        fail(f"{error}: is `make run` running? Or set GITHUB_WEBHOOK_SECRET.", 1)


def secure(option: str, url: str) -> str:
    """Return the URL if it is safe for signed deliveries and secrets; otherwise exit and name the option."""
    reason = problem(url)
    if reason is not None:
        fail(f"{option}: {reason}")
    return url


def fail(message: str, code: int = 2) -> NoReturn:
    """Print an error message to standard error and exit."""
    echo(without_userinfo(message), err=True)
    raise typer.Exit(code)
