"""What the documents take from the code: `python -m docs.generate` writes it, `--check` only looks, and exits 1.

A block stands between `<!-- generated: NAME -->` and `<!-- /generated -->`, each on a line of its own.
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import typer

from cli.app import app
from core.events import EnhancedTriggerEvent
from core.metrics import all_metrics
from core.settings import Described, Settings, described
from docs import database_tables

ROOT = Path(__file__).parents[1]
_OPENING = re.compile(r"^<!-- generated: (.+) -->$", re.MULTILINE)
_BLOCK = re.compile(
    r"^(<!-- generated: ([^\n]+) -->\n)(?:(?!<!-- generated).*\n)*?(<!-- /generated -->)$", re.MULTILINE
)
_TARGET = re.compile(r"^([a-z-]+):.*## (.*)$", re.MULTILINE)
_WORDS: dict[Any, str] = {int: "integer", str: "string", bool: "boolean", float: "number", Any: "anything"}
_PUBLISHED = re.compile("REPO_(OWNER|NAME|PATH)|TARGET_BRANCH|CONFLICT_RETRIES|(AUTHOR|COMMITTER)_(NAME|EMAIL)")
_HEAD = """\
# Every setting, with its default. Copy this file to .env, and take the # away from the lines that you change.
# The server reads .env from the folder in which it is started; variables of the environment go before it.
# `telemetry settings` prints what is in force.
"""
_GROUPS = {
    "published": "The published names: the data repository, and how records are kept",
    "secret": "Secrets, for this machine only. Never commit them",
    "other": "The rest",
}


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Write, or with `--check` name, every file that is stale; the exit status."""
    stale = {path: text for path, text in generated(root).items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        if "--check" in arguments:
            sys.stderr.write(f"{path.relative_to(root)} is stale: run `make docs`\n")
        else:
            path.write_text(text)
    return int(bool(stale) and "--check" in arguments)


def generated(root: Path = ROOT) -> dict[Path, str]:
    """Every file that holds something generated, as it should be."""
    made = blocks(root)
    texts = {path: path.read_text() for path in sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])}
    filled = {path: fill(text, made, path.name) for path, text in texts.items() if _OPENING.search(text)}
    return {root / ".env.example": env_example(), **filled}


def fill(text: str, made: dict[str, str], name: str) -> str:
    """A document with its blocks filled; raises ValueError for a block that is unknown or has no end."""
    if len(_OPENING.findall(text)) != len(_BLOCK.findall(text)):
        raise ValueError(f"{name}: a generated block has no end")
    unknown = {found[1] for found in _OPENING.finditer(text)} - set(made)
    if unknown:
        raise ValueError(f"{name}: nothing generates {', '.join(sorted(unknown))}")
    return _BLOCK.sub(lambda found: f"{found[1]}\n{made[found[2]]}\n{found[3]}", text)


def blocks(root: Path = ROOT) -> dict[str, str]:
    """Each block by its name."""
    fields = {
        f"metric {metric.name}": _table(("field", "type", "meaning"), rows(metric.output)) for metric in _sorted()
    }
    return {
        **fields,
        "record": _table(("field", "type", "meaning"), rows(EnhancedTriggerEvent)),
        "settings": _table(("variable", "default", "meaning"), map(_setting, described(_defaults()))),
        "targets": _table(("target", "what it does"), ((f"`make {name}`", text) for name, text in targets(root))),
        "commands": _table(("command", "what it does"), ((f"`telemetry {name}`", text) for name, text in commands())),
        **_database(),
    }


def _database() -> dict[str, str]:
    meanings = {metric.name: {path: text for path, _, text in rows(metric.output)} for metric in all_metrics()}
    return {
        "common columns": _table(database_tables.HEAD, database_tables.common()),
        "metric tables": _sections(database_tables.of_metrics(meanings)),
        "own tables": _sections(database_tables.own()),
    }


def _sections(told: Iterable[tuple[str, str, Iterable[Sequence[str]]]]) -> str:
    return "\n".join(f"### `{name}`\n\n{about}\n\n{_table(database_tables.HEAD, body)}" for name, about, body in told)


def rows(kind: type, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Field, type and meaning of a NamedTuple, those of the NamedTuples within it below their own field."""
    meanings = _docstrings(kind)
    for name, annotation in get_type_hints(kind).items():
        if name not in meanings:
            raise ValueError(f"{kind.__module__}.{kind.__name__}.{name} has no docstring")
        yield f"`{prefix}{name}`", _words(annotation), meanings[name]
        path, inner = _inside(annotation)
        if inner is not None:
            yield from rows(inner, f"{prefix}{name}{path}.")


def targets(root: Path = ROOT) -> list[tuple[str, str]]:
    """The Makefile's targets and what each does."""
    return _TARGET.findall((root / "Makefile").read_text())


def commands() -> list[tuple[str, str]]:
    """The command line's commands and what each does."""
    found = getattr(typer.main.get_command(app), "commands", {})
    return [(name, " ".join((command.help or "").split())) for name, command in found.items()]


def env_example() -> str:
    """`.env.example`, whole: each setting commented out, under what it is for."""
    groups: dict[str, list[str]] = {group: [] for group in _GROUPS}
    for setting in described(_defaults()):
        groups[_group(setting)].append(_assignment(setting))
    titled = (f"# --- {title}\n\n" + "\n".join(groups[group]) for group, title in _GROUPS.items())
    return _HEAD + "\n" + "\n".join(titled)


def _assignment(setting: Described) -> str:
    comment = textwrap.fill(setting.description, 110, initial_indent="# ", subsequent_indent="# ")
    return f"{comment}\n#{setting.variable}={setting.default}\n"


def _group(setting: Described) -> str:
    if "Secret" in str(Settings.model_fields[setting.variable.lower()].annotation):
        return "secret"
    return "published" if _PUBLISHED.fullmatch(setting.variable) else "other"


def _setting(setting: Described) -> tuple[str, str, str]:
    return f"`{setting.variable}`", f"`{setting.default}`" if setting.default else "none", setting.description


def _defaults() -> Settings:
    """Whatever the environment says."""
    return Settings.model_construct()


def _sorted() -> list[Any]:
    return sorted(all_metrics(), key=lambda metric: metric.name)


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |\n" for line in lines)


def _docstrings(kind: type) -> dict[str, str]:
    """The string below each attribute, as one line."""
    definition = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    found = {}
    for field, text in pairwise(body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr)):
            continue
        if isinstance(text.value, ast.Constant) and isinstance(text.value.value, str):
            found[field.target.id] = " ".join(text.value.value.split())
    return found


def _words(kind: Any) -> str:
    """A type in the words of JSON."""
    parts = get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        told = " or ".join(_words(part) for part in parts if part is not NoneType)
        return f"{told} or null" if NoneType in parts else told
    if get_origin(kind) is list:
        return "list of " + _words(parts[0]).replace(" or ", "s and ") + "s"
    return _WORDS.get(kind, "object")


def _inside(kind: Any) -> tuple[str, type | None]:
    """The NamedTuple that a type holds, and how the way to its fields is written: `[]` through a list."""
    if isinstance(kind, type) and hasattr(kind, "_fields"):
        return "", kind
    for part in get_args(kind):
        path, inner = _inside(part)
        if inner is not None:
            return ("[]" if get_origin(kind) is list else "") + path, inner
    return "", None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
