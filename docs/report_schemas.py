"""Generate the JSON Schemas of `telemetry report --format json`, with and without --evidence, from the types of the report.

Every field is required, and further ones are allowed: a newer version may add fields with the same number `schema`.
https://json-schema.org/draft/2020-12
"""

import json
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from docs import docstrings
from warehouse.report.as_json import SCHEMA
from warehouse.report.default_period import ShownPeriods
from warehouse.report.empty_reasons import Reason
from warehouse.report.links import Links
from warehouse.report.model import Evidence, Report
from warehouse.report.totals import Total
from warehouse.report.trends import Series, Trend

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NUMBER = "A larger number has fields that were renamed or have another meaning."
_TYPES: dict[Any, str] = {int: "integer", float: "number", str: "string", bool: "boolean", NoneType: "null"}


def texts() -> dict[str, str]:
    """Return the text of each schema by its path."""
    schemas = {"report": report(), "evidence": evidence()}
    return {
        f"docs/{name}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas.items()
    }


def report() -> dict[str, Any]:
    """Return the schema of a report: the fields of `Report`, and what as_json derives of them."""
    definitions: dict[str, Any] = {}
    derived = {
        "default_period": ShownPeriods,
        "trends": list[_merged("Trends", Series, Trend)],  # type: ignore[misc]
        "totals": list[Total],
        "reasons": list[Reason],
    }
    return _document("Report", _fields(Report, definitions) | _properties(derived, {}, definitions), definitions)


def evidence() -> dict[str, Any]:
    """Return the schema of the evidence: the fields of `Evidence`, with its links."""
    definitions: dict[str, Any] = {}
    row = _fields(Evidence, definitions) | _properties({"links": Links}, {}, definitions)
    return _document("Evidence", {"evidence": {"type": "array", "items": _object(row)}}, definitions)


def _document(title: str, properties: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    number = {"const": SCHEMA, "description": _NUMBER}
    return {
        "$schema": DIALECT,
        "title": f"{title} of telemetry-functions, schema {SCHEMA}",
        **_object({"schema": number, **properties}),
        "$defs": dict(sorted(definitions.items())),
    }


def _merged(name: str, *kinds: type) -> type:
    """Return a type whose values have the fields of all of these."""
    hints = {field: hint for kind in kinds for field, hint in get_type_hints(kind).items()}
    meanings = {field: text for kind in kinds for field, text in docstrings.of_attributes(kind).items()}
    return type(name, (), {"__annotations__": hints, "meanings": meanings, "_fields": tuple(hints)})


def _fields(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    meanings = getattr(kind, "meanings", None) or docstrings.of_attributes(kind)
    return _properties(get_type_hints(kind), meanings, definitions)


def _properties(hints: dict[str, Any], meanings: dict[str, str], definitions: dict[str, Any]) -> dict[str, Any]:
    texts = {name: {"description": meanings[name]} if name in meanings else {} for name in hints}
    return {name: {**_schema(hint, definitions), **texts[name]} for name, hint in hints.items()}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a type; raise TypeError for one that has none, so that it is not left out silently."""
    if hint in _TYPES:
        return {"type": _TYPES[hint]}
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _any_of([_schema(part, definitions) for part in parts])
    return _container(hint, parts, definitions) if origin else _named(hint, definitions)


def _container(hint: Any, parts: tuple[Any, ...], definitions: dict[str, Any]) -> dict[str, Any]:
    items = [part for part in parts if part is not Ellipsis]
    if get_origin(hint) is Literal:
        return {"enum": items}
    if get_origin(hint) is dict:
        return {"type": "object", "additionalProperties": _schema(items[1], definitions)}
    if get_origin(hint) is tuple and Ellipsis not in parts:
        of_each = [_schema(item, definitions) for item in items]
        return {"type": "array", "prefixItems": of_each, "minItems": len(items), "maxItems": len(items)}
    if get_origin(hint) in (tuple, list) and len(items) == 1:
        return {"type": "array", "items": _schema(items[0], definitions)}
    raise TypeError(f"{hint} has no JSON Schema")


def _named(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": [member.value for member in hint]}
    if not hasattr(hint, "_fields"):
        raise TypeError(f"{hint} has no JSON Schema")
    if hint.__name__ not in definitions:
        definitions[hint.__name__] = {}  # before its fields, which may contain it
        definitions[hint.__name__] = _object(_fields(hint, definitions))
    return {"$ref": f"#/$defs/{hint.__name__}"}


def _any_of(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    """Return plain types as one list, which reads better than `anyOf`."""
    if all(schema.keys() == {"type"} for schema in schemas):
        return {"type": [schema["type"] for schema in schemas]}
    return {"anyOf": schemas}
