"""Replaces Lambda's event source mapping: passes batches from SQS to the worker and deletes processed messages.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from core.batch import BatchResult
from core.log import Log
from runtimes.local.health import Health

if TYPE_CHECKING:  # the stubs are for mypy only
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        DeleteMessageBatchRequestEntryTypeDef,
        MessageTypeDef,
    )

_AT_ONCE = 10  # SQS returns and deletes at most ten messages a call
_PAUSE = 1.0
_STOPPING = 0.8
"""The worker's share of the time to stop; the rest is for deleting processed messages."""


class Pace(NamedTuple):
    """Size and timing of batches."""

    batch_size: int = 1000
    """Maximum number of messages."""
    window: float = 1.0
    """Seconds to fill a batch, from its first message on; short, because a developer is waiting."""
    spacing: float = 0.0
    """Minimum seconds from the start of one batch to the start of the next."""
    visibility: int = 20
    """Visibility timeout in seconds, extended while the worker runs."""
    limit: float = 300.0
    """Seconds that a batch may take, as in Terraform's `queue.worker_timeout`."""


USUAL = Pace()
Record = dict[str, Any]
Work = Callable[[dict[str, Any], Callable[[BatchResult], object]], dict[str, Any]]


class PollOutcome(StrEnum):
    """The outcome of polling the queue, in the log."""

    FAILED = "failed"
    NOT_RENEWED = "not-renewed"


class Poller:
    """Passes the messages of one queue to `work` (a worker function), in its own thread, until stopped."""

    def __init__(self, sqs: "SQSClient", url: str, work: Work, health: Health, log: Log, pace: Pace = USUAL) -> None:
        self._sqs = sqs
        self._url = url
        self._work = work
        self._health = health
        self._log = log
        self._pace = pace
        self._next = self._ends = time.monotonic()
        self._stopped_by = inf
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="poller")

    def start(self) -> None:
        """Start to poll."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Stop after the current batch, or after the part of it that is done within `timeout` seconds."""
        self._stopped_by = time.monotonic() + timeout * _STOPPING
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def seconds_left(self) -> float:
        """Return the seconds until the current batch must be settled."""
        return min(self._ends, self._stopped_by) - time.monotonic()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._stopping.wait(self._next - time.monotonic())
                self.poll()
            except Exception as error:  # noqa: BLE001 (a restarted emulator must not stop the server)
                self._log("warning", "poll", PollOutcome.FAILED, reason=type(error).__name__)
                self._stopping.wait(_PAUSE)

    def poll(self) -> None:
        """Process one batch, if a message arrives within a second."""
        records = self._gather()
        if not records:
            return
        self._next = time.monotonic() + self._pace.spacing
        ids = [record["messageId"] for record in records]
        self._health.received(ids)
        results: list[BatchResult] = []
        self._ends = time.monotonic() + self._pace.limit
        with self._heartbeat(records):
            answer = self._work({"Records": records}, results.append)
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        self._delete([record for record in records if record["messageId"] not in failed])
        for result in results:
            self._health.record_batch(ids, result)

    def _gather(self) -> list[Record]:
        records = self._receive(wait=1)
        first = time.monotonic()
        ends, latest = first + self._pace.window, first + self._pace.visibility / 3  # then the heartbeat extends it
        while records and len(records) < self._pace.batch_size and not self._stopping.is_set():
            if time.monotonic() >= latest:
                break
            more = self._receive(wait=0)
            records += more
            if not more and time.monotonic() >= ends:
                break
            if not more:
                self._stopping.wait(0.05)
        return records

    def _receive(self, wait: int) -> list[Record]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_AT_ONCE,
            WaitTimeSeconds=wait,
            VisibilityTimeout=self._pace.visibility,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [_lambda_record(message) for message in answer.get("Messages", [])]

    def _delete(self, records: Sequence[Record]) -> None:
        for entries in _batches(records):
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)

    @contextmanager
    def _heartbeat(self, records: Sequence[Record]) -> Iterator[None]:
        """Extend the visibility timeout while the work runs; messages return soon if this process is killed."""
        stopped = threading.Event()
        heartbeat = threading.Thread(
            target=self._renew_visibility, args=(records, stopped), name="heartbeat", daemon=True
        )
        heartbeat.start()
        try:
            yield
        finally:
            stopped.set()
            heartbeat.join()

    def _renew_visibility(self, records: Sequence[Record], stopped: threading.Event) -> None:
        while not stopped.wait(self._pace.visibility / 3):
            for entries in _batches(records):
                longer: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
                    {**entry, "VisibilityTimeout": self._pace.visibility} for entry in entries
                ]
                try:
                    self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=longer)
                except Exception as error:  # noqa: BLE001 (at worst a message is processed twice, which is harmless)
                    self._log("warning", "poll", PollOutcome.NOT_RENEWED, reason=type(error).__name__)


def _lambda_record(message: "MessageTypeDef") -> Record:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "eventSource": "aws:sqs",
    }


def _batches(records: Sequence[Record]) -> "Iterator[list[DeleteMessageBatchRequestEntryTypeDef]]":
    for start in range(0, len(records), _AT_ONCE):
        batch = records[start : start + _AT_ONCE]
        yield [{"Id": str(n), "ReceiptHandle": record["receiptHandle"]} for n, record in enumerate(batch)]
