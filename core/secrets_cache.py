"""Caches secrets for five minutes and refreshes early when a secret is rejected."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from core.errors import SecretMissing, Unavailable
from core.ports import SecretSource

WEBHOOK_SECRET = "github-webhook-secret-token"  # noqa: S105 (its name, not its value)
SOURCE_TOKEN = "github-access-token/source"  # noqa: S105 (its name, not its value)
DATA_TOKEN = "github-access-token/data"  # noqa: S105 (its name, not its value)
APP_KEY = "github-app-private-key"
MAX_AGE = 300.0
"""Seconds for which a fetched secret is cached."""
RENEWAL_PAUSE = 30.0
"""Seconds between two renewals of the same secret, so that wrong signatures do not cause a call each."""
_UNSET = "unset"


class _Held(NamedTuple):
    value: str
    until: float


class SecretsCache:
    """Caches values for MAX_AGE and no longer, even if the source is unavailable. Thread-safe."""

    def __init__(self, source: SecretSource, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._monotonic = monotonic
        self._held: dict[str, _Held] = {}
        self._renewed_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> str:
        """Return the secret. Raises SecretMissing or Unavailable, as its source does."""
        with self._lock:
            held = self._held.get(name)
            if held is not None and self._monotonic() < held.until:
                return held.value
            return self._fetch(name)

    def refresh(self, name: str, stale: str) -> str | None:
        """Fetch the secret again because `stale` was rejected, and return the new value.

        Returns None if it is unchanged, if it was renewed less than RENEWAL_PAUSE ago, or if the source is unavailable.
        Of several threads that reject the same value at once, one fetches and all return its result.
        """
        with self._lock:
            held = self._held.get(name)
            if held is not None and held.value != stale:
                return held.value
            now = self._monotonic()
            if now - self._renewed_at.get(name, float("-inf")) < RENEWAL_PAUSE:
                return None
            self._renewed_at[name] = now
            try:
                value = self._fetch(name)
            except Unavailable:
                return None
            return None if value == stale else value

    def _fetch(self, name: str) -> str:
        value = self._source.get(name)
        self._held[name] = _Held(value, self._monotonic() + MAX_AGE)
        return value


def require_secret_value(name: str, value: str | None) -> str:
    """Return a source's value, stripped. Raises SecretMissing if it is empty or still the placeholder."""
    stripped = (value or "").strip()
    if stripped in ("", _UNSET):
        raise SecretMissing(f"the secret {name} is not set")
    return stripped


def live_secrets(value: str) -> list[str]:
    """Return the webhook secrets, one a line, the newest first: all are accepted, which allows a rotation."""
    return [line.strip() for line in value.splitlines() if line.strip() not in ("", _UNSET)]


def required_secrets(value: str) -> list[str]:
    """Return the live webhook secrets. Raises SecretMissing if there is none."""
    secrets = live_secrets(value)
    if not secrets:
        raise SecretMissing(f"the secret {WEBHOOK_SECRET} is not set")
    return secrets
