"""Validates JSON of `telemetry report` with the published schemas; unlike those, it accepts no field that they lack."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

DOCS = Path(__file__).parents[1] / "docs"


def problems(name: str, text: str) -> list[str]:
    """What is wrong with a `report` or with `evidence`, by its place."""
    errors = _validator(name).iter_errors(json.loads(text))
    return [f"{error.json_path}: {error.message}" for error in errors]


def published(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((DOCS / f"{name}.schema.json").read_text("utf-8"))
    return schema


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(_closed(published(name)))


def _closed(value: Any) -> Any:
    if isinstance(value, list):
        return [_closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    closed = {"additionalProperties": False} if isinstance(value.get("properties"), dict) and "type" in value else {}
    return {**closed, **{key: _closed(part) for key, part in value.items()}}
