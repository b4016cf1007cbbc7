import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.settings import Settings
from core.settings_table import AllSettings, SharedSettings, rows

ROOT = Path(__file__).parents[3]


def test_the_settings_are_the_rows_of_the_table() -> None:
    assert list(Settings.model_fields) == list(rows(AllSettings))
    assert {name: field.description for name, field in Settings.model_fields.items()} == {
        name: row.description for name, row in rows(AllSettings).items()
    }


def test_the_shared_rows_come_first_and_are_a_part_of_all() -> None:
    assert list(rows(AllSettings))[: len(rows(SharedSettings))] == list(rows(SharedSettings))
    assert len(rows(AllSettings)) > len(rows(SharedSettings))


@pytest.mark.parametrize("name", rows(SharedSettings))
def test_what_the_webhook_reads_is_text_and_no_secret(name: str) -> None:
    assert type(rows(SharedSettings)[name].default) is str
    assert Settings.model_fields[name].annotation is not SecretStr


def test_a_deployment_passes_no_secret_to_terraform() -> None:
    passed = {name for name, row in rows(AllSettings).items() if row.passed}
    secrets = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
    assert secrets >= {"github_access_token", "github_webhook_secret", "github_app_private_key"}
    assert passed & secrets == set()


def test_terraform_takes_the_settings_that_are_passed() -> None:
    table = json.loads((ROOT / "terraform" / "settings.json").read_text())
    assert set(table) == {name for name, row in rows(AllSettings).items() if row.passed}
    assert {name for name, setting in table.items() if setting["webhook"]} == set(table) & set(rows(SharedSettings))
    numbers = {name for name, setting in table.items() if setting["type"] == "number"}
    assert numbers == {name for name in table if Settings.model_fields[name].annotation in (int, float)}
