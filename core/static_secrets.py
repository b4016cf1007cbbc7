"""Secrets that this process already holds: from its settings, or from what an operator typed."""

from collections.abc import Mapping

from core.secrets_cache import require_secret_value


class StaticSecrets:
    """Implements core.ports.SecretSource on a mapping."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def get(self, name: str) -> str:
        """Return the value; raises SecretMissing."""
        return require_secret_value(name, self._values.get(name))
