"""Lets an option stand without its value, which typer has no setting for: https://typer.tiangolo.com/tutorial/ (0.29)."""

from typing import Any

from typer.core import TyperCommand

NO_VALUE = "-"
"""The value of an option that stands without one."""


def command_with_optional_value(option: str) -> type[TyperCommand]:
    """Return the class of a command whose option may be the last word, or be followed by another option."""

    class Command(TyperCommand):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            """Parse the words, with a value for the option that has none."""
            following = [*args[1:], "-"]
            return super().parse_args(
                ctx,
                [
                    f"{word}={NO_VALUE}" if word == option and after.startswith("-") else word
                    for word, after in zip(args, following, strict=False)  # without words there is none to follow
                ],
            )

    return Command
