"""Terraform is interrupted in order, and awaited."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cli.deployment import terraform_process
from tests.environment import PATIENCE

CHILD = """
import signal, sys, time
received = []
signal.signal(signal.SIGINT, lambda *_: received.append(1))
open(sys.argv[1], "w").close()
while not received:
    time.sleep(0.01)
print("the state is written", file=sys.stderr)
sys.exit(len(received))
"""
PARENT = """
import os, sys
from cli.deployment import terraform_process
result = terraform_process.run([sys.executable, "-c", sys.argv[1], sys.argv[2]], dict(os.environ))
print(result.code, result.interrupted, result.errors.strip())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_becomes_one_interrupt_and_its_end_is_awaited(number: signal.Signals, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD, ready],
        cwd=Path(__file__).parents[4],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not ready.exists() and parent.poll() is None:
        time.sleep(0.01)
    parent.send_signal(number)
    output, errors = parent.communicate(timeout=PATIENCE)
    assert (output.strip(), parent.returncode) == ("1 True the state is written", 0), errors
    assert errors == "the state is written\n"


def test_what_it_writes_to_its_errors_is_shown_and_returned(capfd: pytest.CaptureFixture[str]) -> None:
    script = "import sys; print('out', flush=True); print('Error: no', file=sys.stderr); sys.exit(3)"
    result = terraform_process.run([sys.executable, "-c", script], dict(os.environ))
    assert result == (3, "Error: no\n", False)
    assert capfd.readouterr() == ("out\n", "Error: no\n")


def test_a_signal_while_it_is_being_started_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    start = subprocess.Popen

    def interrupted(*arguments: Any, **options: Any) -> "subprocess.Popen[str]":
        process = start(*arguments, **options)
        os.kill(os.getpid(), signal.SIGTERM)
        return process

    monkeypatch.setattr(terraform_process.subprocess, "Popen", interrupted)
    # Not Python: while it starts, it may lose the interrupt.
    result = terraform_process.run(["sleep", "60"], dict(os.environ))
    assert (result.interrupted, result.code != 0) == (True, True)
