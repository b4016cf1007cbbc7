"""Writes the worker's log; its line about the oldest waiting event is also a CloudWatch metric.

SQS's own metric is silent in an outage that the worker sees: ApproximateAgeOfOldestMessage leaves out messages that were received
three times or more, and an event that is read again is a new message of age 0.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

import sys
from collections.abc import Callable
from enum import StrEnum

from core.batch import SettleOutcome
from core.log import Level, Log, to_stderr
from runtimes.aws.cloudwatch_metrics import embedded


def to_stdout(line: str) -> None:
    """Write to standard output, from which CloudWatch reads metrics."""
    sys.stdout.write(line + "\n")


class WorkerLog(Log):
    """Writes lines of at least `level`, and at any level the metric EventAge, in seconds, of an environment."""

    def __init__(
        self,
        level: str,
        environment_id: str,
        write: Callable[[str], object] = to_stderr,
        write_metric: Callable[[str], object] = to_stdout,
    ) -> None:
        super().__init__(level, write)
        self._environment_id = environment_id
        self._metrics = Log(write=write_metric)

    def always(self, level: Level, step: str, outcome: StrEnum, **fields: str | float | None) -> None:
        """Write a line; the one with the age of the oldest event (`age_ms`) is also the metric."""
        age = fields.get("age_ms")
        if outcome is SettleOutcome.OLDEST and isinstance(age, int | float):
            metric = embedded("EventAge", age / 1000, "Seconds", Environment=self._environment_id)
            self._metrics.always(level, step, outcome, **fields, **metric)
        else:
            super().always(level, step, outcome, **fields)
