"""One invocation of the worker function in a process of its own: `poisoned_worker.py API DIRECTORY SECONDS < RECORDS`.

As on AWS: boto3 and a client are there, the batch is a list of SQS records, and the answer names what must stay in the queue.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import boto3

from core.github.api import pooled_session
from core.github.reader import GitHubClient
from core.log import Log
from core.secrets_cache import SOURCE_TOKEN, SecretsCache
from core.services import WorkerServices
from core.settings import load
from core.stores.directory import DirectoryStore
from runtimes.aws import worker
from tests.memory_adapters import MemoryQueue, MemorySecrets


class Queue(MemoryQueue):
    """What the worker puts, buries and defers; the messages of the batch are not in it."""

    def hide(self, message: Any, delay: int) -> None:
        """It stays in the queue of whoever started this process."""


def peak() -> int:
    """Megabytes of this process alone: `ru_maxrss` would be that of the process that started it, if that had more."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024


def main(api: str, directory: str, seconds: float) -> None:
    boto3.client("sqs", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    secrets = SecretsCache(MemorySecrets({SOURCE_TOKEN: "t"}))
    queue, ends = Queue(time.time), time.monotonic() + seconds
    services = WorkerServices(
        load(),
        DirectoryStore(directory),
        GitHubClient(pooled_session(), secrets, api),
        queue,
        lambda: int(time.time() * 1000),
        Log("error"),
    )
    services = services._replace(seconds_left=lambda: ends - time.monotonic() - worker.MARGIN)
    answer = worker.respond({"Records": json.load(sys.stdin)}, services)
    json.dump(
        {
            "failed": [failure["itemIdentifier"] for failure in answer["batchItemFailures"]],
            "dead": [letter.reason for letter in queue.dead],
            "again": len(queue),
            "peak": peak(),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
