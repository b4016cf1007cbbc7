"""Generate the parts of the documentation that come from the code.

`python -m docs.generate` writes them; `--check` changes nothing and exits with 1 if a file is stale.
A block is between `<!-- generated: NAME -->` and `<!-- /generated -->`, each on a line of its own; in a workflow behind a `#`.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import typer

from cli.app import app
from core.events import EnhancedTriggerEvent
from core.metric import Metric
from core.metrics import all_metrics, events_of_github
from docs import (
    costs,
    database_tables,
    docstrings,
    measure_tables,
    providers,
    report_schemas,
    services_tables,
    setting_tables,
    terraform_tables,
)

ROOT = Path(__file__).parents[1]
_OPENING = re.compile(r"^(?: *# )?<!-- generated: (.+) -->$", re.MULTILINE)
_BLOCK = re.compile(
    r"^((?: *# )?<!-- generated: ([^\n]+) -->\n)(?:(?!(?: *# )?<!-- generated).*\n)*?((?: *# )?<!-- /generated -->)$",
    re.MULTILINE,
)
_TARGET = re.compile(r"^([a-z-]+):.*## (.*)$", re.MULTILINE)
_JSON_TYPES: dict[Any, str] = {int: "integer", str: "string", bool: "boolean", float: "number", Any: "anything"}


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Write every stale file, or only name it with `--check`; return the exit status."""
    stale = {path: text for path, text in generated(root).items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        if "--check" in arguments:
            sys.stderr.write(f"{path.relative_to(root)} is stale: run `make docs`\n")
        else:
            path.write_text(text)
    return int(bool(stale) and "--check" in arguments)


def generated(root: Path = ROOT) -> dict[Path, str]:
    """Return the expected text of every file with generated content."""
    contents = blocks(root)
    folders = ("*.md", "docs/**/*.md", "terraform/*.md", "terraform/*/README.md", ".github/workflows/*.yml")
    paths = [path for folder in folders for path in root.glob(folder)]
    texts = {path: path.read_text() for path in sorted(paths)}
    filled = {path: fill(text, contents, path.name) for path, text in texts.items() if _OPENING.search(text)}
    files = {
        ".env.example": setting_tables.env_example(),
        "terraform/settings.json": setting_tables.terraform_settings(),
        "terraform/webhook_events.json": json.dumps(events_of_github()) + "\n",
        "docs/services.schema.json": services_tables.schema_text(),
        **report_schemas.texts(),
    }
    return {**{root / name: text for name, text in files.items()}, **filled}


def fill(text: str, contents: dict[str, str], name: str) -> str:
    """Return a document with its blocks filled; raise ValueError for a block that is unknown or has no end."""
    if len(_OPENING.findall(text)) != len(_BLOCK.findall(text)):
        raise ValueError(f"{name}: a generated block has no end")
    unknown = {match[1] for match in _OPENING.finditer(text)} - set(contents)
    if unknown:
        raise ValueError(f"{name}: nothing generates {', '.join(sorted(unknown))}")
    return _BLOCK.sub(lambda match: f"{match[1]}\n{contents[match[2]]}\n{match[3]}", text)


def blocks(root: Path = ROOT) -> dict[str, str]:
    """Return the content of each block by its name."""
    fields = {
        f"metric {metric.name}": _table(("field", "type", "meaning"), rows(metric.output))
        for metric in _sorted_metrics()
    }
    return {
        **fields,
        "providers": _table(("provider", "module accepts", "version", "how"), providers.rows()),
        "metrics": _table(("metric", "trigger", "what it measures"), map(_metric, _sorted_metrics())),
        "record": _table(("field", "type", "meaning"), rows(EnhancedTriggerEvent)),
        "deployment variables": setting_tables.deployment_variables(),
        "settings": _table(("variable", "default", "meaning"), setting_tables.table()),
        "targets": _table(("target", "what it does"), ((f"`make {name}`", text) for name, text in targets(root))),
        "commands": _table(("command", "what it does"), ((f"`telemetry {name}`", text) for name, text in commands())),
        **_database(),
        **{name: _table(head, body) for name, head, body in (*terraform_tables.tables(root), *costs.tables(root))},
        **{name: _table(head, body) for name, head, body in (*measure_tables.tables(), *services_tables.tables())},
    }


def _database() -> dict[str, str]:
    meanings = {metric.name: {path: text for path, _, text in rows(metric.output)} for metric in all_metrics()}
    return {
        "common columns": _table(database_tables.HEAD, database_tables.common()),
        "metric tables": _sections(database_tables.of_metrics(meanings)),
        "own tables": _sections(database_tables.own()),
    }


def _sections(database: Iterable[tuple[str, str, Iterable[Sequence[str]]]]) -> str:
    return "\n".join(
        f"### `{name}`\n\n{about}\n\n{_table(database_tables.HEAD, body)}" for name, about, body in database
    )


def rows(kind: type, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield field, type and meaning of a NamedTuple; fields of a nested NamedTuple follow their parent field.

    Raises ValueError for a field without a docstring.
    """
    meanings = docstrings.of_attributes(kind)
    for name, annotation in get_type_hints(kind).items():
        if name not in meanings:
            raise ValueError(f"{kind.__module__}.{kind.__name__}.{name} has no docstring")
        yield f"`{prefix}{name}`", _json_type(annotation), meanings[name]
        path, inner = _nested(annotation)
        if inner is not None:
            yield from rows(inner, f"{prefix}{name}{path}.")


def targets(root: Path = ROOT) -> list[tuple[str, str]]:
    """Return the name and the help text of each Makefile target."""
    return _TARGET.findall((root / "Makefile").read_text())


def commands() -> list[tuple[str, str]]:
    """Return the name and the help text of each command."""
    registered = getattr(typer.main.get_command(app), "commands", {})
    return [(name, " ".join((command.help or "").split())) for name, command in registered.items()]


def _metric(metric: Metric) -> tuple[str, str, str]:
    summary = (sys.modules[metric.collect.__module__].__doc__ or "").splitlines()[0].partition(": ")[2]
    return f"[`{metric.name}`](#{metric.name})", f"`{metric.trigger}`", summary


def _sorted_metrics() -> list[Metric]:
    return sorted(all_metrics(), key=lambda metric: metric.name)


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join(
        "| " + " | ".join(cell.replace("|", r"\|").replace("\n", " ") for cell in line) + " |\n" for line in lines
    )


def _json_type(kind: Any) -> str:
    """Describe a type with JSON terms."""
    parts = get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        alternatives = " or ".join(_json_type(part) for part in parts if part is not NoneType)
        return f"{alternatives} or null" if NoneType in parts else alternatives
    if get_origin(kind) is list:
        return "list of " + _json_type(parts[0]).replace(" or ", "s and ") + "s"
    return _JSON_TYPES.get(kind, "object")


def _nested(kind: Any) -> tuple[str, type | None]:
    """Return the path suffix and the NamedTuple inside a type; the suffix is `[]` for a list."""
    if isinstance(kind, type) and hasattr(kind, "_fields"):
        return "", kind
    for part in get_args(kind):
        path, inner = _nested(part)
        if inner is not None:
            return ("[]" if get_origin(kind) is list else "") + path, inner
    return "", None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
