"""Runs the steps of an acceptance test one after the other; the first that fails ends it."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from typing import NamedTuple

from cli.acceptance.transcript import Outcome, Result, Transcript
from cli.deployment.cloud import TargetError
from cli.deployment.terraform_process import passing_on_signals
from core.errors import TelemetryError


class StepFailed(TelemetryError):
    """Report that a step did not show what it must."""


class Step(NamedTuple):
    """One step: its name, the command that a person would type, and what performs it."""

    name: str
    command: str
    perform: Callable[[], str]
    """Returns what shows that it passed. Raises TelemetryError."""
    not_run: str = ""
    """Why it cannot be run here; empty: it can."""


class Ending(IntEnum):
    """How a run ended."""

    PASSED = 0
    FAILED = 1
    INTERRUPTED = 130


def run(steps: Iterable[Step], transcript: Transcript, say: Callable[[str], None]) -> Ending:
    """Run the steps until one fails or is interrupted."""
    for step in steps:
        say(f"… {step.name}: {step.command}")
        result = transcript.add(_perform(step))
        say(f"{result.outcome}{f': {result.evidence}' if result.evidence else ''} ({result.seconds:.0f} s)")
        if result.outcome is Outcome.FAILED:
            return Ending.FAILED
        if result.outcome is Outcome.INTERRUPTED:
            return Ending.INTERRUPTED
    return Ending.PASSED


def _perform(step: Step) -> Result:
    if step.not_run:
        return Result(step.name, step.command, Outcome.NOT_RUN, step.not_run, 0)
    begun = time.monotonic()
    try:
        outcome, evidence = Outcome.PASSED, step.perform()
    except TelemetryError as error:
        outcome, evidence = Outcome.FAILED, str(error)
    except KeyboardInterrupt:
        outcome, evidence = Outcome.INTERRUPTED, ""
    except Exception as error:  # noqa: BLE001 (an SDK's error must not hide what stands)
        outcome, evidence = Outcome.FAILED, f"{type(error).__name__}: {error}"
    return Result(step.name, step.command, outcome, evidence, time.monotonic() - begun)


def telemetry(arguments: Iterable[str], environment: Mapping[str, str], *, code: int = 0) -> str:
    """Run a `telemetry` command to its end, without a terminal, and return its output; raises StepFailed for another exit code.

    It runs in a session of its own: Ctrl-C reaches it once, from here, and it lets Terraform write its state.
    """
    command = [sys.executable, "-P", "-m", "telemetry_functions", *arguments]
    with (
        passing_on_signals() as signals,
        subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process,
    ):
        signals.watch(process)
        output, _ = process.communicate()
    if signals.received:
        raise KeyboardInterrupt
    if process.returncode != code:
        raise StepFailed(f"exit code {process.returncode}: {_last_lines(output)}")
    return output


def expect(output: str, *texts: str) -> str:
    """Return the first line that contains one of the texts; raises StepFailed if no line does."""
    for line in output.splitlines():
        if any(text in line for text in texts):
            return line.strip()
    raise StepFailed(f"the output does not say {' or '.join(map(repr, texts))}: {_last_lines(output)}")


def wait_for(ask: Callable[[], str], limit: float, pause: float = 3.0) -> str:
    """Return the first answer that is not empty; raises TargetError after `limit` seconds."""
    ends = time.monotonic() + limit
    while not (answer := ask()):
        if time.monotonic() > ends:
            raise TargetError(f"did not happen within {limit:.0f} s")
        time.sleep(pause)
    return answer


def without(environment: Mapping[str, str], *names: str) -> dict[str, str]:
    """Return an environment without some variables."""
    return {name: value for name, value in environment.items() if name not in names}


def _last_lines(output: str) -> str:
    """Return the lines that name an error, and the last line; without an error the last four lines."""
    lines = [line.strip(" \u2502\t") for line in output.strip().splitlines()]
    lines = [line for line in lines if line]
    errors = [" ".join(lines[number : number + 3]) for number, line in enumerate(lines) if line.startswith("Error:")]
    return " / ".join([*errors[:3], *lines[-1:]] if errors else lines[-4:])
