"""The webhook's own work on a merged pull request; then over HTTP, beside what one send to SQS costs by itself."""

import http.client
import itertools
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import emulated
from benchmarks.payloads import SECRET, delivery, merged_pull_request
from benchmarks.results import Result
from benchmarks.timing import measure
from core import message
from core.add_signature import add_signature
from core.handler import Request, accept
from core.log import Log
from core.ports import QueuedMessage
from core.secrets_cache import WEBHOOK_SECRET, SecretsCache
from core.services import WebhookServices
from core.webhook import receive
from core.webhook_settings import WebhookSettings
from runtimes.aws.aws_api import SQS, AwsApi
from runtimes.aws.sqs_queue import SqsQueue
from runtimes.local.server import PATH
from tests.memory_adapters import MemorySecrets

SMALL, LARGE = 25_000, 1_000_000
SECONDS = 3.0
_LIMIT = 60.0
_PIPE = subprocess.PIPE


def run() -> list[Result]:
    """Measure the webhook's own work, then medians over HTTP with one client on one kept-alive connection."""
    small, large = merged_pull_request(SMALL), merged_pull_request(LARGE)
    quick, slow = measure({"25 KB": _accepting(small), "1 MB": _accepting(large)}, SECONDS).values()
    own = [
        Result("own work, 25 KB", quick.quiet * 1000, "ms", 0.35),
        Result("own work, 25 KB, median of all", quick.median * 1000, "ms"),
        Result("own work, 1 MB", slow.quiet * 1000, "ms", 40),
        Result("own work, 1 MB, median of all", slow.median * 1000, "ms"),
    ]
    with emulated.emulated() as aws, _front_door(aws.environment) as port:
        times = _run_interleaved(_sends(aws, small) | {"post": _posting(port, small)})
    post, boto3, light = (statistics.median(times[name]) for name in ("post", "boto3", "light"))
    return [
        *own,
        Result("POST over HTTP, 25 KB, median", post, "ms"),
        Result("POST over HTTP, 25 KB, one client", 1000 / statistics.mean(times["post"]), "/s"),
        Result("one SQS send of its message, boto3", boto3, "ms"),
        Result("one SQS send of its message, ours", light, "ms"),
        Result("POST ÷ boto3's send", post / boto3, ""),
    ]


class _LastMessage:
    """A queue that keeps only the last message, so that nothing but our own work is measured."""

    limit = SqsQueue.limit

    def __init__(self) -> None:
        self.body = ""

    def send(self, body: str, delay: int = 0) -> str:
        """Keep the message; the webhook does not delay it."""
        self.body = body
        return str(delay)

    def hide(self, message: QueuedMessage, delay: int) -> None:
        """Fail: only the worker calls this."""
        raise NotImplementedError

    def dead_letter(self, message: QueuedMessage, reason: str) -> None:
        """Fail: only the worker calls this."""
        raise NotImplementedError


def _accepting(body: bytes) -> Callable[[], object]:
    """Verify, parse, identify, slim, pack and queue, in memory."""
    headers = delivery(body)["headers"]
    cache, queue = SecretsCache(MemorySecrets({WEBHOOK_SECRET: SECRET})), _LastMessage()

    def once() -> None:
        services = WebhookServices(WebhookSettings(), cache, queue, lambda: 0, Log("error"))
        response = accept(Request(headers, body), services)
        if response.status != 202:
            raise RuntimeError(f"accept answered {response.status}")

    return once


def _sends(aws: emulated.Emulated, body: bytes) -> dict[str, Callable[[], object]]:
    event = add_signature(receive(delivery(body)["headers"], body, [SECRET], 0).event)
    if event is None:
        raise RuntimeError("no metric listens to a pull request")
    text, url = message.encode(event), aws.environment["QUEUE_URL"]
    boto3, light = SqsQueue(aws.clients.sqs, url), SqsQueue(AwsApi(SQS, aws.environment), url)
    return {"boto3": lambda: boto3.send(text), "light": lambda: light.send(text)}


def _posting(port: int, body: bytes) -> Callable[[], object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_LIMIT)
    headers = delivery(body)["headers"]

    def once() -> None:
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 202:
            raise RuntimeError(f"POST {PATH} answered {answer.status}")

    return once


@contextmanager
def _front_door(environment: dict[str, str]) -> Iterator[int]:
    """Start the webhook in a process of its own and yield its port; as in production, the sender is another process."""
    command = [sys.executable, "-m", "benchmarks.webhook_server"]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, env=environment, cwd=root, stdin=_PIPE, stdout=_PIPE, text=True) as process:  # noqa: S603 (ours)
        watch = threading.Timer(_LIMIT, process.kill)
        watch.start()
        try:
            output: Any = process.stdout
            yield int(output.readline())
        finally:
            process.terminate()
            process.wait(_LIMIT)
            watch.cancel()


def _run_interleaved(ways: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Return the milliseconds of every run, the functions in turns, for SECONDS per function."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for once in ways.values():
        once()  # connections, caches
    ends = time.monotonic() + SECONDS * len(ways)
    for name in itertools.cycle(ways):
        if time.monotonic() > ends:
            return times
        start = time.perf_counter()
        ways[name]()
        times[name].append((time.perf_counter() - start) * 1000)
    raise AssertionError  # there is no end to a cycle
