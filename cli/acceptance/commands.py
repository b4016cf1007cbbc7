"""The steps that run a `telemetry` command: the same on each cloud. Each returns what shows that it passed."""

from typing import Protocol

from cli.acceptance.plan import PLAN
from cli.acceptance.runner import StepFailed, expect, wait_for
from cli.acceptance.transcript import Transcript

PATIENCE = 900
"""Seconds for what a deployed function does: a canary's receipt, a dead letter, an alarm."""


class RunAs(Protocol):
    """Runs a command to its end in the session of a role, and returns its output; raises TelemetryError."""

    def __call__(self, role: str, /, *arguments: str) -> str:
        """Run `telemetry` with the arguments; `role` is plan, deploy or operate. A cloud without such roles ignores it."""


class Commands:
    """The commands of one target. Every method raises TelemetryError."""

    def __init__(self, target: str, transcript: Transcript, run: RunAs, options: tuple[str, ...] = ()) -> None:
        """Prepare; `options` are those of `plan` and `deploy`, such as the architecture."""
        self._target = target
        self._transcript = transcript
        self._run = run
        self._options = options

    def plan(self) -> str:
        """Save a plan."""
        output = self._run("plan", "plan", self._target, *self._options, "--out", PLAN)
        return expect(output, "Plan: ", "No changes.")

    def deploy(self) -> str:
        """Apply the saved plan."""
        output = self._run("deploy", "deploy", self._target, *self._options, "--plan", PLAN, "--yes")
        expect(output, "Payload URL of the webhook:")
        return expect(output, "Apply complete!")

    def plan_nothing(self) -> str:
        """Check that a second plan has no changes."""
        return expect(self._run("plan", "plan", self._target, *self._options), "No changes.")

    def set_secrets(self) -> str:
        """Set the secrets."""
        output = self._run("operate", "secrets", self._target)
        expect(output, "github-webhook-secret-token")
        return f"{output.count(' is set')} secrets"

    def secret(self) -> str:
        """Return the webhook secret, and hide it in the transcript."""
        secret = self._run("operate", "secrets", self._target, "--show").strip()
        self._transcript.hide(secret)
        return secret

    def rotate(self) -> tuple[str, str]:
        """Rotate the secrets; return the webhook secret before and after."""
        before = self.secret()
        self._run("operate", "secrets", self._target, "--rotate")
        after = self.secret()
        if before == after:
            raise StepFailed("the webhook secret is the same as before")
        return before, after

    def smoke(self) -> str:
        """Send an event and read its record back."""
        return expect(self._run("operate", "smoke", self._target, "--wait", str(PATIENCE)), "stored as")

    def wait_for_dead_letter(self) -> str:
        """Wait until a dead letter is listed."""

        def listed() -> str:
            output = self._run("operate", "replay-dead-letters", self._target, "--dry-run")
            return "" if "\n0 dead letters" in output else output

        return expect(wait_for(listed, PATIENCE), "dead letters found")

    def replay(self) -> str:
        """Queue the dead letter again."""
        return expect(self._run("operate", "replay-dead-letters", self._target), "1 dead letters processed")

    def read_logs(self) -> str:
        """Check that no log has the webhook secret."""
        output = self._run("operate", "logs", self._target)
        if self.secret() in output:
            raise StepFailed("the webhook secret is in a log")
        return f"{len(output.splitlines())} lines"

    def destroy(self) -> str:
        """Destroy the deployment."""
        return expect(self._run("deploy", "destroy", self._target, "--yes"), "Destroy complete!")
