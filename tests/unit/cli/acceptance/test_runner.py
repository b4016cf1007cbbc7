"""The first step that fails ends an acceptance test; what cannot run here is never called passed."""

import os
import signal
import sys
from pathlib import Path

import pytest

from cli.acceptance import runner
from cli.acceptance.runner import Ending, Step, StepFailed
from cli.acceptance.transcript import Outcome, Transcript
from cli.deployment.cloud import TargetError


def outcomes(transcript: Transcript) -> list[tuple[str, Outcome, str]]:
    return [(result.name, result.outcome, result.evidence) for result in transcript.results]


def fail() -> str:
    raise TargetError("terraform apply failed: see above")


def test_every_step_of_a_test_that_passes_is_recorded(tmp_path: Path) -> None:
    transcript, lines = Transcript(tmp_path), []
    steps = [Step("one", "make one", lambda: "done"), Step("two", "make two", pytest.fail, "no cloud")]
    assert runner.run(steps, transcript, lines.append) is Ending.PASSED
    assert outcomes(transcript) == [("one", Outcome.PASSED, "done"), ("two", Outcome.NOT_RUN, "no cloud")]
    assert lines[-1] == "not run here: no cloud (0 s)"


def test_the_first_failure_ends_the_test(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path)
    steps = [Step("one", "make one", fail), Step("two", "make two", pytest.fail)]
    assert runner.run(steps, transcript, lambda _: None) is Ending.FAILED
    assert outcomes(transcript) == [("one", Outcome.FAILED, "terraform apply failed: see above")]


def test_an_error_of_a_cloud_s_library_is_a_failure(tmp_path: Path) -> None:
    def refuse() -> str:
        raise LookupError("AccessDenied")

    transcript = Transcript(tmp_path)
    assert runner.run([Step("one", "x", refuse)], transcript, lambda _: None) is Ending.FAILED
    assert outcomes(transcript) == [("one", Outcome.FAILED, "LookupError: AccessDenied")]


def test_ctrl_c_ends_the_test_and_is_recorded(tmp_path: Path) -> None:
    def interrupt() -> str:
        raise KeyboardInterrupt

    transcript = Transcript(tmp_path)
    assert runner.run([Step("one", "x", interrupt)], transcript, lambda _: None) is Ending.INTERRUPTED
    assert outcomes(transcript) == [("one", Outcome.INTERRUPTED, "")]


def test_a_line_with_one_of_the_texts_is_the_evidence() -> None:
    assert runner.expect("a\n  Plan: 3 to add\n", "Plan: ", "No changes.") == "Plan: 3 to add"
    with pytest.raises(StepFailed, match=r"^the output does not say 'Plan: ' or 'No changes.': a / b$"):
        runner.expect("a\nb\n", "Plan: ", "No changes.")


def test_a_command_that_fails_is_quoted_by_its_last_lines() -> None:
    environment = {"PATH": os.environ["PATH"]}
    assert "TARGET" in runner.telemetry(["plan", "--help"], environment)
    with pytest.raises(StepFailed, match=r"^exit code 1: unknown target 'azure'"):
        runner.telemetry(["plan", "azure"], environment)


def test_an_interrupted_command_ends_before_the_test_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program, done = tmp_path / "python", tmp_path / "done"
    script = f"trap 'sleep 0.2; echo saved > {done}; exit 1' INT; kill -INT {os.getpid()}; while :; do sleep 0.05; done"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            runner.telemetry([], {"PATH": os.environ["PATH"]})
    finally:
        signal.signal(signal.SIGINT, before)
    assert done.read_text() == "saved\n"


def test_waiting_ends_with_what_did_not_happen() -> None:
    answers = iter(["", "", "yes"])
    assert runner.wait_for(lambda: next(answers), 60, pause=0) == "yes"
    with pytest.raises(TargetError, match=r"^did not happen within 0 s$"):
        runner.wait_for(str, 0, pause=0)
