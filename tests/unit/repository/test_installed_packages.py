"""Check that no installed package takes the place of one of ours, as python-hcl2 8 does with `cli`."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import PATIENCE, inherited

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("package", ["benchmarks", "cli", "core", "docs", "fakes", "runtimes", "warehouse"])
def test_a_process_elsewhere_imports_our_package(package: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", f"import {package}; print({package}.__file__)"]
    done = subprocess.run(
        command, cwd=tmp_path, env=inherited(), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.stdout.strip() == str(ROOT / package / "__init__.py"), done.stderr
