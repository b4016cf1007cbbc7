"""Reads the settings of the webhook without pydantic, which would slow the cold path."""

from collections import namedtuple
from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.log import LEVELS
from core.settings_table import SharedSettings, rows

_ROWS = rows(SharedSettings)

if TYPE_CHECKING:

    class WebhookSettings(SharedSettings):
        """The settings of the webhook; a setting that is not named has its default."""

        def __init__(self, **values: str) -> None: ...

else:
    WebhookSettings = namedtuple("WebhookSettings", _ROWS, defaults=[row.default for row in _ROWS.values()])  # noqa: PYI024 (typing's takes no defaults here)


def read(environment: Mapping[str, str]) -> WebhookSettings:
    """Read the settings from the environment; an empty variable and an invalid log level count as unset."""
    values = {name: environment.get(name.upper(), "") for name in _ROWS}
    if values["log_level"].lower() in LEVELS:
        values["log_level"] = values["log_level"].lower()
    else:
        values["log_level"] = ""
    return WebhookSettings(**{name: value for name, value in values.items() if value})
