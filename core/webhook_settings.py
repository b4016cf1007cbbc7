"""Reads the few settings of the webhook without pydantic, which would slow the cold path.

A test compares every name and default with core/settings.py, which documents them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from core.log import LEVELS


class WebhookSettings(NamedTuple):
    """The settings of the webhook; described in core/settings.py."""

    environment_id: str = "local"
    repo_owner: str = ""
    repo_name: str = ""
    log_level: str = "info"
    queue_url: str = ""
    allowed_networks: str = ""
    incident_labels: str = "incident"
    google_cloud_project: str = ""


def read(environment: Mapping[str, str]) -> WebhookSettings:
    """Read the settings from the environment; an empty variable and an invalid log level count as unset."""
    names = {field: environment.get(field.upper(), "") for field in WebhookSettings._fields}
    settings = WebhookSettings(**{field: value for field, value in names.items() if value})
    level = settings.log_level.lower()
    return settings._replace(log_level=level if level in LEVELS else WebhookSettings().log_level)
