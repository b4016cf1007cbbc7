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
            words = list(args)
            for at in reversed(range(len(words))):
                after = words[at + 1] if at + 1 < len(words) else "-"
                if words[at] == option and not after:  # a variable of the shell that is empty
                    words[at : at + 2] = [f"{option}={NO_VALUE}"]
                elif words[at] == f"{option}=" or (words[at] == option and after.startswith("-")):
                    words[at] = f"{option}={NO_VALUE}"
            return super().parse_args(ctx, words)

    return Command
