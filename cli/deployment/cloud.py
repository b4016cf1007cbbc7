"""Defines the operator's port to a cloud; each cloud implements it in a module that is imported on demand."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from core.errors import TelemetryError
from core.ports import Store


class TargetError(TelemetryError):
    """Report a missing requirement of a deployment; the message says how to provide it."""


class LogLine(NamedTuple):
    """A log line of a function."""

    id: str
    """ID assigned by the cloud, used to skip duplicates."""
    at: int
    """UNIX ms."""
    text: str


class Cloud(Protocol):
    """Operator's access to one environment. Every method raises TargetError."""

    def account(self) -> str:
        """Return the account or project ID; this also checks the credentials."""

    def check(self) -> Iterable[str]:
        """Check before a deployment whether it can succeed; return messages about checks that could not run."""

    def before_apply(self) -> Iterable[str]:
        """Create what an approved deployment relies on and Terraform cannot create; return messages."""

    def after_apply(self, outputs: Mapping[str, Any]) -> Iterable[str]:
        """Set what Terraform cannot set, and check it after each apply; return messages."""

    def restore_deleted(self) -> Iterable[str]:
        """Restore resources that are marked for deletion and would block a deployment; return messages."""

    def import_id(self, kind: str, planned: Mapping[str, Any]) -> str:
        """Return the ID by which Terraform imports a resource that it plans to create; empty when it does not exist."""

    def secret_location(self, name: str) -> str:
        """Return the name under which the cloud keeps a secret, e.g. `github-webhook-secret-token`."""

    def secret(self, name: str) -> str:
        """Return the value of a secret; empty or `unset` if it is not set."""

    def put_secret(self, name: str, value: str) -> None:
        """Set the value of a secret."""

    def missing_secrets(self, names: Iterable[str]) -> list[str]:
        """Return the names of secrets that are not set, without reading a value."""

    def delete_secrets(self, names: Iterable[str]) -> Iterable[str]:
        """Delete the secrets that Terraform does not manage; return where each was."""

    def policies(self, state_bucket: str, store_bucket: str, role_path: str, boundary: str) -> Mapping[str, Any]:
        """Return the policies of whoever deploys, plans and operates, by name; empty buckets are left out or named by default."""

    def replay(self, outputs: Mapping[str, Any], *, dry_run: bool) -> Counter[str]:
        """Count the dead letters by reason; unless `dry_run`, re-queue each event."""

    def log_lines(self, function: str, since: int) -> Iterable[LogLine]:
        """Return the log lines of a function since a time (UNIX ms), oldest first."""

    def make_state_bucket(self, bucket: str) -> str:
        """Create a private, encrypted, versioned, TLS-only bucket for Terraform state; return a message."""

    def store(self, bucket: str) -> Store:
        """Open a bucket of the deployment as a store."""
