"""Point 12: the demo leaves no emulator behind, whatever signal ends it and when; no backlog lands in another folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.e2e.server import records, wait_for
from tests.environment import PATIENCE
from tests.security.dev_server import emulators

pytestmark = pytest.mark.emulator


def begun(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    with (folder / "output.txt").open("w") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "cli", "demo", "--weeks", "1", *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            stdout=output,
            stderr=output,
            text=True,
        )


@pytest.mark.parametrize(
    "way", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL], ids=lambda way: way.name
)
@pytest.mark.parametrize("when", ["starting", "sending"])
def test_no_process_remains(tmp_path: Path, way: signal.Signals, when: str) -> None:
    demo = begun(tmp_path)
    try:
        wait_for(lambda: emulators(tmp_path), "the emulator's process")
        if when == "sending":
            log = tmp_path / ".telemetry" / "demo" / "emulator.log"
            wait_for(lambda: "SQS queue created: telemetry-demo-dead-letters" in log.read_text(), "the queues")
        below = psutil.Process(demo.pid).children(recursive=True)
        assert below
        demo.send_signal(way)
        demo.wait(PATIENCE)
        assert demo.returncode != 0
        _, alive = psutil.wait_procs(below, PATIENCE)
        assert alive == []
        assert emulators(tmp_path) == []
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait(PATIENCE)


def test_two_signals_leave_nothing_either(tmp_path: Path) -> None:
    demo = begun(tmp_path)
    wait_for(lambda: emulators(tmp_path), "the emulator's process")
    below = psutil.Process(demo.pid).children(recursive=True)
    for _ in range(2):
        demo.send_signal(signal.SIGINT)
    demo.wait(PATIENCE)
    assert psutil.wait_procs(below, PATIENCE)[1] == []


def test_the_queue_of_a_killed_demo_reaches_no_other_folder(tmp_path: Path) -> None:
    demo = begun(tmp_path, "--seed", "2", "--folder", "first")
    log = tmp_path / ".telemetry" / "demo" / "emulator.log"
    wait_for(lambda: log.exists() and "SQS queue created: telemetry-demo" in log.read_text(), "the queues")
    demo.kill()
    demo.wait(PATIENCE)
    second = begun(tmp_path, "--folder", "second")
    assert second.wait(PATIENCE) == 0, (tmp_path / "output.txt").read_text()
    text = (tmp_path / "output.txt").read_text()
    assert "every fact is there, each once" in text
    stored = records(tmp_path / "second")
    third = begun(tmp_path, "--folder", "third")
    assert third.wait(PATIENCE) == 0
    assert stored.keys() == records(tmp_path / "third").keys()
    assert emulators(tmp_path) == []


def test_a_finished_demo_leaves_no_emulator_and_no_queue_on_disk(tmp_path: Path) -> None:
    demo = begun(tmp_path)
    assert demo.wait(PATIENCE) == 0
    assert emulators(tmp_path) == []
    assert sorted(path.name for path in (tmp_path / ".telemetry" / "demo").iterdir()) == [
        "emulator.lock",
        "emulator.log",
    ]
