import os

import pytest

from core.settings import load
from core.settings_table import SharedSettings, rows
from core.webhook_settings import WebhookSettings, read


def test_an_unset_setting_has_the_default_of_the_table() -> None:
    assert WebhookSettings()._asdict() == {name: row.default for name, row in rows(SharedSettings).items()}


@pytest.mark.parametrize("level", ["loud", "", " info"])
def test_an_invalid_log_level_counts_as_unset(level: str) -> None:
    assert read({"LOG_LEVEL": level}) == WebhookSettings()


def test_both_halves_read_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "ENVIRONMENT_ID": "prod",
        "REPO_OWNER": "Acme",
        "REPO_NAME": "data",
        "LOG_LEVEL": "WARNING",
        "QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/1/q",
        "ALLOWED_NETWORKS": "192.30.252.0/22,10.0.0.0/8",
        "INCIDENT_LABELS": "incident,SEV 1",
        "EXEMPT_LABELS": "not-a-deployment,false alarm",
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
