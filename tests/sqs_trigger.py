"""A fake of SQS and of the Lambda trigger that reads it, in simulated time: what carries and counts the hops of a message.

- boto3 in a function sends `_X_AMZN_TRACE_ID` as the header `X-Amzn-Trace-Id` (botocore.handlers.add_recursion_detection_header,
  here for real: the client's requests end in this fake).
- SQS keeps that header as the system attribute AWSTraceHeader, unless the sender sets the attribute:
  https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
- Lambda counts the invocations of a chain in its field Lineage and stops the next one after about 16; the trigger's message stays
  in the queue: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
- Lineage is `invocations:hash of the function:requests`: open-telemetry/opentelemetry-java-contrib, AwsXrayPropagator.java.
- After maxReceiveCount receives SQS moves the message to the dead-letter queue as it is:
  https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html

AWS does not document the Lineage of a batch. Here a batch has the highest of its messages, which is the worst case.
"""

import io
import itertools
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

MOST_HOPS = 16
_LINEAGE = re.compile(r"Lineage=([0-9]+):([0-9a-f]{8}):[0-9]+")
_MODULE = Path(__file__).parents[1] / "terraform" / "aws"
_RECURSION = re.compile(
    r'^resource "aws_lambda_function_recursion_config" "\w+" \{\n'
    r"\s*function_name\s*=\s*module\.worker\.name\n"
    r'\s*recursive_loop\s*=\s*"(\w+)"\n\}',
    re.MULTILINE,
)

Record = dict[str, Any]


class Limits(NamedTuple):
    """The settings of the queues and of the trigger; the defaults are those of terraform/aws/variables.tf."""

    receives: int
    visibility: int = 6 * 300
    batch_size: int = 1000
    window: int = 60


class _Message:
    def __init__(self, body: str, trace: str, visible_at: float) -> None:
        self.body = body
        self.trace = trace
        self.visible_at = visible_at
        self.reason = ""
        self.receives = 0


class DeadLetter(NamedTuple):
    """A message of the dead-letter queue."""

    body: str
    reason: str
    """Empty for a message that SQS moved there."""
    at: float


def recursive_loop() -> str:
    """Return what terraform/aws sets for the worker: `Terminate`, as on AWS, if it sets nothing."""
    matches = [match for path in sorted(_MODULE.glob("*.tf")) for match in _RECURSION.findall(path.read_text())]
    return str(matches[0]) if matches else "Terminate"


def most_receives() -> int:
    """Return maxReceiveCount of terraform/aws."""
    [count] = re.findall(r"maxReceiveCount = ([0-9]+)", (_MODULE / "queue.tf").read_text())
    return int(count)


class SqsTrigger:
    """The queues `events` and `retries`, their dead-letter queue, and a function that both invoke."""

    def __init__(self, clock: Callable[[], float], recursive_loop: str, limits: Limits | None = None) -> None:
        """Create empty queues. `clock` is in seconds, and `recursive_loop` is `Allow` or `Terminate`."""
        self._clock = clock
        self._limits = limits or Limits(most_receives())
        self._terminates = recursive_loop != "Allow"
        self._queues: dict[str, dict[str, _Message]] = {"events": {}, "retries": {}}
        self._numbers = itertools.count(1)
        self.dead: list[DeadLetter] = []
        self.refused = 0
        """Invocations that Lambda stopped."""
        self.hops = 0
        """The most invocations of a chain."""
        self.client = boto3.client("sqs", "us-east-1", aws_access_key_id="id", aws_secret_access_key="key")
        self.client.meta.events.register("before-send.sqs", self._answer)

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def url(self, queue: str) -> str:
        """Return the URL of a queue: events, retries or dead-letters."""
        return f"https://sqs.us-east-1.amazonaws.com/000000000000/{queue}"

    def put(self, body: str) -> None:
        """Queue an event as the webhook does, whose client sends no trace header."""
        self._send("events", body, "", 0)

    def next_at(self) -> float | None:
        """Return when the next batch is full or its window over, in seconds; None if all queues are empty."""
        times = [min(m.visible_at for m in queue.values()) for queue in self._queues.values() if queue]
        return min(times) + self._limits.window if times else None

    def deliver(self, function: Callable[[Record], Record]) -> None:
        """Invoke the function with the visible messages of each queue, one batch for each."""
        for name in self._queues:
            batch = self._receive(name)
            if not batch:
                continue
            lineage = max(map(_hops, (message.trace for message in batch.values()))) + 1
            if self._terminates and lineage > MOST_HOPS:
                self.refused += 1
                continue  # RecursiveInvocationException: the messages come back after their visibility timeout
            self.hops = max(self.hops, lineage)
            trace = f"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage={lineage}:a87bd80c:0"
            variables = {"AWS_LAMBDA_FUNCTION_NAME": "worker", "_X_AMZN_TRACE_ID": trace}
            event = {"Records": [self._record(name, id, message) for id, message in batch.items()]}
            with mock.patch.dict(os.environ, variables):
                response = function(event)
            failed = {item["itemIdentifier"] for item in response["batchItemFailures"]}
            for id in batch.keys() - failed:
                del self._queues[name][id]

    def _receive(self, name: str) -> dict[str, _Message]:
        queue, now = self._queues[name], self._clock()
        visible = [id for id, message in queue.items() if message.visible_at <= now][: self._limits.batch_size]
        for id in visible:
            message = queue[id]
            message.receives += 1
            message.visible_at = now + self._limits.visibility
            if message.receives > self._limits.receives:
                self.dead.append(DeadLetter(queue.pop(id).body, "", now))
        return {id: queue[id] for id in visible if id in queue}

    def _record(self, name: str, id: str, message: _Message) -> Record:
        attributes = {"ApproximateReceiveCount": str(message.receives)}
        return {
            "messageId": id,
            "receiptHandle": f"{id}#{message.receives}",
            "body": message.body,
            "attributes": {**attributes, **({"AWSTraceHeader": message.trace} if message.trace else {})},
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{name}",
        }

    def _send(self, queue: str, body: str, trace: str, delay: int) -> str:
        id = f"message-{next(self._numbers)}"
        self._queues[queue][id] = _Message(body, trace, self._clock() + delay)
        return id

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answer a request of the client; fail on one that the worker does not make."""
        operation = request.headers["X-Amz-Target"].decode().removeprefix("AmazonSQS.")
        fields = json.loads(request.body)
        queue = fields["QueueUrl"].rpartition("/")[2]
        answer: dict[str, Any] = {}
        if operation == "SendMessage" and queue == "dead-letters":
            reason = fields["MessageAttributes"]["reason"]["StringValue"]
            self.dead.append(DeadLetter(fields["MessageBody"], reason, self._clock()))
            answer = {"MessageId": f"message-{next(self._numbers)}"}
        elif operation == "SendMessage":
            trace = request.headers.get("X-Amzn-Trace-Id", b"")
            trace = trace.decode() if isinstance(trace, bytes) else trace
            answer = {"MessageId": self._send(queue, fields["MessageBody"], trace, fields.get("DelaySeconds", 0))}
        elif operation == "ChangeMessageVisibility":
            id = fields["ReceiptHandle"].partition("#")[0]
            self._queues[queue][id].visible_at = self._clock() + fields["VisibilityTimeout"]
        else:
            raise AssertionError(f"the worker does not call {operation}")
        return AWSResponse(request.url, 200, {}, _Raw(json.dumps(answer).encode()))


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> "itertools.chain[bytes]":
        """Return the body in one piece, as urllib3 does."""
        return itertools.chain([self.read()])


def _hops(trace: str) -> int:
    match = _LINEAGE.search(trace)
    return int(match[1]) if match else 0
