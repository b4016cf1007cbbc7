"""What only a deployment has: dead letters, and jobs that run by the clock."""

import json
import time
from collections.abc import Iterator

from core.jobs import all_jobs
from runtimes.local.doctor import FAILURE, OK, WARNING, Finding, Patient

_PERIOD = 25 * 3_600_000
"""Milliseconds in which each job should have succeeded: terraform's alarm_hours."""


def dead_letters(patient: Patient) -> Iterator[Finding]:
    """Whether there are any."""
    if patient.cloud is None:
        return
    reasons = patient.cloud.replay(patient.outputs, dry_run=True)
    if reasons:
        [(reason, _)] = reasons.most_common(1)
        remedy = f"mend it, then `make replay-dead-letters-{patient.name}`"
        yield Finding(WARNING, f"{reasons.total()} dead letters wait, most of them for: {reason}", remedy)
    else:
        yield Finding(OK, "there are no dead letters")


def jobs(patient: Patient) -> Iterator[Finding]:
    """Whether each has succeeded in its period, by the log of the schedule function."""
    if patient.cloud is None:
        return
    since = int(time.time() * 1000) - _PERIOD
    lines = [_read(line.text) for line in patient.cloud.log_lines(patient.outputs["function_names"]["schedule"], since)]
    done = {line.get("job") for line in lines if line.get("step") == "job" and line.get("outcome") == "done"}
    for name in all_jobs():
        if name in done:
            yield Finding(OK, f"the job {name} has succeeded in the last {_PERIOD // 3_600_000} hours")
        else:
            remedy = f'`make logs-{patient.name} LOGS="--function schedule --minutes 1500"` says why'
            yield Finding(FAILURE, f"the job {name} has not succeeded for {_PERIOD // 3_600_000} hours", remedy)


def _read(text: str) -> dict[str, object]:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
