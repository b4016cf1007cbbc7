"""The queue that a folder's server uses, recorded in the folder, so that other commands use the same one and never guess it."""

from enum import StrEnum
from pathlib import Path

from runtimes.local.state_folder import STATE, make_private, read_json, write_private

_NAME = "queue.json"


class QueueChoice(StrEnum):
    """The queues of `telemetry serve`, as its option --queue names them."""

    SQLITE = "sqlite"
    """A file in the state folder, and the scheduled jobs in the same process."""
    LOCALSTACK = "localstack"
    """SQS at an emulator of AWS: LocalStack's API."""


def record(choice: QueueChoice, folder: Path = STATE) -> None:
    """Record the queue of the folder's server. Raises StateFolderError."""
    make_private(folder)
    if recorded(folder) != choice:
        write_private(folder / _NAME, {"queue": choice.value})


def recorded(folder: Path = STATE) -> QueueChoice | None:
    """Return the queue of the folder's last server; None if no server has recorded one."""
    value = read_json(folder / _NAME).get("queue")
    return QueueChoice(value) if value in list(QueueChoice) else None
