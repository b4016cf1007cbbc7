"""Defines the argument TARGET of the commands that use a deployment."""

from typing import Annotated

import typer

from cli.deployment import clouds

TARGETS = f"{', '.join(clouds.names()[:-1])} or {clouds.names()[-1]}"
"""The names of the targets, for help texts."""


def _complete(incomplete: str) -> list[str]:
    """Return the targets that begin with a text, for the completion of the shell."""
    return [name for name in clouds.names() if name.startswith(incomplete)]


TargetName = Annotated[
    str, typer.Argument(metavar="TARGET", help=f"Deployment target: {TARGETS}.", autocompletion=_complete)
]
