"""What the operator's commands ask of a cloud: a module for each, made only when a command goes there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from core.errors import TelemetryError
from core.ports import Store


class TargetError(TelemetryError):
    """Something that a deployment needs is missing; the message says what, and how to get it."""


class LogLine(NamedTuple):
    """A line that a function wrote."""

    id: str
    """The cloud's own: a line that is told twice is known by it."""
    at: int
    """UNIX ms."""
    text: str


class Cloud(Protocol):
    """One environment, as whoever operates it reaches it. Every method raises TargetError."""

    def account(self) -> str:
        """Whose account or project it is: the proof that somebody is signed in."""

    def check(self) -> Iterable[str]:
        """Whether a deployment can succeed, looked at before anything is made: what could not be looked at, in words."""

    def restore_deleted(self) -> Iterable[str]:
        """Undo what an earlier removal has only marked, and would stand in the way; what was undone, in words."""

    def import_id(self, kind: str, planned: Mapping[str, Any]) -> str:
        """Return the ID by which Terraform imports a resource that it plans to create; empty when it does not exist."""

    def discard(self, kind: str, import_id: str) -> bool:
        """Delete an existing resource that may not be imported and holds nothing; returns whether it is such a resource."""

    def secret_location(self, name: str) -> str:
        """Where the cloud keeps a secret, e.g. of `github-webhook-secret-token`."""

    def secret(self, name: str) -> str:
        """The secret's text; empty, or `unset`, while there is none."""

    def put_secret(self, name: str, value: str) -> None:
        """From now on it is this."""

    def replay(self, outputs: Mapping[str, Any], *, dry_run: bool) -> Counter[str]:
        """How many dead letters there are of each reason; unless `dry_run`, each event goes back to its queue first."""

    def log_lines(self, function: str, since: int) -> Iterable[LogLine]:
        """What a function of this name wrote since a time in UNIX ms, in order."""

    def make_state_bucket(self, bucket: str) -> str:
        """A bucket for Terraform's state, private, encrypted, versioned, TLS only; what became of it, in words."""

    def store(self, bucket: str) -> Store:
        """The deployment's own bucket, as a store."""
