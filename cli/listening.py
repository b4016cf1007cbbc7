"""Defines the option --port of the commands that start a server, and opens the port."""

import errno
from typing import TYPE_CHECKING, Annotated

import typer

from cli import console
from core.settings import Settings
from runtimes.local import server

if TYPE_CHECKING:
    from waitress.server import BaseWSGIServer

Port = Annotated[
    int | None,
    typer.Option(help="Port to listen on; 0 selects a free one (default: PORT, else 8080).", min=0, max=65535),
]


def with_port(settings: Settings, port: int | None) -> Settings:
    """Return the settings with this port, if it is named."""
    return settings if port is None else settings.model_copy(update={"port": port})


def listen(app: server.App, settings: Settings) -> "BaseWSGIServer":
    """Open the port for the app; exit with the reason if that is impossible."""
    try:
        return server.listen(app, settings)
    except (OSError, ValueError) as error:
        in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        remedy = "Set PORT to one that is free, or use --port." if in_use else "Set HOST to an address of this machine."
        console.fail(
            f"HOST={settings.host} PORT={settings.port}: {getattr(error, 'strerror', None) or error}. {remedy}"
        )
