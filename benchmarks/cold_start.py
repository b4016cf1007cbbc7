"""From the start of a process to its 202: our webhook function as packaged, beside the same by plain boto3 clients.

Ours finds the standard library and the unpacked webhook.zip, and nothing else. Both are byte-compiled, given the same
event, secret and queue, and run in turns on one core; the emulator of AWS has the other. There is no TLS on the way to it: on AWS both pay for that, ours about 25 ms.
"""

import compileall
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import NamedTuple

from benchmarks import emulated
from benchmarks.payloads import delivery, merged_pull_request
from benchmarks.results import Result
from cli.deployment.clouds.aws import packaging as packages

RUNS = 15
PROMISE = 0.3
_LIMIT = 60.0
_PIPE = subprocess.PIPE
_CALL = """
import json, sys
sys.path[:] = [sys.argv[1] + "/{folder}", *(path for path in sys.path if {is_visible})]
import {module} as function
print(function.handler(json.load(sys.stdin), None)["statusCode"], flush=True)
"""
_WAYS = {
    "bare": "pass",
    "ours": _CALL.format(folder="ours", is_visible="path.startswith(sys.base_prefix)", module="runtimes.aws.webhook"),
    "boto3": _CALL.format(folder="boto3", is_visible="True", module="plain_boto3_webhook"),
}


class Run(NamedTuple):
    """One process."""

    milliseconds: float
    said: str


def run() -> list[Result]:
    """Measure the medians of RUNS interleaved runs."""
    event = json.dumps(delivery(merged_pull_request(25_000)))
    try:
        emulated.core(1)
        with tempfile.TemporaryDirectory() as folder, emulated.emulated() as aws:
            _package(Path(folder))
            runs = _run_interleaved(folder, event, aws.environment)
    finally:
        emulated.all_cores()
    medians = {way: statistics.median(run.milliseconds for run in measurements) for way, measurements in runs.items()}
    return [
        Result("python -I -c pass", medians["bare"], "ms"),
        Result("plain boto3, process start to 202", medians["boto3"], "ms"),
        Result("ours, process start to 202", medians["ours"], "ms"),
        Result("ours ÷ plain boto3", medians["ours"] / medians["boto3"], "", PROMISE),
    ]


def _package(folder: Path) -> None:
    """Unpack our function as the command line builds it, and byte-compile the other one in the same way."""
    native = packages.native_platform()
    webhook = next(built.path for built in packages.build(native, folder / "zips") if built.path.stem == "webhook")
    with zipfile.ZipFile(webhook) as archive:
        archive.extractall(folder / "ours")
    (folder / "boto3").mkdir()
    shutil.copy(Path(__file__).with_name("plain_boto3_webhook.py"), folder / "boto3")
    compileall.compile_dir(folder / "boto3", quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)


def _run_interleaved(folder: str, event: str, environment: dict[str, str]) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {way: [] for way in _WAYS}
    for number in range(RUNS + 1):  # the first warms the disk's cache, and is not counted
        for way, script in _WAYS.items():
            finished = _start(script, folder, event, environment)
            if finished.said != ("" if way == "bare" else "202"):
                raise RuntimeError(f"{way} said {finished.said!r}")
            if number:
                runs[way].append(finished)
    return runs


def _start(script: str, folder: str, event: str, environment: dict[str, str]) -> Run:
    """Return the milliseconds until a process prints its first line, or ends without one."""
    command = [sys.executable, "-I", "-B", "-c", script, folder]
    emulated.core(0)
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdin=_PIPE, stdout=_PIPE, text=True) as process:  # noqa: S603 (ours)
        emulated.core(1)
        watch = threading.Timer(_LIMIT, process.kill)
        watch.start()
        said = _first_line(process, "" if script == _WAYS["bare"] else event)
        milliseconds = (time.perf_counter() - start) * 1000
        process.wait(_LIMIT)
        watch.cancel()
    return Run(milliseconds, said)


def _first_line(process: subprocess.Popen[str], event: str) -> str:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("both are pipes")
    if event:
        process.stdin.write(event)
        process.stdin.close()
    return process.stdout.readline().strip()
