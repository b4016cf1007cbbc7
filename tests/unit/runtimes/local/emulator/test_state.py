"""Tests of an emulator's state on disk: permissions, tokens of earlier versions, records of ended processes."""

import json
import stat
from pathlib import Path

import psutil
import pytest

from runtimes.local.emulator import record as emulator_record
from runtimes.local.emulator import state
from runtimes.local.emulator.emulator import running
from runtimes.local.state_folder import StateFolderError, make_private, only_server, read_json, write_private

NAMES = (
    "github-webhook-secret-token",
    "github-access-token/source",
    "github-access-token/data",
    "github-app-private-key",
)


def parameters(folder: Path) -> Path:
    """Write a file as MiniStack 1.5.33 does: by account, region and name, with the history."""
    folder.mkdir(parents=True)
    keys = [f"000000000000\0us-east-1\0'/telemetry/local/{name}'" for name in NAMES]
    scoped = {"__account_region_scoped__": True, "data": {key: {"Value": f"secret of {key[-12:]}"} for key in keys}}
    history = {"__account_region_scoped__": True, "data": {key: [{"Value": f"old of {key[-12:]}"}] for key in keys}}
    content = {"__ministack_format__": 2, "payload": {"parameters": scoped, "parameter_history": history}}
    (folder / "ssm.json").write_text(json.dumps(content))
    return folder / "ssm.json"


@pytest.mark.parametrize("name", ["emulator", "emulator-4566", "emulator-4599"])
def test_tokens_are_deleted_from_every_folder_but_not_the_webhook_secret(tmp_path: Path, name: str) -> None:
    parameters(tmp_path / name)
    folder = state.prepare(tmp_path)
    [path] = tmp_path.rglob("ssm.json")
    text = path.read_text()
    assert "access-token" not in text
    assert "private-key" not in text
    payload = json.loads(text)["payload"]
    assert [len(payload[kind]["data"]) for kind in ("parameters", "parameter_history")] == [1, 1]
    assert (path.parent == folder) is (name != "emulator-4599")


def test_a_deployment_keeps_its_tokens_and_an_invalid_file_is_deleted(tmp_path: Path) -> None:
    before = parameters(tmp_path / "emulator").read_bytes()
    state.prepare(tmp_path, keep_tokens=True)
    assert (tmp_path / "emulator" / "ssm.json").read_bytes() == before
    (tmp_path / "emulator" / "ssm.json").write_bytes(before[:-10])
    state.prepare(tmp_path)
    assert not (tmp_path / "emulator" / "ssm.json").exists()


def test_a_current_folder_is_not_replaced_by_an_earlier_version_s(tmp_path: Path) -> None:
    for name in ("emulator", "emulator-4566"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "sqs.json").write_text(json.dumps({"from": name}))
    assert json.loads((state.prepare(tmp_path) / "sqs.json").read_text()) == {"from": "emulator"}


def test_an_existing_state_folder_is_made_private(tmp_path: Path) -> None:
    folder = tmp_path / ".telemetry"
    folder.mkdir()
    folder.chmod(0o777)
    make_private(folder / "demo")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "demo")] == [0o700, 0o700]
    write_private(folder / "x.json", {"a": 1})
    assert (read_json(folder / "x.json"), stat.S_IMODE((folder / "x.json").stat().st_mode)) == ({"a": 1}, 0o600)


def test_an_unusable_state_folder_is_a_one_line_error(tmp_path: Path) -> None:
    (tmp_path / ".telemetry").write_text("a file")
    with pytest.raises(StateFolderError, match="cannot be made private"):
        make_private(tmp_path / ".telemetry")


def test_only_one_server_uses_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / ".telemetry"
    with only_server(folder), pytest.raises(StateFolderError, match="another `telemetry serve`"), only_server(folder):
        pytest.fail("two servers")
    with only_server(folder):
        pass


def test_a_record_needs_its_own_folder_and_a_running_process(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    record = emulator_record.write(psutil.Process(), 5, tmp_path / "a")
    assert (running(tmp_path / "a"), record.is_owned, record.is_guarded) == ("http://127.0.0.1:5", True, True)
    (tmp_path / "b" / "emulator.json").write_bytes((tmp_path / "a" / "emulator.json").read_bytes())
    assert running(tmp_path / "b") == ""
    write_private(tmp_path / "a" / "emulator.json", record._replace(started=1.0)._asdict())
    assert running(tmp_path / "a") == ""


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": 1}', "{", '{"pid": "x", "started": 1, "port": 1}'])
def test_an_invalid_record_is_no_emulator(tmp_path: Path, text: str) -> None:
    (tmp_path / "emulator.json").write_text(text)
    assert running(tmp_path) == ""


def test_the_record_of_an_earlier_version_names_no_emulator_to_use(tmp_path: Path) -> None:
    """Records of earlier versions have no guard."""
    process = psutil.Process()
    old = {"pid": process.pid, "started": process.create_time(), "port": 4566, "owner": 1, "owner_started": 1.0}
    write_private(tmp_path / "emulator.json", old)
    assert running(tmp_path) == ""
    record = emulator_record.read(tmp_path)
    assert record is not None
    assert not record.is_guarded
