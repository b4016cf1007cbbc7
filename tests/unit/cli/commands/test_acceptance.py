"""What `telemetry acceptance` leaves behind: nothing when it passes or is interrupted, and the environment when a step fails."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.acceptance import plan
from cli.acceptance.runner import Step
from cli.app import app
from cli.deployment.cloud import TargetError

pytestmark = pytest.mark.usefixtures("tmp_path")  # a transcript is written into docs/ of the working folder
RUNNER = CliRunner()
STANDS = "the environment acceptance in the account 123456789012 may still stand: `telemetry acceptance aws --destroy`"


class Test:
    """An acceptance test of one step and its cleanup."""

    __test__ = False
    stand_in = "an emulator"
    account = "123456789012"

    def __init__(self, perform: Callable[[], str], clean: Callable[[], str] = lambda: "gone") -> None:
        self._perform = perform
        self._clean = clean
        self.cleaned = 0

    def steps(self) -> list[Step]:
        return [Step("a plan", "make plan-aws", self._perform)]

    def cleanup(self) -> list[Step]:
        self.cleaned += 1
        return [Step("destroyed", "make destroy-aws YES=1", self._clean)]


def run(monkeypatch: pytest.MonkeyPatch, test: Test, *options: str, confirm: str = "") -> Result:
    monkeypatch.setattr(plan, "load", lambda _: lambda _: test)
    return RUNNER.invoke(app, ["acceptance", "aws", *([] if confirm else ["--yes"]), *options], input=confirm)


def fail() -> str:
    raise TargetError("no provider")


def interrupt() -> str:
    raise KeyboardInterrupt


def test_a_test_that_passes_destroys_and_writes_a_transcript(monkeypatch: pytest.MonkeyPatch) -> None:
    test = Test(lambda: "Plan: 3 to add")
    result = run(monkeypatch, test)
    assert (result.exit_code, test.cleaned) == (0, 1)
    assert "the transcript is docs/acceptance/aws-stand-in.md" in result.stdout
    assert "2 passed." in Path("docs/acceptance/aws-stand-in.md").read_text()


def test_a_failure_says_what_stands_and_how_to_destroy_it(monkeypatch: pytest.MonkeyPatch) -> None:
    test = Test(fail)
    result = run(monkeypatch, test)
    assert (result.exit_code, test.cleaned) == (1, 0)
    assert result.stderr == f"{STANDS} destroys it; without --destroy the test starts again\n"
    assert "1 FAILED." in Path("docs/acceptance/aws-stand-in.md").read_text()


def test_ctrl_c_destroys_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    test = Test(interrupt)
    result = run(monkeypatch, test)
    assert (result.exit_code, test.cleaned, result.stderr) == (130, 1, "")


def test_a_cleanup_that_fails_says_what_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, Test(interrupt, fail))
    assert (result.exit_code, result.stderr) == (1, f"{STANDS} destroys it\n")


def test_an_environment_can_be_kept_and_then_only_destroyed(monkeypatch: pytest.MonkeyPatch) -> None:
    test = Test(lambda: "Plan: 3 to add")
    kept = run(monkeypatch, test, "--keep")
    assert (kept.exit_code, test.cleaned) == (0, 0)
    assert STANDS in kept.stdout
    destroyed = run(monkeypatch, Test(lambda: pytest.fail("a step")), "--destroy")
    assert destroyed.exit_code == 0
    assert "passed: gone" in destroyed.stdout
    assert "a plan" in Path("docs/acceptance/aws-stand-in.md").read_text()


def test_nothing_happens_unless_it_is_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    test = Test(lambda: pytest.fail("a step"))
    result = run(monkeypatch, test, confirm="n\n")
    assert (result.exit_code, test.cleaned, Path("docs").exists()) == (1, 0, False)
    assert "Create, test and destroy the environment acceptance in the account 123456789012?" in result.stdout


def test_only_an_environment_of_acceptance_is_destroyed(monkeypatch: pytest.MonkeyPatch) -> None:
    test = Test(lambda: pytest.fail("a step"))
    result = run(monkeypatch, test, "--environment", "production")
    assert (result.exit_code, test.cleaned) == (2, 0)
    assert result.stderr == "the environment production is destroyed at the end: its name must begin with acceptance\n"


def test_a_target_without_an_acceptance_test_is_refused() -> None:
    result = RUNNER.invoke(app, ["acceptance", "local", "--yes"])
    assert (result.exit_code, result.stderr) == (1, "there is no acceptance test of 'local' (choose from aws, gcp)\n")
