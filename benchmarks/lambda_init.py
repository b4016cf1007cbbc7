"""INIT and invocation of the packaged functions under AWS's runtime client, with a tenth of a CPU and the deployed memory.

Beside our webhook function stand one by plain boto3, packaged and byte-compiled in the same way, and an empty one, which shows what the
runtime client itself takes. They run in turns; each number is the median. The event of the worker is one message, which it stores in a folder: no call of GitHub is in its time. On AWS the webhook's
calls go over TLS, and INIT gets a whole CPU for at most ten seconds, so these are the relations, not the times, of a deployment.
The quota counts periods of 100 ms: a warm invocation waits for the next one.
"""

import compileall
import json
import shutil
import statistics
import tempfile
import zipfile
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any, NamedTuple

from benchmarks import emulated
from benchmarks.lambda_runtime import packaged
from benchmarks.payloads import delivery, merged_pull_request
from benchmarks.results import Result
from cli.deployment.clouds.aws import packaging
from core import message
from core.clock import now
from core.events import SignedTriggerEvent

CPUS = 0.1
RUNS = 3
WARM = 5
PROMISE = 0.3
"""As in benchmarks/cold_start.py."""
_WEBHOOK_MEMORY, _WORKER_MEMORY = 256, 512
"""Megabytes: runtime.webhook_memory and runtime.worker_memory of terraform/aws/variables.tf."""


class _Function(NamedTuple):
    handler: str
    package: str
    megabytes: int
    event: Any
    response: bytes
    """A part of every good response."""


class _Run(NamedTuple):
    """Milliseconds of one process, and its megabytes."""

    init: float
    first: float
    warm: float
    memory: float


def run() -> list[Result]:
    """Return INIT, first and warm invocation and memory of each function."""
    with tempfile.TemporaryDirectory() as folder, emulated.emulated() as aws:
        _unpack(Path(folder))
        variables = {**aws.environment, "STORE": "directory", "STORE_DIRECTORY": f"{folder}/stored"}
        runs = _interleaved(Path(folder), variables)
    results = []
    for name, (init, first, warm, memory) in runs.items():
        results += [
            Result(f"{name}: INIT", init, "ms"),
            Result(f"{name}: first invocation", first, "ms"),
            Result(f"{name}: warm invocation", warm, "ms"),
            Result(f"{name}: memory, of {_functions()[name].megabytes}", memory, "MB", _functions()[name].megabytes),
        ]
    empty, ours, boto3 = (runs[name].init + runs[name].first for name in ("empty", "webhook", "plain boto3"))
    return [
        *results,
        Result("webhook ÷ plain boto3, both without the empty one", (ours - empty) / (boto3 - empty), "", PROMISE),
    ]


def _functions() -> dict[str, _Function]:
    request = delivery(merged_pull_request(25_000))
    return {
        "empty": _Function("empty.handler", "empty", _WEBHOOK_MEMORY, {}, b"null"),
        "webhook": _Function("runtimes.aws.webhook.handler", "webhook", _WEBHOOK_MEMORY, request, b'"statusCode": 202'),
        "plain boto3": _Function(
            "plain_boto3_webhook.handler", "boto3", _WEBHOOK_MEMORY, request, b'"statusCode": 202'
        ),
        "worker": _Function(
            "runtimes.aws.worker.handler", "worker", _WORKER_MEMORY, _batch(), b'"batchItemFailures": []'
        ),
    }


def _batch() -> dict[str, Any]:
    payload = {
        "action": "completed",
        "check_suite": {"id": 1, "conclusion": "success", "created_at": "2026-11-24T06:00:00Z"},
        "repository": {"id": 1, "name": "hello-world", "owner": {"login": "octo-org"}},
    }
    body = message.encode(SignedTriggerEvent("github::check_suite", "d-1", now(), payload))
    record = {"messageId": "1", "receiptHandle": "1", "body": body, "attributes": {"ApproximateReceiveCount": "1"}}
    return {"Records": [record]}


def _unpack(folder: Path) -> None:
    """Unpack our zips, and give the other byte code and the same dependencies as the worker."""
    native = packaging.native_platform()
    for built in packaging.build(native, folder / "zips"):
        with zipfile.ZipFile(built.path) as archive:
            archive.extractall(folder / built.path.stem)
    (folder / "empty").mkdir()
    (folder / "empty" / "empty.py").write_text("def handler(event, context):\n    pass\n")
    shutil.copytree(folder / "worker", folder / "boto3")
    shutil.copy(Path(__file__).with_name("plain_boto3_webhook.py"), folder / "boto3")
    unchecked = PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_file(folder / "boto3" / "plain_boto3_webhook.py", quiet=1, invalidation_mode=unchecked)


def _interleaved(folder: Path, variables: dict[str, str]) -> dict[str, _Run]:
    functions = _functions()
    runs: dict[str, list[_Run]] = {name: [] for name in functions}
    for _ in range(RUNS):
        for name, function in functions.items():
            runs[name].append(_once(function, folder / function.package, variables))
    return {name: _Run(*map(statistics.median, zip(*timings, strict=True))) for name, timings in runs.items()}


def _once(function: _Function, package: Path, variables: dict[str, str]) -> _Run:
    with packaged(function.handler, package, variables, cpus=CPUS, megabytes=function.megabytes) as started:
        seconds = []
        for _ in range(1 + WARM):
            answered = started.invoke(function.event)
            if answered.failed or function.response not in answered.body:
                raise RuntimeError(f"{function.handler}: {json.dumps(answered.body.decode())[:500]}")
            seconds.append(answered.seconds)
        first, *warm = seconds
        return _Run(started.init * 1000, first * 1000, statistics.median(warm) * 1000, started.peak)
