"""The root credentials of the emulator: generated once for each folder, readable by the owner only."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtimes.local.emulator import credentials
from runtimes.local.emulator.credentials import NONE, Credentials


def test_a_folder_without_credentials_has_a_key_that_is_valid_nowhere(tmp_path: Path) -> None:
    assert credentials.read(tmp_path) == NONE
    assert list(tmp_path.iterdir()) == []


def test_credentials_are_created_once_with_the_shape_of_aws_keys(tmp_path: Path) -> None:
    created = credentials.ensure(tmp_path / "state")
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", created.access_key_id)
    assert len(created.secret_access_key) == 40
    assert (credentials.ensure(tmp_path / "state"), credentials.read(tmp_path / "state")) == (created, created)


def test_each_folder_has_its_own_credentials(tmp_path: Path) -> None:
    first, second = (credentials.ensure(tmp_path / name) for name in ("a", "b"))
    assert not set(first) & set(second)


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    credentials.ensure(tmp_path / "state")
    files = [path for path in (tmp_path / "state").iterdir() if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (*files, tmp_path / "state")} == {0}


def test_concurrent_commands_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as executor:
        results = list(executor.map(lambda _: credentials.ensure(tmp_path), range(8)))
    assert len(set(results)) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"access_key_id": "AKIA"}'])
def test_a_damaged_file_is_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / "credentials.json").write_text(text)
    assert credentials.read(tmp_path) == NONE
    assert credentials.ensure(tmp_path) != NONE


def test_the_environment_has_the_names_that_aws_tools_read() -> None:
    assert Credentials("id", "key").environment == {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"}
