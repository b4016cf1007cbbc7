"""One module = one benchmark, found by being in this folder with a `run() -> list[Result]`."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

_FOLDER = Path(__file__).parent


def discover() -> dict[str, ModuleType]:
    """Return the benchmarks by name, sorted. A module without `run` is not imported: the baseline creates clients on import."""
    names = sorted(path.stem for path in _FOLDER.glob("*.py") if "\ndef run(" in path.read_text())
    return {name: import_module(f"benchmarks.{name}") for name in names}
