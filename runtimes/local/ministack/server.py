"""Serves MiniStack behind a guard. Runs in the emulator's own Python, without our packages.

Argument: the state folder, whose path identifies the process. Everything else comes from the environment: GUARD_SOCKET (the
descriptor of a bound socket), GUARD_PARENT (the descriptor of a pipe's read end; empty: none), SERVICES, and MiniStack's own
variables. The parent process binds the socket, so no other process can take the port in between.
"""

import asyncio
import importlib.util
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from types import ModuleType

_LAST_SECONDS = 5.0
"""Seconds for a clean shutdown after the parent has ended."""


def main() -> None:
    """Serve until SIGTERM, or until the parent ends."""
    os.umask(0o077)
    parent = os.environ.pop("GUARD_PARENT", "")
    if parent:
        threading.Thread(target=_end_with_parent, args=(int(parent),), daemon=True).start()
    number = int(os.environ.pop("GUARD_SOCKET"))
    with socket.socket(fileno=os.dup(number)) as bound:
        port = bound.getsockname()[1]
    _sibling("patches").apply()
    _sibling("asynchronous").apply()
    if os.environ.get("AUTH") == "true":
        _sibling("credentials").require()
        _sibling("conditions").supply()
    guard = _sibling("guard").Guard
    from hypercorn.asyncio import serve  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 (installed in the emulator's environment only)
    from hypercorn.config import Config  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415
    from ministack.app import SERVICE_HANDLERS, app  # noqa: PLC0415
    from ministack.core.responses import get_account_id, get_region  # noqa: PLC0415

    idempotency = _sibling("idempotency").Idempotency(lambda: (get_account_id(), get_region()))
    idempotency.handlers(SERVICE_HANDLERS)
    _allow_many_files()
    config = Config()
    config.bind = [f"fd://{number}"]
    config.keep_alive_timeout = 75
    services = [name for name in os.environ.get("SERVICES", "").split(",") if name]
    asyncio.run(serve(guard(idempotency.application(app), port, services), config))


def _end_with_parent(pipe: int) -> None:
    """Shut down when the parent's end of the pipe closes, however the parent ends."""
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_LAST_SECONDS)
    os._exit(1)


def _allow_many_files() -> None:
    """Raise the limit of open files, as MiniStack's own main does: bursts of connections exceed 1,024."""
    import resource  # noqa: PLC0415 (not on every platform)

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _sibling(name: str) -> ModuleType:
    """Load a module of this folder by its path, since the folder is not on this Python's import path."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        sys.exit(f"{name}.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
