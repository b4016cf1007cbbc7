"""What the commands import when they are listed must be installed by default: `telemetry --help` imports all of them."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from telemetry_functions import installation

ROOT = Path(__file__).parents[3]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
NEEDS = {re.split(r"[^\w-]", need)[0] for name in ("aws", "gcp", "local") for need in EXTRAS[name]}
OPTIONAL = {package for package, found in packages_distributions().items() if NEEDS & set(found)}
"""The import packages of the extras' distributions."""


def test_the_extra_of_every_optional_package_is_known() -> None:
    assert len(OPTIONAL) >= len(NEEDS) - 2  # three distributions of Google's share one package
    assert {package for package in OPTIONAL if not installation.extra_of(package)} == set()


def imported(path: Path) -> Iterator[str]:
    """Yield the names that a module imports when it is imported itself: not those in functions or for type checking."""
    waiting: list[ast.AST] = [ast.parse(path.read_text())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)


def file_of(name: str) -> Path | None:
    """Return the file of one of our modules; None if the name is another's, or that of no module."""
    path = ROOT / name.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def test_no_command_imports_a_package_of_an_extra_when_it_is_listed() -> None:
    found: set[tuple[str, str]] = set()
    waiting = [ROOT / "cli" / "app.py", *(ROOT / "cli" / "commands").glob("*.py")]
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        for name in imported(path):
            file = file_of(name)
            if file is None and (name.partition(".")[0] in OPTIONAL or installation.extra_of(name)):
                found.add((path.relative_to(ROOT).as_posix(), name.partition(".")[0]))
            if file is not None and file not in seen:
                seen.add(file)
                waiting.append(file)
    assert len(seen) > 100
    assert found == set()
