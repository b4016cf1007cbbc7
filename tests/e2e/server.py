"""A `telemetry serve` of its own for a test, in a folder of its own; stopped by whoever started it."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from core.webhook import sign
from tests.builders import SECRET
from tests.environment import PATIENCE, inherited

READY = re.compile(r"Ready: (http://127\.0\.0\.1:\d+)/telemetry")


CHECKOUT = (sys.executable, "-m", "cli")
"""The program `telemetry` of this checkout."""


class Server:
    """The process, its address, and what a sender and a reader would do with it."""

    def __init__(
        self,
        folder: Path,
        endpoint: str,
        environment: Mapping[str, str] | None = None,
        command: str = "serve --queue localstack",
        program: Sequence[str] = CHECKOUT,
    ) -> None:
        self.folder = folder
        self._command = [*program, *command.split()]
        self._environment = {
            "HOME": str(folder),
            "PORT": "0",
            "AWS_ENDPOINT_URL": endpoint,
            "GITHUB_WEBHOOK_SECRET": SECRET,
            **inherited(),
            **(environment or {}),
        }
        self.process: subprocess.Popen[str] | None = None
        self.url = ""
        self.output = folder / "output.txt"

    def start(self) -> "Server":
        """Start it, and wait until it says that it is ready."""
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                self._command,
                cwd=self.folder,
                env=self._environment,
                stdout=output,
                stderr=output,
                text=True,
            )
        self.url = wait_for(self._ready, "the server to be ready")
        return self

    def _ready(self) -> str | None:
        assert self.process is not None
        text = self.output.read_text()
        assert self.process.poll() is None, text
        match = READY.search(text)
        return match[1] if match else None

    def stop(self, how: int = signal.SIGINT) -> int:
        """Stop it as Ctrl-C does; its exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def post(self, event: str, payload: Any, **headers: str) -> requests.Response:
        """A delivery as GitHub sends it; a header given as "" is left out."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        all_headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-Hub-Signature-256": sign(body, SECRET),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        all_headers = {name: value for name, value in all_headers.items() if value}
        return requests.post(f"{self.url}/telemetry", data=body, headers=all_headers, timeout=PATIENCE)

    def health(self) -> dict[str, Any]:
        """What /health tells."""
        answer: dict[str, Any] = requests.get(f"{self.url}/health", timeout=PATIENCE).json()
        return answer

    def settled(self) -> dict[str, Any]:
        """/health, once nothing is queued any more."""
        return wait_for(lambda: (health := self.health())["queued"] == 0 and health, "the queue to be empty")

    def records(self) -> dict[str, dict[str, Any]]:
        """Every record in the store, by path."""
        return records(self.folder / "telemetry-data")


def records(folder: Path) -> dict[str, dict[str, Any]]:
    """Every record in a directory store, by path."""
    paths = (path for path in folder.rglob("*.json") if "_system" not in path.parts)
    return {path.relative_to(folder).as_posix(): json.loads(path.read_text()) for path in paths}


def without_volatile(by_path: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Records but for what differs between two deliveries of the same fact."""
    volatile = {"created_at", "delivery_id", "collected_by"}
    return {path: {k: v for k, v in record.items() if k not in volatile} for path, record in by_path.items()}


def wait_for(ask: Callable[[], Any], what: str, limit: float = PATIENCE) -> Any:
    """The first answer that is true, within `limit` seconds."""
    ends = time.monotonic() + limit
    while time.monotonic() < ends:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"waited {limit:.0f} s for {what}")
