"""A source of secrets that the process already has, from its settings or from an operator's input."""

from collections.abc import Mapping

from core.secrets_cache import require_secret_value


class StaticSecrets:
    """Implements core.ports.SecretSource on a mapping."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def get(self, name: str) -> str:
        """Return the value. Raises SecretMissing."""
        return require_secret_value(name, self._values.get(name))
