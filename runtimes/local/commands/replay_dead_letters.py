"""`telemetry replay-dead-letters`: what could never work, once it can."""

from collections import Counter
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from core.errors import TelemetryError
from runtimes.local import targets, terminal
from runtimes.local.terraform import Root

_AT_ONCE = 10
_HIDDEN = 120
"""Seconds that a letter in hand is hidden from others; one that is not deleted by then comes back."""


def command(
    target: Annotated[str, typer.Argument(help="aws, or local: the emulator.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what there is, and why.")] = False,
) -> None:
    """Put the dead letters back into the queue, after what killed them was mended; each with its reason."""
    settings = terminal.settings()
    try:
        place = targets.target(target, settings)
        targets.check(place)
        root = Root(place, settings)
        root.prepare()
        told = root.outputs()
        reasons = replay(place.client("sqs"), told["dead_letters"], told["queues"]["events"], dry_run=dry_run)
    except TelemetryError as error:
        terminal.fail(str(error), 1)
    table = Table("letters", "reason", box=box.SIMPLE, pad_edge=False)
    for reason, count in reasons.most_common():
        table.add_row(str(count), reason)
    terminal.console().print(table)
    typer.echo(f"{reasons.total()} dead letters {'are there' if dry_run else 'were looked at; events went back'}")


def replay(sqs: Any, dead_letters: str, queue: str, *, dry_run: bool) -> Counter[str]:
    """How many letters there are of each reason; each is put back before it is deleted, so none is ever nowhere.

    What the scheduler could not deliver is no event, and stays: its next run does the same work.
    """
    reasons: Counter[str] = Counter()
    seen: set[str] = set()
    while True:
        asked = {"QueueUrl": dead_letters, "MaxNumberOfMessages": _AT_ONCE, "VisibilityTimeout": _HIDDEN}
        letters = sqs.receive_message(**asked, MessageAttributeNames=["All"], WaitTimeSeconds=1).get("Messages", [])
        new = [letter for letter in letters if letter["MessageId"] not in seen]
        if not new:
            return reasons
        for letter in new:
            seen.add(letter["MessageId"])
            attributes = letter.get("MessageAttributes", {})
            scheduled = "ERROR_CODE" in attributes
            told = attributes.get("ERROR_MESSAGE" if scheduled else "reason", {}).get("StringValue")
            reasons[told or "received a hundred times"] += 1
            if not dry_run and not scheduled:
                sqs.send_message(QueueUrl=queue, MessageBody=letter["Body"])
                sqs.delete_message(QueueUrl=dead_letters, ReceiptHandle=letter["ReceiptHandle"])
