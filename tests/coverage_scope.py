"""Measures the coverage of core and warehouse in the tests that are about them only.

The tracer doubles the CPU time of a test, and the gates of `make test` are about these two packages. It does not run while tests are
collected either: the modules of both packages are imported before.
"""

import importlib
import os
import pkgutil
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
PACKAGES = ("core", "warehouse")
MEASURED = tuple(TESTS / folder for folder in ("unit/core", "unit/warehouse", "integration/warehouse"))
OF_SQL_ALONE = (
    "test_dora_*.py",
    "test_*worlds*.py",
    "test_whole_services.py",
    "test_renamed_environments.py",
    "test_recomputed.py",
)
"""Files of these folders that are not measured: their worlds differ in what SQL does with them, which coverage.py does not see.

`test_recomputed.py` computes all numbers of 60 histories in Python of its own; other tests are about the modules that it calls.
"""
UNMEASURED = "unmeasured"
"""The marker of a test that is not measured although its file is: other tests of its folder cover the same lines with less."""
_SUBPROCESSES = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage.py measures the children of a process: here only pytest's workers, not what they start."""


def is_measured(path: Path) -> bool:
    """Return whether a test of this file counts for the coverage of core and warehouse."""
    is_of_sql = any(path.match(pattern) for pattern in OF_SQL_ALONE)
    return not is_of_sql and any(path.is_relative_to(folder) for folder in MEASURED)


def counts(item: pytest.Item) -> bool:
    """Return whether this test counts: its file does, and it has no marker."""
    return is_measured(item.path) and item.get_closest_marker(UNMEASURED) is None


def import_all() -> None:
    """Import every module of the measured packages, so that the lines that run at import count."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(module.name)


class CoverageScope:
    """A plugin of pytest that stops and starts the tracer between tests; without coverage.py it does nothing."""

    def __init__(self) -> None:
        coverage = sys.modules.get("coverage")
        self._coverage = coverage.Coverage.current() if coverage else None
        self._is_measuring = True
        if "PYTEST_XDIST_WORKER" in os.environ:
            os.environ.pop(_SUBPROCESSES, None)
            if self._coverage is not None:
                import_all()
                self._measure(wanted=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Measure this test if it counts."""
        self._measure(wanted=counts(item))
        return (yield)

    def pytest_sessionfinish(self) -> None:
        """Start the tracer again: coverage.py stops it when it saves."""
        self._measure(wanted=True)

    def _measure(self, *, wanted: bool) -> None:
        if self._coverage is None or wanted == self._is_measuring:
            return
        (self._coverage.start if wanted else self._coverage.stop)()
        self._is_measuring = wanted
