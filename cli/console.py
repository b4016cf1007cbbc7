"""What every command does at the terminal: read the settings, print tables, stop with a reason.

Nothing that is printed steers the terminal: names come from repositories, deliveries, files and databases of others.
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
    """Prints no control sequence but its own; strings are text, in which markup means nothing."""

    def render_str(
        self,
        text: str,
        *,
        style: str | Style = "",
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        **options: Any,
    ) -> Text:
        """Return the text of a cell or a line, neutralised before its width is measured."""
        return super().render_str(sanitize_terminal(text), style=style, justify=justify, overflow=overflow, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Yield what is printed, neutralised again: the end of a cell may have cut a sequence of characters."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(sanitize_terminal(segment.text), segment.style)


def console() -> Console:
    """As wide as the terminal; wide enough for whole lines where there is none."""
    return _SafeConsole(width=None if sys.stdout.isatty() else 160, markup=False, emoji=False, highlight=False)


def echo(message: str, *, err: bool = False) -> None:
    """Print a message, neutralised: it may quote what somebody else wrote."""
    typer.echo(sanitize_terminal(message), err=err)


def echo_document(text: str) -> None:
    """Print a document, which is neutralised already in the way of its format, as it is."""
    typer.echo(text, nl=False)


def settings() -> Settings:
    """The settings in force here; where some are wrong, stops and names every one."""
    return _checked(wiring.local_settings)


def deployment_settings() -> Settings:
    """The settings of what is deployed elsewhere: the tokens may be there already. Where some are wrong, stops."""
    return _checked(lambda: load(".env", kind=DeploymentSettings))


def _checked(read: Callable[[], Settings]) -> Settings:
    try:
        return read()
    except SettingsError as error:
        fail(f"These settings are wrong:\n{error}\n`telemetry settings` lists what each is for.")


def webhook_secret(settings: Settings) -> str:
    """The secret that signs; where there is none, stops and says why."""
    secrets = live_secrets(settings.github_webhook_secret.get_secret_value())
    if secrets:
        return secrets[0]
    try:
        return wiring.webhook_secret_here(settings)
    except TelemetryError as error:
        fail(f"{error}: is `make run` running? Or set GITHUB_WEBHOOK_SECRET.", 1)


def secure(option: str, url: str) -> str:
    """The URL, if a signed delivery or a secret may be sent there; else stops with a line that names the option."""
    reason = problem(url)
    if reason is not None:
        fail(f"{option}: {reason}")
    return url


def fail(message: str, code: int = 2) -> NoReturn:
    """Say what is wrong on standard error, and stop."""
    echo(without_userinfo(message), err=True)
    raise typer.Exit(code)
