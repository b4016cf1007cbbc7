"""The emulator of AWS: a MiniStack that belongs to a state folder, or the emulator that AWS_ENDPOINT_URL names.

MiniStack pins its own botocore and passes its environment to the processes that it runs. So it is installed in its own virtual
environment and started with a clean environment, behind a guard (ministack/guard.py). It listens on a free port of 127.0.0.1 and
writes its queues to disk when it stops.
"""

import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

import filelock
import psutil
import requests

from core.errors import TelemetryError
from runtimes.local.emulator import environment
from runtimes.local.emulator import record as emulator_record
from runtimes.local.emulator import state as emulator_state
from runtimes.local.emulator.credentials import Credentials
from runtimes.local.emulator.process import Launched, bind, launch, listener
from runtimes.local.state_folder import STATE, make_private, read_json, write_private

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_sqs import SQSClient

ALL = ""
"""All services, for deployments."""
NEEDED = "sqs,ssm"
"""The services that the dev server needs; none of them runs code."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_START_LIMIT = 60.0
_STOP_LIMIT = 20.0
_PORT = "port.json"


class EmulatorError(TelemetryError):
    """The emulator cannot be used; the message is one line with the remedy."""


class Emulator:
    """The emulator at `endpoint`, or without one that of the folder `state`, which holds its log and its queues."""

    def __init__(
        self,
        endpoint: str = "",
        state: Path = STATE,
        *,
        services: str = NEEDED,
        root: Credentials | None = None,
        ephemeral: bool = False,
        fixed_port: int = 0,
    ) -> None:
        """Create a stopped emulator.

        With `root` it checks signatures, and IAM authorizes every call, as on AWS. An `ephemeral` one stores nothing and ends with
        this process. `fixed_port` is preferred at the first start, and reused later because deployed URLs contain it; if it is
        in use at the first start, another port is chosen and reused.
        """
        self._named = endpoint
        self._state = state
        self._services = services
        self._root = root
        self._ephemeral = ephemeral
        self._fixed_port = fixed_port
        self._process: psutil.Process | None = None
        self._launched: Launched | None = None
        self._record: emulator_record.Record | None = None
        self.endpoint = endpoint or ("" if ephemeral else self._saved_endpoint())
        """Its URL; empty until it is started, unless the port is known before."""
        self.unclean: emulator_record.Record | None = None
        """The record of the previous emulator, if it did not stop cleanly."""

    def start(self) -> None:
        """Start MiniStack, unless this folder's runs or the named endpoint answers; raises EmulatorError."""
        make_private(self._state)
        try:
            with filelock.FileLock(self._state / "emulator.lock", _START_LIMIT + _STOP_LIMIT, 0o600):
                self._start_or_use()
        except filelock.Timeout:
            raise EmulatorError(f"another command has been starting the emulator of {self._state} for long") from None
        except OSError as error:
            self.stop()
            raise EmulatorError(f"the emulator cannot write to {self._state}: {error.strerror}") from None

    def _start_or_use(self) -> None:
        url = urlsplit(self._named)
        if self._named and _answers(url):
            self._adopt(url.port, guest=True)
        elif self._named and url.hostname not in _LOOPBACK:
            raise EmulatorError(f"nothing answers at AWS_ENDPOINT_URL={self._named}: start it, or unset the variable")
        elif self._ephemeral or not self._adopt(url.port):
            self._start(url.port or (80 if self._named else 0))

    def check(self, sqs: "SQSClient") -> None:
        """Check that the emulator accepts requests; raises EmulatorError, which names the process to stop."""
        try:
            requests.get(self.endpoint, timeout=3)  # a server that does not speak HTTP fails fast
            sqs.list_queues(MaxResults=1)
        except Exception as error:  # noqa: BLE001 (any error means that this is not our emulator)
            port = urlsplit(self.endpoint).port
            raise EmulatorError(
                f"what answers at {self.endpoint} refuses us ({type(error).__name__}): stop {listener(port)}, "
                "or unset AWS_ENDPOINT_URL: then an emulator of this folder's own is started"
            ) from None

    def count(self, queued: int) -> None:
        """Record how many events wait, for a warning in case the emulator is killed."""
        if self._record is not None and queued != self._record.queued:
            self._record = emulator_record.count(self._state, self._record, queued)

    def stop(self) -> None:
        """Stop the emulator if this process started or adopted it; it writes its queues to disk first."""
        if self._process is None:
            return
        is_clean = _stop_process(self._process)
        if self._launched is not None:
            self._launched.release()
        if is_clean and not self._ephemeral:
            emulator_record.remove(self._state)
        elif not self._ephemeral:
            print(f"the emulator of AWS did not stop in order: {LOST}", file=sys.stderr)
        self._process = self._record = None

    def _adopt(self, port: int | None, *, guest: bool = False) -> bool:
        """Use this folder's emulator if it still runs; take ownership if the process that started it has ended.

        Its queue is intact, since the emulator outlived a killed server. An emulator on another port than the named one is stopped,
        and the next one loads its queue; with `guest` an emulator of another process is left running.
        """
        record = emulator_record.read(self._state)
        process = record.process() if record is not None else None
        if record is None or (guest and port != record.port):
            return False
        if process is None:
            self.unclean = record
            return False
        if not record.is_guarded or port not in (None, record.port):
            self._replace(record, process)
            return False
        self.endpoint = self._named or record.endpoint
        if not record.is_owned:
            self._process = process
            self._record = emulator_record.write(process, record.port, self._state, record.queued)
        return True

    def _replace(self, record: emulator_record.Record, process: psutil.Process) -> None:
        """Stop an emulator without a guard or with another port; it writes its queues to disk."""
        if record.is_owned:
            raise EmulatorError(f"process {record.owner} already serves this folder: stop it first")
        if _stop_process(process):
            emulator_record.remove(self._state)

    def _start(self, port: int) -> None:
        try:
            venv = environment.ensure()
        except environment.NotInstalledError as error:
            raise EmulatorError(str(error)) from None
        listening = self._bind(port)
        folder = None if self._ephemeral else emulator_state.prepare(self._state, keep_tokens=self._root is not None)
        self._launched = launch(venv, listening, self._state, folder, services=self._services, root=self._root)
        self._process, port = self._launched.process, self._launched.port
        self.endpoint = self._named or f"http://127.0.0.1:{port}"
        if not self._ephemeral:
            self._record = emulator_record.write(self._process, port, self._state)
        self._wait(port)

    def _bind(self, port: int) -> socket.socket:
        fixed = read_json(self._state / _PORT).get("port", 0) if self._fixed_port and not port else 0
        try:
            listening = bind(port or fixed or self._fixed_port)
        except OSError as error:
            if port or fixed:
                raise EmulatorError(
                    f"port {port or fixed} is taken ({error.strerror}): stop {listener(port or fixed)}"
                ) from None
            listening = bind(0)
        if self._fixed_port and not port:
            write_private(self._state / _PORT, {"port": listening.getsockname()[1]})
        return listening

    def _wait(self, port: int) -> None:
        process, ends = self._process, time.monotonic() + _START_LIMIT
        while process is not None and time.monotonic() < ends and process.is_running() and not _is_zombie(process):
            try:
                if requests.get(f"http://127.0.0.1:{port}/_ministack/health", timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        if process is not None and process.is_running():
            process.kill()
        emulator_record.remove(self._state)
        raise EmulatorError(f"the emulator did not start: see the end of {self._state / 'emulator.log'}")

    def _saved_endpoint(self) -> str:
        """Return the URL of this folder's emulator, or the URL that it will have."""
        fixed = read_json(self._state / _PORT).get("port", self._fixed_port) if self._fixed_port else 0
        return running(self._state) or (f"http://127.0.0.1:{fixed}" if fixed else "")


LOST = (
    "events that were answered 202 and not stored yet may be lost. `telemetry job ledger`, then `telemetry ledger --missing`, "
    "names the lost ones of a webhook that it can read; redeliver them on GitHub"
)


def running(state: Path = STATE) -> str:
    """Return the URL of the emulator that runs for a folder; empty if none runs."""
    record = emulator_record.read(state)
    return record.endpoint if record is not None and record.is_guarded and record.process() is not None else ""


def _stop_process(process: psutil.Process) -> bool:
    """Stop a process and return whether it ended cleanly."""
    if not process.is_running() or _is_zombie(process):
        if isinstance(process, psutil.Popen):
            process.wait(_STOP_LIMIT)  # reap the child, which stays a zombie until then
        return False
    try:
        process.send_signal(signal.SIGTERM)
        return process.wait(_STOP_LIMIT) in (0, None)
    except psutil.TimeoutExpired:
        print(f"the emulator did not stop within {_STOP_LIMIT:.0f} s and is killed", file=sys.stderr)
        process.kill()
    except psutil.NoSuchProcess:
        pass
    return False


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _answers(url: SplitResult) -> bool:
    try:
        with socket.create_connection((url.hostname or "", url.port or 80), timeout=2):
            return True
    except OSError:
        return False
