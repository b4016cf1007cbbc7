"""Vendored files equal those of npm: the same bytes, the locked version, with the licence."""

import json
from pathlib import Path

import pytest

import warehouse.dashboard

ROOT = Path(__file__).parents[3]
VENDOR = Path(warehouse.dashboard.__file__).parent / "vendor"
FILES = {
    "d3.min.js": "d3/dist/d3.min.js",
    "d3.LICENSE": "d3/LICENSE",
    "plot.umd.min.js": "@observablehq/plot/dist/plot.umd.min.js",
    "plot.LICENSE": "@observablehq/plot/LICENSE",
}


def test_every_vendored_file_is_accounted_for() -> None:
    assert {path.name for path in VENDOR.iterdir()} == set(FILES)


@pytest.mark.npm
@pytest.mark.parametrize("name", FILES)
def test_the_bytes_are_those_of_npm(npm: Path, name: str) -> None:
    assert (VENDOR / name).read_bytes() == (npm / FILES[name]).read_bytes()


@pytest.mark.parametrize(
    ("package", "file", "banner"),
    [
        ("d3", "d3.min.js", "// https://d3js.org v{} "),
        ("@observablehq/plot", "plot.umd.min.js", "// @observablehq/plot v{} "),
    ],
)
def test_the_version_is_the_one_in_the_lock(package: str, file: str, banner: str) -> None:
    lock = json.loads((ROOT / "tests" / "npm" / "package-lock.json").read_text())
    version = lock["packages"][f"node_modules/{package}"]["version"]
    assert (VENDOR / file).read_text().startswith(banner.format(version))
    assert lock["packages"][f"node_modules/{package}"]["license"] == "ISC"


def test_the_licence_of_the_project_names_what_is_vendored() -> None:
    license_text = (ROOT / "LICENSE").read_text()
    for name in ("d3", "plot"):
        copyright, *_ = (VENDOR / f"{name}.LICENSE").read_text().splitlines()
        assert copyright in license_text


@pytest.mark.npm
@pytest.mark.parametrize("package", ["delaunator", "isoformat", "interval-tree-1d", "binary-search-bounds"])
def test_the_licence_names_what_vendored_packages_bundle(npm: Path, package: str) -> None:
    copyright = next(
        line for line in (npm / package / "LICENSE").read_text().splitlines() if line.startswith("Copyright")
    )
    assert copyright in (ROOT / "LICENSE").read_text()


def test_the_lock_names_no_host_of_packages() -> None:
    assert "resolved" not in (ROOT / "tests" / "npm" / "package-lock.json").read_text()
