"""Writes variables into `.env` of the working folder, readable by its owner only; other lines stay as they are."""

import os
from collections.abc import Mapping
from pathlib import Path

import dotenv

from core.errors import TelemetryError

NAME = ".env"
_DEFAULTS = {"TARGET_BRANCH": "main"}
"""Values of variables that are not set; of all others it is empty."""


def set_variables(wanted: Mapping[str, str]) -> list[str]:
    """Write the variables that neither the environment nor .env has yet; return messages. Raises TelemetryError.

    A variable of the environment takes precedence over .env: the messages name those that later commands may lack or misread.
    If .env is a symbolic link, the file that it names is written.
    """
    path = Path(NAME).resolve()  # dotenv would put a new file in the place of the link
    in_file = dotenv.dotenv_values(NAME) if Path(NAME).is_file() else {}
    current = {name: os.environ.get(name) or in_file.get(name) or _DEFAULTS.get(name, "") for name in wanted}
    shadowed = [name for name, value in wanted.items() if os.environ.get(name) not in (None, "", value)]
    changed = {name: value for name, value in wanted.items() if value != current[name]}
    try:
        if changed:
            path.touch(mode=0o600)
        if path.exists():
            path.chmod(0o600)
        for name, value in changed.items():
            dotenv.set_key(path, name, value)
    except OSError as error:
        raise TelemetryError(f"{NAME} cannot be written ({error.strerror})") from None
    by_environment = [name for name in wanted if os.environ.get(name) and name not in changed]
    unwritten = [name for name in by_environment if not in_file.get(name)]
    differing = [name for name in by_environment if in_file.get(name) not in (None, "", wanted[name])]
    written = f"{NAME}: set {', '.join(changed)}" if changed else f"{NAME} is correct"
    return [
        *([written] if changed or not differing else []),
        *(f"{name} is set in the environment only, not in {NAME}: later commands need it, too" for name in unwritten),
        *(
            f"{name} has another value in {NAME}, which later commands use without the environment's"
            for name in differing
        ),
        *(f"{name} has another value in the environment, which takes precedence: unset it there" for name in shadowed),
    ]
