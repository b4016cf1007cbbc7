"""Check that importing a module of ours needs no module or signal that Windows lacks: `telemetry` imports all commands."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
UNIX = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}
"""Modules of the standard library that only Unix has: https://docs.python.org/3/library/unix.html"""
SIGNALS = {"SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGUSR1", "SIGUSR2"}
"""Signals that Windows lacks: https://docs.python.org/3/library/signal.html#signal.signal"""


def needed_by_an_import(source: str) -> set[str]:
    """Return the names of UNIX and SIGNALS that a module uses outside its functions."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(source)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        pending += [] if isinstance(node, ast.FunctionDef | ast.Lambda) else ast.iter_child_nodes(node)
    return found & (UNIX | SIGNALS)


@pytest.mark.parametrize("package", ["cli", "core", "fakes", "runtimes", "telemetry_functions", "warehouse"])
def test_every_module_of_a_package_can_be_imported_on_windows(package: str) -> None:
    sources = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in (ROOT / package).rglob("*.py")}
    needed = {name: needed_by_an_import(source) for name, source in sources.items()}
    assert {name: names for name, names in needed.items() if names} == {}


def test_an_import_in_a_function_is_no_need_of_the_module() -> None:
    assert needed_by_an_import("import fcntl\nX = signal.SIGHUP\n") == {"fcntl", "SIGHUP"}
    assert needed_by_an_import("def f():\n    import fcntl\n    return signal.SIGHUP\n") == set()
