"""Who stops an emulator that several use."""

from pathlib import Path

import psutil
import pytest

from runtimes.local.emulator import VENV, Emulator
from tests.conftest import free_port, missing

pytestmark = pytest.mark.emulator


@pytest.fixture(autouse=True)
def installed() -> None:
    if not (VENV / "bin" / "python").exists():
        missing("MiniStack", "`make setup` installs it")


def test_an_emulator_is_stopped_by_whoever_started_it_and_by_no_guest(tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    host, guest = Emulator(endpoint, tmp_path / "deep" / "state"), Emulator(endpoint, tmp_path / "deep" / "state")
    before = psutil.Process().children()
    host.start()
    try:
        [process] = [each for each in psutil.Process().children() if each not in before]
        guest.start()
        guest.stop()
        assert process.is_running()
    finally:
        host.stop()
    assert not psutil.pid_exists(process.pid)
