"""Which emulator a folder uses, adopts or stops. A process that only waits stands for MiniStack; no request is sent.

tests/emulator and tests/e2e start the real one.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from runtimes.local.emulator import record as emulator_record
from runtimes.local.emulator.emulator import Emulator, EmulatorError, running
from runtimes.local.state_folder import write_private

ENDS = (
    "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit({code})); print(flush=True); signal.pause()"
)
Start = Callable[..., psutil.Process]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process that exits with a code when it gets SIGTERM."""
    with ExitStack() as processes:

        def start(code: int = 0) -> psutil.Process:
            process = processes.enter_context(
                subprocess.Popen([sys.executable, "-c", ENDS.format(code=code)], stdout=subprocess.PIPE)
            )
            processes.callback(process.kill)
            assert process.stdout is not None
            process.stdout.readline()  # its handler is set
            return psutil.Process(process.pid)

        yield start


def orphan(process: psutil.Process, state: Path, port: int = 4599) -> emulator_record.Record:
    """Record an emulator whose owner has ended."""
    written = emulator_record.write(process, port, state, queued=2)
    record = written._replace(owner_started=written.owner_started - 60)
    write_private(state / "emulator.json", record._asdict())
    return record


def test_a_running_emulator_of_this_folder_is_used_and_left_to_its_owner(tmp_path: Path, start: Start) -> None:
    process = start()
    emulator_record.write(process, 4599, tmp_path)
    emulator = Emulator(state=tmp_path)
    assert emulator.endpoint == running(tmp_path) == "http://127.0.0.1:4599"
    emulator.start()
    emulator.stop()
    assert (process.is_running(), emulator.unclean) == (True, None)


def test_an_emulator_without_an_owner_is_adopted_and_stopped(tmp_path: Path, start: Start) -> None:
    process = start()
    orphan(process, tmp_path)
    emulator = Emulator(state=tmp_path)
    emulator.start()
    record = emulator_record.read(tmp_path)
    assert record is not None
    assert (record.is_owned, record.queued, emulator.endpoint) == (True, 2, "http://127.0.0.1:4599")
    emulator.stop()
    assert not process.is_running()
    assert emulator_record.read(tmp_path) is None


def test_an_emulator_that_ends_with_an_error_may_have_lost_events(
    tmp_path: Path, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    process = start(code=1)
    orphan(process, tmp_path)
    emulator = Emulator(state=tmp_path)
    emulator.start()
    emulator.stop()
    assert not process.is_running()
    assert (
        "did not stop in order: events that were answered 202 and not stored yet may be lost" in capsys.readouterr().err
    )


def test_only_an_adopted_emulator_counts_what_waits(tmp_path: Path, start: Start) -> None:
    orphan(start(), tmp_path)
    emulator = Emulator(state=tmp_path)
    emulator.count(9)
    before = emulator_record.read(tmp_path)
    emulator.start()
    emulator.count(5)
    after = emulator_record.read(tmp_path)
    assert before is not None
    assert after is not None
    assert (before.queued, after.queued) == (2, 5)


def test_an_unguarded_emulator_of_a_running_server_is_not_replaced(tmp_path: Path, start: Start) -> None:
    process = start()
    record = emulator_record.write(process, 4599, tmp_path)
    write_private(tmp_path / "emulator.json", record._replace(folder="")._asdict())
    with pytest.raises(EmulatorError, match=rf"^process {record.owner} already serves this folder: stop it first$"):
        Emulator(state=tmp_path).start()
    assert process.is_running()


def test_the_url_of_a_named_endpoint_is_not_looked_up(tmp_path: Path) -> None:
    assert Emulator("http://127.0.0.1:4566", tmp_path).endpoint == "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    ("ephemeral", "fixed_port", "saved", "endpoint"),
    [
        (False, 0, {}, ""),
        (False, 4567, {}, "http://127.0.0.1:4567"),
        (False, 4567, {"port": 5000}, "http://127.0.0.1:5000"),
        (False, 0, {"port": 5000}, ""),
        (True, 4567, {"port": 5000}, ""),
    ],
)
def test_a_fixed_port_is_known_before_the_start(
    tmp_path: Path, *, ephemeral: bool, fixed_port: int, saved: dict[str, int], endpoint: str
) -> None:
    write_private(tmp_path / "port.json", saved)
    assert Emulator(state=tmp_path, ephemeral=ephemeral, fixed_port=fixed_port).endpoint == endpoint


def test_stop_before_start_does_nothing(tmp_path: Path) -> None:
    Emulator(state=tmp_path).stop()
    assert list(tmp_path.iterdir()) == []
