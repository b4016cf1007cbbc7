"""Runs the functions of Google Cloud on this machine: functions-framework serves them, as on Google Cloud, with our fakes.

https://github.com/GoogleCloudPlatform/functions-framework-python
"""

import os
import secrets as randomness
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests

from core.errors import TelemetryError
from core.log import Log
from core.secrets_cache import DATA_TOKEN, SOURCE_TOKEN, WEBHOOK_SECRET, required_secrets
from core.settings import Settings
from fakes.google.server import FakeGoogle
from runtimes.gcp.secretmanager_secrets import secret_name
from runtimes.local import http_server
from runtimes.local.reverse_proxy import FrontEnd
from runtimes.local.server_outcome import ServerOutcome
from telemetry_functions import installation

_SOURCES = Path(__file__).parents[1] / "gcp"
_MAINS = {"webhook": "webhook_main.py", "worker": "worker_main.py", "schedule": "worker_main.py"}
"""The module that each function's archive has as main.py."""
_PROJECT = "local-project"
_LOOPBACK = "127.0.0.1"
_SECRETS = {"github_access_token", "repo_write_access_token", "github_webhook_secret", "github_app_private_key"}
_START_LIMIT, _STOP_LIMIT, _DRAIN_LIMIT = 60.0, 20.0, 30.0
_TICK = 1.0
"""Seconds from one drain to the next; shorter than Cloud Scheduler's minute, because a developer is waiting."""


class WorkerCallOutcome(StrEnum):
    """The outcome of calling the worker function, in the log."""

    NO_ANSWER = "no-answer"


class GoogleFunctions:
    """Context manager that runs webhook, worker and schedule, and a thread that triggers the worker."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self.google = FakeGoogle(_PROJECT, authenticated=False)
        self.webhook_secret = ""
        """The newest webhook secret, to sign deliveries with."""
        self.urls: dict[str, str] = {}
        """URL by function name; the webhook's is that of the front end, the only server that listens on HOST."""
        self.internal: dict[str, str] = {}
        """URL of functions-framework by function name; always on the loopback interface."""
        self._settings = settings
        self._log = log
        self._webhook: subprocess.Popen[bytes] | None = None
        self._over = threading.Event()
        self._clock = threading.Thread(target=self._tick, daemon=True)
        self._close: Callable[[], None] = lambda: None
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start all functions; raises TelemetryError if the port is in use or a function does not start."""
        with ExitStack() as starting:
            starting.enter_context(self.google)
            self._make()
            address = self._settings.host, _bindable(self._settings.host, self._settings.port)
            for name in ("worker", "schedule", "webhook"):
                self.internal[name], process = self._serve(name)
                starting.callback(_end, process)
                self._webhook = process
            for name in self.internal:
                self._wait(name)
            self.urls = {**self.internal, "webhook": self._open(address, starting)}
            self._clock.start()
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop accepting, store what was accepted, and stop all functions."""
        with self._running:
            self._close()
            if self._webhook is not None:
                _end(self._webhook)
            self._over.set()
            self._clock.join(_STOP_LIMIT)
            ends = time.monotonic() + _DRAIN_LIMIT
            while self.backlog and time.monotonic() < ends:
                self._drain()

    @property
    def backlog(self) -> int:
        """Number of messages that are not acknowledged."""
        return len(self.google.pubsub.backlog(self.named("subscriptions", "events")))

    def dead_letters(self) -> int:
        """Return the number of dead letters."""
        return len(self.google.pubsub.backlog(self.named("subscriptions", "dead-letters")))

    def _make(self) -> None:
        """Create the resources that Terraform creates and the secrets that `make secrets-gcp` sets."""
        pubsub = self.google.pubsub
        for name in ("dead-letters", "events"):
            pubsub.add_topic(self.named("topics", name))
        policy = {"dead_letter_topic": self.named("topics", "dead-letters"), "max_delivery_attempts": 100}
        subscription, topic = self.named("subscriptions", "events"), self.named("topics", "events")
        pubsub.add_subscription(subscription, topic, ack_deadline_seconds=60, dead_letter_policy=policy)
        pubsub.add_subscription(self.named("subscriptions", "dead-letters"), self.named("topics", "dead-letters"))
        values = {
            WEBHOOK_SECRET: self._settings.github_webhook_secret.get_secret_value() or randomness.token_hex(20),
            SOURCE_TOKEN: self._settings.github_access_token.get_secret_value() or "unset",
            DATA_TOKEN: self._settings.repo_write_access_token.get_secret_value() or "unset",
        }
        for name, value in values.items():
            secret = secret_name(self._settings.environment_id, name)
            self.google.secrets.put(f"projects/{_PROJECT}/secrets/{secret}", value)
        self.webhook_secret = required_secrets(values[WEBHOOK_SECRET])[0]

    def _open(self, address: tuple[str, int], running: ExitStack) -> str:
        """Open the front end to the network and return its URL; raises TelemetryError if the port is in use."""
        front_end = FrontEnd(urlsplit(self.internal["webhook"]).port or 0)
        try:
            server = http_server.create(front_end, address, self._log, self._rejected)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise TelemetryError(
                f"HOST={address[0]} PORT={address[1]}: {reason}. Set PORT to one that is free, or use --port."
            ) from None
        self._close = http_server.start_in_thread(server)
        running.callback(self._close)
        return f"http://{address[0]}:{server.effective_port}"

    def _rejected(self, status: int, reason: str, path: str | None) -> None:  # noqa: ARG002 (nothing is counted here)
        self._log("info", "receive", ServerOutcome.REJECTED, status=status, reason=reason)

    def _serve(self, name: str) -> tuple[str, subprocess.Popen[bytes]]:
        port = _bindable(_LOOPBACK, 0)
        command = [
            sys.executable,
            "-P",  # no module of the working folder wins
            "-m",
            "functions_framework",
            "--target",
            name,
            "--source",
            str(_SOURCES / _MAINS[name]),
        ]
        process = subprocess.Popen(
            [*command, "--host", _LOOPBACK, "--port", str(port)],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C goes to this process, which stops the functions in order
        )
        return f"http://{_LOOPBACK}:{port}", process

    def _environment(self) -> Mapping[str, str]:
        chosen = self._settings.model_fields_set - _SECRETS
        settings_values = {name.upper(): str(getattr(self._settings, name)) for name in chosen}
        named = {
            "GRPC_VERBOSITY": "ERROR",  # no messages about closed connections
            "QUEUE_URL": self.named("topics", "events"),
            "QUEUE_SUBSCRIPTION": self.named("subscriptions", "events"),
            "DEAD_LETTERS_URL": self.named("topics", "dead-letters"),
            "RETRY_SECONDS": str(self._settings.retry_seconds),
        }
        coverage_variables = {key: value for key, value in os.environ.items() if key.startswith("COVERAGE_")}
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": os.environ.get("HOME", "/"),
        } | coverage_variables
        environment |= installation.child_environment()
        return environment | settings_values | named | self.google.environment

    def _wait(self, name: str) -> None:
        """Wait until the function answers; raises TelemetryError after 60 s."""
        ends = time.monotonic() + _START_LIMIT
        while time.monotonic() < ends:
            try:
                requests.get(f"{self.internal[name]}/robots.txt", timeout=5)
            except requests.RequestException:
                time.sleep(0.05)
            else:
                return
        raise TelemetryError(f"the function {name} did not start within {_START_LIMIT:.0f} s")

    def _tick(self) -> None:
        pause = self._settings.batch_seconds if self._settings.store == "github" else _TICK
        while not self._over.wait(pause):
            self._drain()

    def _drain(self) -> None:
        try:
            requests.post(self.urls["worker"], timeout=70)
        except requests.RequestException as error:
            self._log("warning", "drain", WorkerCallOutcome.NO_ANSWER, reason=type(error).__name__)
            time.sleep(_TICK)

    def named(self, kind: str, name: str) -> str:
        """Return the full name of a topic or subscription."""
        return f"projects/{_PROJECT}/{kind}/telemetry-{self._settings.environment_id}-{name}"


def _bindable(host: str, port: int) -> int:
    """Return the port, or any free one for 0; raises TelemetryError if it is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise TelemetryError(
                f"HOST={host} PORT={port}: {error.strerror}. Set PORT to one that is free, or use --port."
            ) from None
        free_port: int = probe.getsockname()[1]
    return free_port


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
