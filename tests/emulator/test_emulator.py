"""Who stops an emulator that several use."""

import errno
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from runtimes.local.emulator.emulator import Emulator, EmulatorError
from runtimes.local.emulator.environment import VENV
from tests.conftest import free_port, missing
from tests.e2e.server import wait_for
from tests.environment import PATIENCE
from tests.security.dev_server import emulators, runs

pytestmark = pytest.mark.emulator


@pytest.fixture(autouse=True)
def installed() -> None:
    if not (VENV / "bin" / "python").exists():
        missing("MiniStack", "`make setup` installs it")


@pytest.mark.parametrize("named", [True, False])
def test_an_emulator_is_stopped_only_by_its_owner(tmp_path: Path, named: bool) -> None:  # noqa: FBT001
    endpoint = f"http://127.0.0.1:{free_port()}" if named else ""
    host, guest = Emulator(endpoint, tmp_path / "deep" / "state"), Emulator(endpoint, tmp_path / "deep" / "state")
    before = psutil.Process().children()
    host.start()
    try:
        [process] = [child for child in psutil.Process().children() if child not in before]
        guest.start()
        assert guest.endpoint == host.endpoint
        guest.stop()
        assert process.is_running()
    finally:
        host.stop()
    assert not psutil.pid_exists(process.pid)


def test_an_emulator_left_running_is_adopted_and_stopped_by_the_next(tmp_path: Path) -> None:
    """As `telemetry deploy local` and then `telemetry destroy local` do."""
    script = (
        "import sys; from pathlib import Path; from runtimes.local.emulator.emulator import Emulator; "
        "Emulator(state=Path(sys.argv[1])).start()"
    )
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(tmp_path / "state")], check=True, timeout=PATIENCE
    )
    [process] = emulators(tmp_path)
    following = Emulator(state=tmp_path / "state")
    following.start()
    following.stop()
    assert not psutil.pid_exists(process.pid)
    assert not (tmp_path / "state" / "emulator.json").exists()


def test_an_emulator_that_was_killed_is_replaced_and_remembered_as_such(tmp_path: Path) -> None:
    emulator = Emulator(state=tmp_path / "state")
    emulator.start()
    [process] = emulators(tmp_path)
    process.send_signal(signal.SIGKILL)
    wait_for(lambda: not runs(process), "the emulator to end")
    emulator.stop()
    following = Emulator(state=tmp_path / "state")
    following.start()
    try:
        assert following.unclean is not None
        assert following.unclean.pid == process.pid
    finally:
        following.stop()


def test_an_unwritable_state_is_one_line_and_leaves_no_emulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("runtimes.local.emulator.record.write_private", full)
    with pytest.raises(EmulatorError, match="No space left on device"):
        Emulator(state=tmp_path / "state").start()
    assert emulators(tmp_path) == []
