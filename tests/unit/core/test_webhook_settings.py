import os

import pytest

from core.settings import Settings, load
from core.webhook_settings import WebhookSettings, read


@pytest.mark.parametrize("name", WebhookSettings._fields)
def test_webhook_settings_have_the_same_defaults_as_settings(name: str) -> None:
    assert WebhookSettings._field_defaults[name] == Settings.model_fields[name].default


def test_both_halves_read_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "ENVIRONMENT_ID": "prod",
        "REPO_OWNER": "Acme",
        "REPO_NAME": "data",
        "LOG_LEVEL": "WARNING",
        "QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/1/q",
        "ALLOWED_NETWORKS": "192.30.252.0/22,10.0.0.0/8",
        "INCIDENT_LABELS": "incident,SEV 1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    loaded = load()
    assert read(os.environ) == tuple(getattr(loaded, name) for name in WebhookSettings._fields)
    assert read(os.environ).log_level == "warning"


def test_an_empty_variable_counts_as_unset() -> None:
    assert read(dict.fromkeys(("ENVIRONMENT_ID", "LOG_LEVEL", "QUEUE_URL"), "")) == WebhookSettings()


def test_other_variables_mean_nothing() -> None:
    assert read({"HOME": "x", "environment_id": "x"}) == WebhookSettings()
