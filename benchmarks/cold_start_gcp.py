"""From the start of functions-framework to the first 202: our webhook function as packaged, beside an empty function.

Both are byte-compiled, served by the same framework in a process of their own, given the same signed delivery, and run in
turns on one core; the fakes of Google Cloud have the other. Beside them the same by Google's own clients, to show what the
light calls save. There is no TLS on the way to the fakes: on Google Cloud all but the empty one pay for that.
"""

import compileall
import http.client
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from benchmarks import emulated
from benchmarks.payloads import SECRET, delivery, merged_pull_request
from benchmarks.results import Result
from cli.deployment.clouds.gcp import packaging as packages
from core.secrets_cache import WEBHOOK_SECRET
from fakes.google.server import FakeGoogle
from runtimes.gcp.secretmanager_secrets import secret_name

RUNS = 15
PROMISE = 1.25
_LIMIT = 60.0
_PROJECT = "projects/bench-project"
_TOPIC, _SUBSCRIPTION = f"{_PROJECT}/topics/events", f"{_PROJECT}/subscriptions/events"
_EMPTY = 'def webhook(request):\n    return "{}", 202\n'
_BY_CLIENTS = """
import os



def webhook(request):
    from core.handler import Request, accept
    from core import webhook_settings
    from core.log import Log
    from core.secrets_cache import SecretsCache
    from core.services import WebhookServices
    from runtimes.gcp import google_clients
    from runtimes.gcp.pubsub_queue import PubSubQueue
    from runtimes.gcp.secretmanager_secrets import SecretManagerSecrets
    from runtimes.gcp.webhook import respond

    settings = webhook_settings.read(os.environ)
    vault = google_clients.secret_manager(os.environ)
    secrets = SecretsCache(SecretManagerSecrets(vault, settings.google_cloud_project, settings.environment_id))
    queue = PubSubQueue(google_clients.pubsub(os.environ, ""), settings.queue_url)
    return respond(request, WebhookServices(settings, secrets, queue, lambda: 0, Log("error")))
"""


def run() -> list[Result]:
    """Measure the medians of RUNS interleaved runs."""
    event = delivery(merged_pull_request(25_000))
    try:
        emulated.core(1)
        with tempfile.TemporaryDirectory() as folder, FakeGoogle("bench-project", authenticated=False) as google:
            _furnish(google)
            ways = _package(Path(folder))
            runs = _run_interleaved(ways, event, google)
    finally:
        emulated.all_cores()
    medians = {way: statistics.median(times) for way, times in runs.items()}
    return [
        Result("an empty function, process start to 202", medians["empty"], "ms"),
        Result("by Google's own clients, process start to 202", medians["clients"], "ms"),
        Result("ours, process start to 202", medians["ours"], "ms"),
        Result("ours ÷ an empty function", medians["ours"] / medians["empty"], "", PROMISE),
    ]


def _furnish(google: FakeGoogle) -> None:
    google.pubsub.add_topic(_TOPIC)
    google.pubsub.add_subscription(_SUBSCRIPTION, _TOPIC)
    google.secrets.put(f"{_PROJECT}/secrets/{secret_name('bench', WEBHOOK_SECRET)}", SECRET)


def _package(folder: Path) -> dict[str, Path]:
    """Return a folder per variant, byte-compiled as Google's build does."""
    archives = {built.path.stem: built.path for built in packages.build(folder / "zips")}
    for way, name in (("ours", "webhook"), ("clients", "worker")):
        with zipfile.ZipFile(archives[name]) as archive:
            archive.extractall(folder / way)
    (folder / "clients" / "main.py").write_text(_BY_CLIENTS)
    (folder / "empty").mkdir()
    (folder / "empty" / "main.py").write_text(_EMPTY)
    ways = {way: folder / way for way in ("empty", "ours", "clients")}
    for path in ways.values():
        compileall.compile_dir(path, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return ways


def _run_interleaved(ways: dict[str, Path], event: dict[str, Any], google: FakeGoogle) -> dict[str, list[float]]:
    runs: dict[str, list[float]] = {way: [] for way in ways}
    environment = {
        "PATH": "/usr/bin:/bin",
        "ENVIRONMENT_ID": "bench",
        "QUEUE_URL": _TOPIC,
        "LOG_LEVEL": "error",
        "THREADS": "80",
        "GRPC_VERBOSITY": "ERROR",
        **google.environment,
    }
    for number in range(RUNS + 1):  # the first warms the disk's cache, and is not counted
        order = list(ways) if number % 2 else list(reversed(ways))
        for way in order:
            milliseconds = _start(ways[way], event, environment)
            if number:
                runs[way].append(milliseconds)
    queued = len(google.pubsub.backlog(_SUBSCRIPTION))
    if queued != 2 * (RUNS + 1):
        raise RuntimeError(f"{queued} messages were queued, not {2 * (RUNS + 1)}")
    return runs


def _start(folder: Path, event: dict[str, Any], environment: dict[str, str]) -> float:
    """Return the milliseconds until the first response."""
    port = emulated.free_port()
    framework = "import sys; sys.path[:] = [sys.argv.pop(1), *(p for p in sys.path if p)]; import runpy; "
    script = f"{framework}runpy.run_module('functions_framework', run_name='__main__', alter_sys=True)"
    arguments = ["--target", "webhook", "--source", str(folder / "main.py"), "--host", "127.0.0.1", "--port", str(port)]
    emulated.core(0)
    start = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 (ours)
        [sys.executable, "-I", "-B", "-c", script, str(folder), *arguments], env=environment, stdout=subprocess.DEVNULL
    ) as process:
        emulated.core(1)
        try:
            status = _first_answer(port, event, start)
            milliseconds = (time.perf_counter() - start) * 1000
        finally:
            process.terminate()
    if status != 202:
        raise RuntimeError(f"{folder.name} answered {status}")
    return milliseconds


def _first_answer(port: int, event: dict[str, Any], start: float) -> int:
    while time.perf_counter() - start < _LIMIT:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_LIMIT)
        try:
            connection.request("POST", "/telemetry", event["body"].encode(), event["headers"])
            return connection.getresponse().status
        except ConnectionError:
            time.sleep(0.002)
        finally:
            connection.close()
    raise RuntimeError("no answer")
