"""An emulator of AWS for the length of a benchmark, with a secret and a queue, on a core of its own where there are two."""

import os
import socket
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.payloads import SECRET
from core.secrets_cache import WEBHOOK_SECRET
from core.settings import load
from runtimes.aws.ssm_secrets import parameter_name
from runtimes.local import wiring
from runtimes.local.emulator.emulator import ALL, Emulator


class Emulated(NamedTuple):
    """What a webhook function finds."""

    clients: wiring.Clients
    environment: dict[str, str]
    """All of it: nothing else of ours may differ between what is compared."""


@contextmanager
def emulated() -> Iterator[Emulated]:
    """Start an emulator with a temporary folder; stop it and delete the folder at the end."""
    with tempfile.TemporaryDirectory() as folder, _only_here({"AWS_ENDPOINT_URL", "AWS_PROFILE"}):
        emulator = Emulator(state=Path(folder), services=ALL, ephemeral=True)
        emulator.start()
        try:
            yield _create_resources(emulator.endpoint)
        finally:
            emulator.stop()


def _create_resources(endpoint: str) -> Emulated:
    clients = wiring.clients(endpoint)
    environment_id = f"b{uuid.uuid4().hex[:12]}"
    parameter = parameter_name(environment_id, WEBHOOK_SECRET)
    clients.ssm.put_parameter(Name=parameter, Value=SECRET, Type="SecureString")
    environment = {
        "PATH": os.defpath,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "accesskey",  # localstack-client's: the same account
        "AWS_SECRET_ACCESS_KEY": "secretkey",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "ENVIRONMENT_ID": environment_id,
        "QUEUE_URL": wiring.make_queues(clients.sqs, load(environment_id=environment_id)).queue,
        "LOG_LEVEL": "error",
    }
    return Emulated(clients, environment)


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def core(number: int) -> None:
    """Run this process and its children on one core from now on; with a single core, all share it."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(_CORES)
        os.sched_setaffinity(0, {cores[number % len(cores)]})


def all_cores() -> None:
    """Run on any core again."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, _CORES)


@contextmanager
def _only_here(names: set[str]) -> Iterator[None]:
    """Remove environment variables, and restore them at the end."""
    before: dict[str, Any] = {name: os.environ.pop(name, None) for name in names}
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
