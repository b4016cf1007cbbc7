"""The few settings of the webhook half, read without pydantic: it is the cold path.

A test holds every name and default here against core/settings.py, which documents them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from core.log import LEVELS


class WebhookSettings(NamedTuple):
    """See core/settings.py, where each is described."""

    environment_id: str = "local"
    repo_owner: str = ""
    repo_name: str = ""
    log_level: str = "info"
    queue_url: str = ""
    allowed_networks: str = ""
    incident_labels: str = "incident"
    google_cloud_project: str = ""


def read(environment: Mapping[str, str]) -> WebhookSettings:
    """From the environment; an empty variable counts as unset, and so does a log level that is none."""
    names = {field: environment.get(field.upper(), "") for field in WebhookSettings._fields}
    settings = WebhookSettings(**{field: value for field, value in names.items() if value})
    level = settings.log_level.lower()
    return settings._replace(log_level=level if level in LEVELS else WebhookSettings().log_level)
