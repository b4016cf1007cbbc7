"""List the keys of services.toml from its model: for the documents and for hints."""

from collections.abc import Iterator
from functools import cache
from types import NoneType
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from warehouse.services.model import Services

_PLACEHOLDERS = {
    "services": "NAME",
    "teams": "NAME",
    "repositories": "GLOB",
    "environment_aliases": "NAME",
    "targets": "NAME",
}
"""What stands for the user's own names in a path: `services.NAME.team`."""


class Key(NamedTuple):
    """A key that may be set."""

    path: str
    """`services.NAME.code.branch`; an item of a list has the path of the list: `repositories.GLOB.deployments.exclude.task`."""
    field: FieldInfo

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return self.path.rpartition(".")[2]

    @property
    def table(self) -> str:
        """Return the path of the table of the key; empty at the top of the file."""
        return self.path.rpartition(".")[0]


def names_in(table: tuple[str | int, ...]) -> list[str]:
    """Return the names of the keys and tables of a table, by its path in a file, whose own names are arbitrary."""
    own = [part for part in table if not isinstance(part, int)]
    paths = [key.path.split(".") for key in keys()]
    fitting = (path for path in paths if len(path) > len(own) and _fits(path[: len(own)], own))
    return list(dict.fromkeys(path[len(own)] for path in fitting))


def _fits(path: list[str], own: list[str]) -> bool:
    return all(part in ("NAME", "GLOB", name) for part, name in zip(path, own, strict=True))


@cache
def keys() -> tuple[Key, ...]:
    """Return all keys that hold a value, in the model's order, each table after the key that it is the value of."""
    return tuple(_keys(Services, ""))


def _keys(model: type[BaseModel], prefix: str) -> Iterator[Key]:
    for name, field in model.model_fields.items():
        placeholder = "" if prefix else _PLACEHOLDERS.get(name, "")
        path = f"{prefix}{name}" + (f".{placeholder}" if placeholder else "")
        if _has_plain_form(field.annotation):
            yield Key(path, field)
        for table in _tables(field.annotation):
            yield from _keys(table, f"{path}.")


def _has_plain_form(kind: Any) -> bool:
    """Return whether a value of this type may be something else than a table, a list of tables or nothing."""
    if kind is NoneType or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return False
    if get_origin(kind) in (None, Literal):
        return True
    parts = get_args(kind)
    if get_origin(kind) is dict:
        return _has_plain_form(parts[1])
    return _has_plain_form(parts[0]) if get_origin(kind) is Annotated else any(map(_has_plain_form, parts))


def _tables(kind: Any) -> Iterator[type[BaseModel]]:
    """Yield the tables that a value of this type may be or contain."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    elif get_origin(kind) is Annotated:
        yield from _tables(get_args(kind)[0])
    elif get_origin(kind) is not Literal:
        for part in get_args(kind):
            yield from _tables(part)
