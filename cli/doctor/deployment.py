"""Checks the dead letters, the queue and the scheduled jobs of a deployment, and the dead letters of this folder's server."""

import json
import time
from collections.abc import Iterator
from contextlib import closing

from cli.doctor import FAILURE, OK, WARNING, DiagnosticContext, Finding
from runtimes.local import queue_choice, sqlite_wiring
from runtimes.local.queue_choice import QueueChoice
from runtimes.local.sqlite_queue import SqliteQueue
from telemetry_functions.installation import instruction

_HOUR = 3_600_000
_LATELY = 900_000
"""Age limit of worker log lines in milliseconds; older problems may be fixed."""


def dead_letters(context: DiagnosticContext) -> Iterator[Finding]:
    """Check that there are no dead letters, here only if this folder's server has the embedded queue.

    Its `/health` counts those since its start only.
    """
    if context.cloud is not None:
        reasons = context.cloud.replay(context.outputs, dry_run=True)
        command = instruction(f"replay-dead-letters-{context.name}")
    elif queue_choice.recorded() == QueueChoice.SQLITE:
        with closing(sqlite_wiring.open_existing_file(context.settings)) as file:
            reasons = SqliteQueue(file).dead_letter_reasons()
        command = f"telemetry replay-dead-letters {QueueChoice.SQLITE}"
    else:
        return
    if reasons:
        [(reason, _)] = reasons.most_common(1)
        remedy = f"fix the cause, then run `{command}`"
        yield Finding(WARNING, f"{reasons.total()} dead letters wait, most of them for: {reason}", remedy)
    else:
        yield Finding(OK, "there are no dead letters")


def queue(context: DiagnosticContext) -> Iterator[Finding]:
    """Check in the worker's latest log lines that no event waits for a store or a token."""
    if context.cloud is None:
        return
    since = int(time.time() * 1000) - _LATELY
    lines = map(
        _parse_line, (line.text for line in context.cloud.log_lines(context.outputs["function_names"]["worker"], since))
    )
    stored = [line for line in lines if line.get("step") == "store" and line.get("outcome") in ("stored", "waiting")]
    if stored and stored[-1]["outcome"] == "waiting":
        yield Finding(
            WARNING, f"events wait in the queue: {stored[-1].get('reason')}", "docs/GITHUB.md, *When no records arrive*"
        )
    else:
        yield Finding(OK, "the worker's latest log lines name no event that waits for a store or a token")


def jobs(context: DiagnosticContext) -> Iterator[Finding]:
    """Check in the schedule function's log that each scheduled job succeeded within the period of its alarm.

    A minimal deployment has neither jobs nor that function.
    """
    if context.cloud is None:
        return
    periods = {name: int(job["alarm_hours"]) for name, job in context.outputs["schedules"].items()}
    if not periods:
        remedy = "set `schedules` in ENVIRONMENT_ID.tfvars, if jobs should run"
        yield Finding(WARNING, "no job is scheduled: lost deliveries are not recovered", remedy)
        return
    now, longest = int(time.time() * 1000), max(periods.values())
    lines = context.cloud.log_lines(context.outputs["function_names"]["schedule"], now - longest * _HOUR)
    done: dict[object, int] = {}
    for line in lines:
        entry = _parse_line(line.text)
        if (entry.get("step"), entry.get("outcome")) == ("job", "done"):
            done[entry.get("job")] = max(line.at, done.get(entry.get("job"), 0))
    for name, hours in sorted(periods.items()):
        if done.get(name, 0) >= now - hours * _HOUR:
            yield Finding(OK, f"the job {name} has succeeded in the last {hours} hours")
        else:
            what = f"the log has no success of the job {name} in the last {hours} hours"
            logs = instruction(f"logs-{context.name}", LOGS=f"--function schedule --minutes {hours * 60}")
            remedy = f"`{logs}` shows its runs"
            yield Finding(FAILURE, what, f"{remedy}; if the deployment is newer, wait")


def _parse_line(text: str) -> dict[str, object]:
    try:
        entry = json.loads(text)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
