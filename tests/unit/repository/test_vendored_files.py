"""The vendored bundle is what the locked npm packages make, and has the licence of each package in it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import warehouse.dashboard
from tests.conftest import missing
from tests.environment import PATIENCE

ROOT = Path(__file__).parents[3]
NPM = ROOT / "tests" / "npm"
VENDOR = Path(warehouse.dashboard.__file__).parent / "vendor"
BUNDLED = ("d3-array", "d3-path", "d3-shape")
LARGEST = 60_000
"""Bytes of vendored code in each page."""


@pytest.fixture
def bundle(npm: Path) -> list[str]:
    """The command that makes the bundle (`bundle` of tests/npm/package.json), with the program by its path."""
    node = shutil.which("node")
    if node is None or not (npm / "esbuild").exists():
        missing("esbuild", "install Node.js 20, then `make setup`")
    program, *arguments = json.loads((NPM / "package.json").read_text())["scripts"]["bundle"].split()
    assert program == "esbuild"
    return [str(node), str(npm / "esbuild" / "bin" / "esbuild"), *arguments]


def test_every_vendored_file_is_accounted_for() -> None:
    assert {path.name for path in VENDOR.iterdir()} == {"d3.min.js", *(f"{name}.LICENSE" for name in BUNDLED)}


def test_the_vendored_code_is_small() -> None:
    assert (VENDOR / "d3.min.js").stat().st_size <= LARGEST


@pytest.mark.npm
def test_a_fresh_bundle_of_the_locked_packages_is_the_same(bundle: list[str]) -> None:
    made = subprocess.run(bundle, cwd=NPM, capture_output=True, timeout=PATIENCE, check=True)
    assert (VENDOR / "d3.min.js").read_bytes() == made.stdout


@pytest.mark.npm
def test_the_bundle_has_code_of_these_packages_only(bundle: list[str], tmp_path: Path) -> None:
    arguments = [*bundle, f"--metafile={tmp_path / 'meta.json'}", f"--outfile={tmp_path / 'out.js'}"]
    subprocess.run(arguments, cwd=NPM, capture_output=True, timeout=PATIENCE, check=True)
    [output] = json.loads((tmp_path / "meta.json").read_text())["outputs"].values()
    with_code = {name for name, part in output["inputs"].items() if part["bytesInOutput"]}
    assert {match[1] for name in with_code if (match := re.search("node_modules/([^/]+)/", name))} == set(BUNDLED)


@pytest.mark.npm
@pytest.mark.parametrize("package", BUNDLED)
def test_each_licence_is_that_of_the_package(npm: Path, package: str) -> None:
    assert (VENDOR / f"{package}.LICENSE").read_bytes() == (npm / package / "LICENSE").read_bytes()


@pytest.mark.parametrize("package", BUNDLED)
def test_the_licence_of_the_project_names_the_package(package: str) -> None:
    lock = json.loads((NPM / "package-lock.json").read_text())
    copyright, *_ = (VENDOR / f"{package}.LICENSE").read_text().splitlines()
    assert f"{package}: {copyright}" in (ROOT / "LICENSE").read_text()
    assert lock["packages"][f"node_modules/{package}"]["license"] == "ISC"


def test_the_lock_names_no_host_of_packages() -> None:
    assert "resolved" not in (NPM / "package-lock.json").read_text()
