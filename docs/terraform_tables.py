"""Describe the variables and outputs of the Terraform modules, as tables of their READMEs.

The modules are read with python-hcl2 7, which returns an expression as text in `${…}` and a string without its quotation marks. Version
8 installs a package `cli`, which hides ours.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hcl2 import api as hcl2

VARIABLES_HEAD = ("variable", "type", "default", "meaning")
OUTPUTS_HEAD = ("output", "meaning")
_NONE = ""


def tables(root: Path) -> Iterator[tuple[str, Sequence[str], Iterable[Sequence[str]]]]:
    """Yield name, head and rows of the tables of each module below `root`/terraform that has variables and outputs."""
    for path in sorted(root.glob("terraform/*/variables.tf")):
        module = path.parent
        yield f"terraform {module.name} variables", VARIABLES_HEAD, list(variables(module))
        yield f"terraform {module.name} outputs", OUTPUTS_HEAD, list(outputs(module))


def variables(module: Path) -> Iterator[Sequence[str]]:
    """Yield a row for each variable of a module, and for each field of an object.

    Raises ValueError for a variable without a description.
    """
    for name, body in _blocks(module, "variable"):
        kind = _expression(body["type"])
        default = _text(body["default"]) if "default" in body else "required"
        fields = list(_fields(kind, name))
        yield f"`{name}`", f"`{kind.partition('(')[0] if fields else kind}`", _code(default), _description(body, name)
        for field, field_type, field_default in fields:
            yield f"`{field}`", f"`{field_type}`", _code(field_default), _NONE


def outputs(module: Path) -> Iterator[Sequence[str]]:
    """Yield a row for each output of a module; raises ValueError for an output without a description."""
    for name, body in _blocks(module, "output"):
        yield f"`{name}`", _description(body, name)


def _blocks(module: Path, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    parsed = _parsed((module / f"{kind}s.tf").read_text("utf-8"))
    named = {name: body for block in parsed.get(kind, []) for name, body in block.items()}
    yield from sorted(named.items())


def _description(body: dict[str, Any], name: str) -> str:
    if "description" not in body:
        raise ValueError(f"{name} has no description")
    return str(body["description"])


def _fields(kind: str, name: str) -> Iterator[tuple[str, str, str]]:
    """Yield path, type and default of each field of an object, a map of objects, or objects inside them."""
    if kind.startswith("map("):
        yield from _fields(kind.removeprefix("map(").removesuffix(")"), f"{name}.KEY")
    elif kind.startswith("object("):
        body = kind.removeprefix("object(").removesuffix(")")
        for field, expression in _value(body).items():
            field_type, default = _optional(_expression(expression))
            inner = list(_fields(field_type, f"{name}.{field}"))
            yield f"{name}.{field}", field_type.partition("(")[0] if inner else field_type, default
            yield from inner


def _optional(expression: str) -> tuple[str, str]:
    """Return type and default of a field, such as `number` and `300` of `optional(number, 300)`."""
    if not expression.startswith("optional("):
        return expression, "required"
    kind, *default = _value(f"[{expression.removeprefix('optional(').removesuffix(')')}]")
    return _expression(kind), _text(default[0]) if default else "null"


def _value(text: str) -> Any:
    """Parse an expression."""
    return _parsed(f"value = {text}\n")["value"]


@cache
def _parsed(text: str) -> dict[str, Any]:
    """Parse a file once: the pages need the variables of a module several times, and the parser is slow."""
    return hcl2.loads(text)


def _expression(value: Any) -> str:
    """Return an expression without `${…}`."""
    text = str(value)
    return text[2:-1] if text.startswith("${") else text


def _text(value: Any) -> str:
    """Return a value as Terraform writes it."""
    if value is None or isinstance(value, bool) or (isinstance(value, str) and not value.startswith("${")):
        return json.dumps(value)
    return _expression(value)


def _code(text: str) -> str:
    return text if text == "required" else f"`{text}`"
