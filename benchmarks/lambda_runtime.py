"""Runs a packaged function as Lambda does: AWS's own runtime client, a runtime API, and a share of a CPU and of memory.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. INIT is from the start of the process until it asks for its first
event, an invocation from the hand-over of an event until its response. It finds the standard library, the unpacked package and
awslambdaric, and nothing else. Not shown: Lambda gives INIT a whole CPU for at most ten seconds, and loads the package from elsewhere.
"""

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import process_limits

_CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
_VERSION = "/2018-06-01/runtime"
_LIMIT = 300.0
"""Seconds after which a function that does not answer is ended."""


class Answered(NamedTuple):
    """The response to one event."""

    body: bytes
    failed: bool
    """Whether the function raised: the body is then the error, as Lambda reports it."""
    seconds: float


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: a function that is ended resets its connection."""


class RuntimeApi:
    """Lambda's runtime API for one function: hands over events, one at a time, and takes the responses."""

    def __init__(self) -> None:
        self._events: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._answers: queue.Queue[tuple[str, bytes, bool, float]] = queue.Queue()
        self.asked = threading.Event()
        """Set when the function asks for its first event: INIT is over."""
        self.asked_at = 0.0
        self.timeout = 300.0
        """Seconds of the function's timeout, by which it knows its remaining time."""
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Return the value of AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def invoke(self, event: Any, alive: Callable[[], bool]) -> Answered:
        """Hand over an event and wait for its response; raises RuntimeError if the function ends first, and TimeoutError."""
        id, begun = str(uuid.uuid4()), time.perf_counter()
        self._events.put((id, json.dumps(event).encode()))
        while time.perf_counter() < begun + _LIMIT:
            try:
                _, body, failed, ended = self._answers.get(timeout=0.2)
            except queue.Empty:
                if not alive():
                    raise RuntimeError("the function ended without a response") from None
            else:
                return Answered(body, failed, ended - begun)
        raise TimeoutError(f"no response within {_LIMIT:.0f} s")

    def next(self) -> tuple[str, bytes]:
        """Return the next event and its id, as soon as there is one."""
        if not self.asked.is_set():
            self.asked_at = time.perf_counter()
            self.asked.set()
        return self._events.get()

    def take(self, id: str, body: bytes, *, failed: bool) -> None:
        """Take the response to an event; `init` is a function that could not be loaded."""
        self._answers.put((id, body, failed, time.perf_counter()))
        if id == "init":
            self.asked.set()

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()


def _handler(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path != f"{_VERSION}/invocation/next":
                return self._answer(404)
            id, event = api.next()
            return self._answer(
                200,
                event,
                {
                    "Lambda-Runtime-Aws-Request-Id": id,
                    "Lambda-Runtime-Deadline-Ms": str(int((time.time() + api.timeout) * 1000)),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:packaged",
                    "Content-Type": "application/json",
                },
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = self.path.removeprefix(f"{_VERSION}/").split("/")
            if parts == ["init", "error"]:
                api.take("init", body, failed=True)
            elif len(parts) == 3 and parts[0] == "invocation" and parts[2] in ("response", "error"):
                api.take(parts[1], body, failed=parts[2] == "error")
            else:
                return self._answer(404)
            return self._answer(202)

        def _answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class Packaged(NamedTuple):
    """A function that has started."""

    api: RuntimeApi
    process: "subprocess.Popen[bytes]"
    output: Path
    """Everything that it printed so far."""
    init: float
    """Seconds."""

    def invoke(self, event: Any) -> Answered:
        """Return the response to an event; raises RuntimeError if the function ends first."""
        return self.api.invoke(event, lambda: self.process.poll() is None)

    @property
    def peak(self) -> float:
        """Return the most megabytes of memory that it ever held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@contextmanager
def packaged(
    handler: str,
    package: Path,
    environment: Mapping[str, str],
    *,
    cpus: float = 0.0,
    megabytes: int = 0,
    arguments: tuple[str, ...] = (),
) -> Iterator[Packaged]:
    """Start an unpacked package; 0 means no limit. Raises RuntimeError if INIT fails.

    Limits are those of cgroups. Where we may make none, the memory is limited by its address space, which is stricter, and the CPU by
    stopping the process for the rest of each period.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        groups = stack.enter_context(process_limits.control_groups(cpus, megabytes))
        _copy_client(folder / "client")
        api = RuntimeApi()
        stack.callback(api.close)
        variables = {
            "PATH": os.defpath,
            "PYTHONPATH": f"{package}{os.pathsep}{folder / 'client'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "AWS_LAMBDA_FUNCTION_NAME": "packaged",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(megabytes or 128),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "LAMBDA_TASK_ROOT": str(package),
            "_HANDLER": handler,
            **environment,
        }
        output = stack.enter_context((folder / "output").open("wb"))
        begun = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 (ours)
            [sys.executable, "-S", *arguments, "-m", "awslambdaric", handler],
            cwd=package,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=lambda: process_limits.join(groups, megabytes),  # noqa: PLW1509 (it takes no lock)
        )
        stack.callback(_end, process)
        if cpus and not groups:
            stack.enter_context(process_limits.stopped_in_turns(process, cpus))
        path = folder / "output"
        while not api.asked.wait(0.2) and process.poll() is None and time.perf_counter() < begun + _LIMIT:
            pass
        if not api.asked_at:
            raise RuntimeError(f"INIT failed: {path.read_text(errors='replace')[-2000:]}")
        yield Packaged(api, process, path, api.asked_at - begun)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _copy_client(folder: Path) -> None:
    """Copy AWS's runtime client and what it needs, so that nothing else of our environment is found."""
    for name in _CLIENT:
        for file in distribution(name).files or ():
            source = Path(str(file.locate()))
            if ".." not in file.parts and source.is_file():
                target = folder / str(file)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
