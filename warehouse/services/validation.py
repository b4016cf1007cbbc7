"""Load services.toml and report all of its mistakes at once: each with its line, its key and what to write instead."""

import difflib
import json
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.errors import TelemetryError
from warehouse.services import toml_lines
from warehouse.services.contradictions import contradictions
from warehouse.services.keys import Key, keys, names_in
from warehouse.services.model import Services

_EXAMPLES = {
    "repositories": 'repositories = ["owner/name"]',
    "kind": 'kind = "workflow"',
    "size": "size = 8",
    "date": 'date = "2026-11-16"',
    "text": 'text = "new pipeline"',
}
"""What to write for a key that a table lacks."""


class ServicesError(TelemetryError):
    """services.toml is invalid; the message has one line for each problem, with its key."""


class Problem(NamedTuple):
    """A mistake, and what to write instead."""

    path: toml_lines.Path
    message: str


def load(path: Path) -> Services:
    """Load and validate the file; raises ServicesError with all problems at once, each with its line."""
    try:
        text = path.read_text("utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        raise ServicesError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ServicesError(f"{path} is no TOML: {error}") from None
    except RecursionError:
        raise ServicesError(f"{path} is no TOML that can be read: arrays or tables are nested too deeply") from None
    return parsed(document, str(path), text)


def parsed(document: dict[str, Any], name: str = "services.toml", text: str = "") -> Services:
    """Validate the parsed TOML; raises ServicesError with all problems at once, with their lines if `text` is its source."""
    try:
        services = Services.model_validate(document)
        problems: list[Problem] = []
    except ValidationError as error:
        services = None
        problems = [_problem(detail) for detail in error.errors()]
    wrong = {problem.path for problem in problems}
    problems += [Problem(*found) for found in contradictions(document) if found[0] not in wrong]
    if services is None or problems:
        raise ServicesError("\n".join([f"{name} is wrong:", *_lines(problems, text)]))
    return services


def _lines(problems: list[Problem], text: str) -> Iterator[str]:
    """Yield the problems by line, or by key if the lines are not known."""
    lines = _key_lines(text)
    for problem in sorted(
        problems, key=lambda item: (toml_lines.line_of(item.path, lines) or 0, _joined(item.path), item)
    ):
        line = toml_lines.line_of(problem.path, lines)
        place = f"line {line}: " if line else ""
        yield f"{place}{_joined(problem.path)}: {problem.message}"


def _key_lines(text: str) -> dict[toml_lines.Path, int]:
    try:
        return toml_lines.key_lines(text)
    except RecursionError:  # arrays that are nested so deeply that only tomllib could read them
        return {}


def _joined(path: Iterable[str | int]) -> str:
    return ".".join(map(str, path))


def _problem(error: ErrorDetails) -> Problem:
    path = tuple(key for key in error["loc"] if key not in ("[key]", "[short]", "[table]"))
    return Problem(path, _message(error, path))


def _message(error: ErrorDetails, path: toml_lines.Path) -> str:
    message = error["msg"].removeprefix("Value error, ").replace("Input should", "must")
    context = error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return f"there is no such key{_nearest_key(path)}"
    if error["type"] == "missing":
        example = _EXAMPLES.get(str(path[-1])) if "teams" not in path else None
        return f"{message}; write {example}" if example else message
    if "pattern" in context:
        return "must be owner/name, where * stands for anything"
    return f"{message}{_remedy(error['type'], error['input'])}"


def _remedy(kind: str, value: Any) -> str:
    """Return what to write instead of a value of the wrong type; empty if the message says it."""
    if kind == "list_type" and isinstance(value, str):
        return f"; write [{json.dumps(value, ensure_ascii=False)}]"
    if kind == "int_type" and isinstance(value, str) and value.isascii() and value.isdigit():
        return f"; write {value} without quotes"
    return ""


def _nearest_key(path: toml_lines.Path) -> str:
    """Return a hint for an unknown key: the nearest key of its table, or the table that has such a key."""
    name, table = str(path[-1]), path[:-1]
    if close := difflib.get_close_matches(name.lower().replace("-", "_"), names_in(table), n=1, cutoff=0.6):
        return f"; did you mean `{close[0]}`?"
    places = [key for key in keys() if key.name == name]
    return f"; `{name}` is a key of {_places(places)}" if places else ""


def _places(found: list[Key]) -> str:
    return " or ".join(key.table or "the top of the file" for key in found)
