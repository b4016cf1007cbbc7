"""Generate the JSON Schema of services.toml for editors: docs/services.schema.json.

Taplo, which the editors' extensions for TOML use, reads the directive `#:schema` at the top of a file, and supports draft 4:
https://taplo.tamasfe.dev/configuration/directives.html, https://taplo.tamasfe.dev/configuration/developing-schemas.html
(2026-11). The schema only uses keywords that mean the same in draft 4 and in later drafts.
"""

from typing import Any

from warehouse.services.model import Services

DIALECT = "http://json-schema.org/draft-04/schema#"
_NAMED = ("properties", "definitions", "patternProperties")
"""Keywords whose keys are names, not keywords."""


def json_schema() -> dict[str, Any]:
    """Return the schema of a whole file. It cannot express contradictions between keys: a report names those."""
    schema = Services.model_json_schema(ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs")
    return {"$schema": DIALECT, "title": "services.toml", **_for_editors({**schema, "definitions": definitions})}


def _for_editors(value: Any) -> Any:
    """Leave out titles that repeat a key, and null, which TOML does not have; keys that match no pattern are invalid."""
    if isinstance(value, list):
        return [_for_editors(item) for item in value if item != {"type": "null"}]
    if not isinstance(value, dict):
        return value
    schema = {key: _keyword(key, part) for key, part in value.items() if key != "title" and part is not None}
    if "patternProperties" in schema:
        schema["additionalProperties"] = False
    match schema.pop("anyOf", []):
        case [only]:
            return {**only, **schema}
    return schema


def _keyword(key: str, part: Any) -> Any:
    return {name: _for_editors(item) for name, item in part.items()} if key in _NAMED else _for_editors(part)
