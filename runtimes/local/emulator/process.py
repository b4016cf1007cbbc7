"""Starts the emulator's process in its own virtual environment, with a clean environment, on a bound socket."""

import os
import socket
import subprocess
from pathlib import Path
from typing import NamedTuple

import psutil

from runtimes.local.emulator.credentials import Credentials

_CANONICAL_PORT = "4566"
"""MiniStack keys its queues by a URL with this port and answers with the URL of the request, so its state on disk does not depend
on the port that it listens on."""


class Launched(NamedTuple):
    """A process, and the pipe that ties its lifetime to this process."""

    process: psutil.Popen
    port: int
    pipe: int
    """The write end of the pipe that an ephemeral emulator watches; -1: none."""

    def release(self) -> None:
        """Close the pipe."""
        if self.pipe >= 0:
            os.close(self.pipe)


def bind(port: int) -> socket.socket:
    """Return a socket bound to a port of 127.0.0.1, or with 0 to any free one; it does not listen yet. Raises OSError."""
    listening = socket.socket()
    try:
        if port:  # connections of the previous emulator may still linger
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
    except OSError:
        listening.close()
        raise
    return listening


def launch(
    venv: Path,
    listening: socket.socket,
    state: Path,
    folder: Path | None,
    *,
    services: str,
    root: Credentials | None,
) -> Launched:
    """Start the MiniStack of a virtual environment on a bound socket, which is passed to it.

    Without a `folder` it stores nothing and ends with this process. It watches a pipe, which works for SIGKILL too and on every platform; prctl's
    PR_SET_PDEATHSIG would end it with the thread that started it (https://man7.org/linux/man-pages/man2/pr_set_pdeathsig.2const.html).
    """
    port = listening.getsockname()[1]
    reading, writing = (-1, -1) if folder else os.pipe()
    environment = {
        "PATH": os.defpath,
        "GATEWAY_PORT": _CANONICAL_PORT if services else str(port),
        "SERVICES": services,
        "PERSIST_STATE": "1" if folder else "0",
        "STATE_DIR": str((folder or state).absolute()),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": str(root is not None).lower(),
        **(root.environment if root else {}),
        "GUARD_SOCKET": str(listening.fileno()),
        "GUARD_PARENT": "" if folder else str(reading),
    }
    log = os.open(state / "emulator.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.fchmod(log, 0o600)
    try:
        # A separate session: Ctrl-C goes to the server, which stops the emulator last.
        process = psutil.Popen(
            [venv / "bin" / "python", "-P", Path(__file__).parents[1] / "ministack" / "server.py", state.resolve()],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[listening.fileno(), *([] if folder else [reading])],
            start_new_session=True,
        )
    finally:
        os.close(log)
        listening.close()
        if not folder:
            os.close(reading)
    return Launched(process, port, writing)


def listener(port: int | None) -> str:
    """Return a description of the process that listens on a port, with its id if visible."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except psutil.Error:
        pass
    return f"the process that listens on port {port}"
