"""Describe the keys of services.toml for docs/DORA.md, and write their JSON Schema; both come from the model."""

import json
from collections.abc import Iterator, Sequence

from pydantic_core import PydanticUndefined

from warehouse.services.keys import Key, keys
from warehouse.services.model import Hotfix
from warehouse.services.schema import json_schema

HEAD = ("key", "default", "meaning")
_BASIC = ("minimum_team_size", "services.NAME.repositories", "services.NAME.team", "teams.NAME.size")
_RULE = "repositories.GLOB"
_NO_DEFAULT = "\N{EN DASH}"
_Table = tuple[str, Sequence[str], list[tuple[str, ...]]]


def tables() -> Iterator[_Table]:
    """Yield block name, head and rows of each table: the keys of each repository, then all others."""
    basic = [key for key in keys() if key.path in _BASIC or key.table == _RULE]
    others = [key for key in keys() if key not in basic]
    code = [(f"`{_RULE}.code`", "none", "As `services.NAME.code`, for one repository.")]
    yield "services keys", HEAD, [*map(_row, basic), *code]
    yield "services more keys", HEAD, [_row(key) for key in others if not key.path.startswith(f"{_RULE}.code.")]


def schema_text() -> str:
    """Return the text of docs/services.schema.json."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _row(key: Key) -> tuple[str, str, str]:
    pending = ""
    if key.path in ("repositories.GLOB.deployments.workflow", "repositories.GLOB.deployments.branches"):
        pending = " Only one name without wildcards has an effect yet."
    return f"`{key.path}`", _default(key), f"{key.field.description}{pending}"


def _default(key: Key) -> str:
    default = key.field.default
    if default is PydanticUndefined:
        return _NO_DEFAULT
    if isinstance(default, Hotfix):
        return f"`{json.dumps(default.labels)}`"
    if default is None or default in ([], {}):
        return "none"
    return f"`{json.dumps(default)}`" if isinstance(default, list) else f"`{default}`"
