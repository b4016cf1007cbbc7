"""`telemetry logs`: prints the logs of a deployment's functions."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import console
from cli.deployment import lookup
from cli.deployment.cloud import Cloud, LogLine
from cli.panels import Panel
from cli.target_argument import TargetName
from core.errors import TelemetryError

PANEL = Panel.OPERATE
EXAMPLES = ("telemetry logs aws --function worker --minutes 5", "telemetry logs aws --follow")
_PAUSE = 3.0
_OVERLAP = 60_000
"""Milliseconds to read again on each poll, because log lines may arrive out of order."""


def command(
    target: TargetName,
    function: Annotated[str, typer.Option(help="webhook, worker or schedule (default: all).")] = "",
    minutes: Annotated[int, typer.Option(help="Minutes to look back.", min=1)] = 60,
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Keep printing new lines until Ctrl-C.")] = False,
) -> None:
    """Print the log lines of the functions, oldest first.

    Each line has its time and function.
    """
    settings = console.deployment_settings()
    try:
        deployment = lookup.find(target, settings)
        names: dict[str, str] = deployment.outputs["function_names"]
        if function and function not in names:
            console.fail(f"unknown function {function!r} (choose from {', '.join(names)})")
        chosen = {function: names[function]} if function else names
        since = int(time.time() * 1000) - minutes * 60_000
        printed = 0
        for line in (
            follow_lines(deployment.cloud, chosen, since) if follow else _ordered_lines(deployment.cloud, chosen, since)
        ):
            console.echo(line)
            printed += 1
        if not printed:
            console.echo(f"nothing was written in the last {minutes} minutes")
    except TelemetryError as error:
        console.fail(str(error), 1)
    except KeyboardInterrupt:
        raise typer.Exit from None


def follow_lines(cloud: Cloud, functions: dict[str, str], since: int) -> Iterator[str]:
    """Yield log lines without end, each line once."""
    printed: set[str] = set()
    while True:
        yield from _ordered_lines(cloud, functions, since, printed)
        since = max(since, int(time.time() * 1000) - _OVERLAP)
        time.sleep(_PAUSE)


def _ordered_lines(
    cloud: Cloud, functions: dict[str, str], since: int, printed: set[str] | None = None
) -> Iterator[str]:
    lines: list[tuple[LogLine, str]] = [
        (line, function) for function, name in functions.items() for line in cloud.log_lines(name, since)
    ]
    for line, function in sorted(lines, key=lambda pair: pair[0].at):
        if printed is None or line.id not in printed:
            at = datetime.fromtimestamp(line.at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            yield f"{at}  {function:8}  {line.text}"
        if printed is not None:
            printed.add(line.id)
