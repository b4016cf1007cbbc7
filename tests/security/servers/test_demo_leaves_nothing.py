"""Point 12: the demo starts no process and leaves no queue behind; no backlog lands in another folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.e2e.server import wait_for
from tests.environment import PATIENCE


def begun(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    with (folder / "output.txt").open("w") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "cli", "demo", *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), "HOME": str(folder)},
            stdout=output,
            stderr=output,
            text=True,
        )


def listens(process: int) -> bool:
    return any(connection.status == psutil.CONN_LISTEN for connection in psutil.Process(process).net_connections("tcp"))


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL], ids=lambda way: way.name)
def test_an_interrupted_demo_leaves_no_process_and_no_queue(tmp_path: Path, way: signal.Signals) -> None:
    demo = begun(tmp_path, "--weeks", "26")
    try:
        wait_for(lambda: listens(demo.pid), "the server")
        assert psutil.Process(demo.pid).children(recursive=True) == []
        demo.send_signal(way)
        assert demo.wait(PATIENCE) != 0
        assert not (tmp_path / ".telemetry").exists()
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait(PATIENCE)
