import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cli.commands
import core.backfill.kinds
import core.jobs
import core.metrics
from core.discovery import discover

PACKAGES = [(cli.commands, "command"), (core.metrics, "METRIC"), (core.jobs, "JOB"), (core.backfill.kinds, "UNITS")]


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package `some_plugins` with two plugins and files that are no plugins."""
    package = tmp_path / "some_plugins"
    package.mkdir()
    for name in ("__init__.py", "b.py", "a.py"):
        (package / name).write_text(f"PLUGIN = {name!r}\n")
    for name in ("_private.py", "notes.md", "a.py.bak", ".hidden.py", "noext"):
        (package / name).write_text("raise AssertionError('imported')\n")
    (package / "folder").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == "some_plugins"]:
        del sys.modules[name]


@pytest.mark.usefixtures("plugins")
def test_every_public_module_is_a_plugin_sorted_by_name() -> None:
    assert discover("some_plugins", "PLUGIN") == ("a.py", "b.py")


def test_a_public_module_without_the_attribute_is_named(plugins: Path) -> None:
    (plugins / "forgotten.py").write_text("Plugin = 1\n")
    with pytest.raises(ImportError, match=r"^some_plugins\.forgotten has no `PLUGIN`; the name of a module that is no"):
        discover("some_plugins", "PLUGIN")


def test_an_error_inside_a_plugin_is_reported_as_it_is(plugins: Path) -> None:
    (plugins / "broken.py").write_text("import sys\nsys.no_such_attribute\n")
    with pytest.raises(AttributeError, match="no_such_attribute"):
        discover("some_plugins", "PLUGIN")


@pytest.mark.parametrize(("package", "attribute"), PACKAGES, ids=lambda value: getattr(value, "__name__", value))
def test_every_public_module_is_a_plugin(package: object, attribute: str) -> None:
    name, folder = package.__name__, Path(package.__file__).parent  # type: ignore[attr-defined]
    modules = [path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")]
    assert len(discover(name, attribute)) == len(modules) > 3
