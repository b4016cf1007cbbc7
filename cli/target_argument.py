"""Defines the argument TARGET of the commands that use a deployment."""

from typing import Annotated

import typer

from cli.deployment import clouds

TARGETS = f"{', '.join(clouds.names()[:-1])} or {clouds.names()[-1]}"
"""The names of the targets, for help texts."""
TargetName = Annotated[str, typer.Argument(metavar="TARGET", help=f"Deployment target: {TARGETS}.")]
