"""The emulator of AWS behind LocalStack's port: whatever answers there, else a MiniStack of our own.

MiniStack pins its own botocore and lends its environment to what it runs: it lives in a virtual environment of its
own, is started with a clean environment, listens on 127.0.0.1 only, and keeps its queues on disk when it is stopped.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import psutil
import requests

from core.errors import TelemetryError

VENV = Path(__file__).parents[2] / ".venv-emulator"
STATE = Path(".telemetry")
LOCALSTACK = "http://127.0.0.1:4566"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_START_LIMIT = 60.0
_STOP_LIMIT = 20.0


class EmulatorError(TelemetryError):
    """There is no emulator to be had; the message is one line with the remedy."""


class Emulator:
    """An emulator at `endpoint`, ours or somebody else's; ours keeps its log and its queues in the folder `state`."""

    def __init__(self, endpoint: str, state: Path = STATE, *, strict: bool = False) -> None:
        """`strict`: it checks signatures, and asks IAM for every call, as AWS does; `test` and `test` is root."""
        self.endpoint = endpoint
        self._strict = strict
        self._state = state
        self._ours: psutil.Process | None = None

    def start(self) -> None:
        """Start MiniStack, unless something answers already; raises EmulatorError."""
        url = urlsplit(self.endpoint)
        if _answers(url):
            self._ours = _left_running(self._state, url.port)
            return
        if url.hostname not in _LOOPBACK:
            raise EmulatorError(f"nothing answers at AWS_ENDPOINT_URL={self.endpoint}: start it, or unset the variable")
        self._ours = _start(self._state, url.port or 80, strict=self._strict)

    def check(self, sqs: Any) -> None:
        """Whether it accepts us; raises EmulatorError naming the process to stop."""
        try:
            requests.get(self.endpoint, timeout=3)  # whoever does not speak HTTP is found out soon
            sqs.list_queues(MaxResults=1)
        except Exception as error:  # noqa: BLE001 (whatever it is that answers there, it is not for us)
            port = urlsplit(self.endpoint).port
            raise EmulatorError(
                f"what answers at {self.endpoint} refuses us ({type(error).__name__}): stop {_listener(port)}, "
                "or set AWS_ENDPOINT_URL to another port, such as http://127.0.0.1:4599"
            ) from None

    def stop(self) -> None:
        """Stop it if it is ours; it writes its queues to disk first."""
        if self._ours is None:
            return
        try:
            self._ours.send_signal(signal.SIGTERM)
            self._ours.wait(_STOP_LIMIT)
        except psutil.TimeoutExpired:
            print(f"the emulator did not stop within {_STOP_LIMIT:.0f} s and is killed", file=sys.stderr)
            self._ours.kill()
        except psutil.NoSuchProcess:
            pass
        _remembered(self._state).unlink(missing_ok=True)


def _start(state: Path, port: int, *, strict: bool) -> psutil.Process:
    python = VENV / "bin" / "python"
    if not python.exists():
        raise EmulatorError("the emulator is not installed: run `make setup`")
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = {
        "PATH": os.defpath,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "PERSIST_STATE": "1",
        "STATE_DIR": str((state / f"emulator-{port}").absolute()),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": str(strict).lower(),
    }
    # A session of its own: Ctrl-C is for the server, which stops the emulator last.
    with (state / "emulator.log").open("ab") as log:
        process = psutil.Popen(
            [python, "-P", Path(__file__).parent / "ministack_repaired.py"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _remember(state, process, port)
    _wait(process, state, port)
    return process


def _wait(process: psutil.Popen, state: Path, port: int) -> None:
    ends = time.monotonic() + _START_LIMIT
    while time.monotonic() < ends and process.poll() is None:
        try:
            if requests.get(f"http://127.0.0.1:{port}/_ministack/health", timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    process.kill()
    raise EmulatorError(f"the emulator did not start; its last words are in {state / 'emulator.log'}")


def _answers(url: SplitResult) -> bool:
    try:
        with socket.create_connection((url.hostname or "", url.port or 80), timeout=2):
            return True
    except OSError:
        return False


def _remembered(state: Path) -> Path:
    return state / "emulator.json"


def _remember(state: Path, process: psutil.Process, port: int) -> None:
    owner = psutil.Process()
    told = {"pid": process.pid, "started": process.create_time(), "port": port}
    told |= {"owner": owner.pid, "owner_started": owner.create_time()}
    _remembered(state).write_text(json.dumps(told))


def _left_running(state: Path, port: int | None) -> psutil.Process | None:
    """An emulator of ours that outlived whoever started it: its queue is intact, and it is ours to stop.

    One whose starter still lives is the starter's to stop, though we may use it.
    """
    try:
        told = json.loads(_remembered(state).read_text())
        process = psutil.Process(told["pid"])
        same = process.create_time() == told["started"] and told["port"] == port
    except (OSError, ValueError, KeyError, psutil.Error):
        return None
    return process if same and not _lives(told.get("owner"), told.get("owner_started")) else None


def _lives(pid: int | None, started: float | None) -> bool:
    try:
        return psutil.Process(pid or -1).create_time() == started
    except (ValueError, psutil.Error):
        return False


def _listener(port: int | None) -> str:
    """Which process listens on a port, as far as we may see."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except psutil.Error:
        pass
    return f"the process that listens on port {port}"
