"""List the keys of services.toml that the numbers do not use yet, so that a report can name each one that is set."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from warehouse.services.keys import keys
from warehouse.services.model import Services

NOT_APPLIED = frozenset(
    {
        "failed_attempts",
        "repositories.GLOB.failed_attempts",
    }
)
"""Keys without an effect, as in `warehouse.services.keys`."""


def not_applied(services: Services) -> tuple[str, ...]:
    """Return one line for each key that is set to another value than its default and has no effect yet, in the model's order."""
    defaults = {key.path: key.field.default for key in keys()}
    return tuple(
        f"{path}: has no effect yet"
        for key, path, value in _set_keys(services, "", "")
        if key in NOT_APPLIED and value != defaults[key]
    )


def _set_keys(value: Any, key: str, path: str) -> Iterator[tuple[str, str, Any]]:
    """Yield the keys that are set, with their path in the file and their value."""
    if isinstance(value, BaseModel):
        for name in (name for name in type(value).model_fields if name in value.model_fields_set):
            yield from _set_keys(getattr(value, name), f"{key}.{name}".lstrip("."), f"{path}.{name}".lstrip("."))
    elif isinstance(value, dict):
        placeholder = "GLOB" if key == "repositories" else "NAME"
        for name, item in value.items():
            yield from _set_keys(item, f"{key}.{placeholder}", f"{path}.{name}")
    else:
        yield key, path, value
