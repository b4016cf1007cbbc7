"""Installs the wheel into virtual environments that hold nothing but what its metadata asks for, without a registry.

The distributions come from the environment that runs the tests, as links.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import NamedTuple

from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement

from tests.environment import PATIENCE

ROOT = Path(__file__).parents[3]
NAME = "telemetry-functions"


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout."""
    [path] = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(path)


class Installed(NamedTuple):
    """A virtual environment with the wheel, a home and no checkout."""

    venv: Path
    home: Path

    def start(self, *words: str | Path, cwd: str | Path = "/", **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a program of the environment."""
        environment = {"HOME": str(self.home), "PATH": f"{self.venv / 'bin'}:{os.defpath}", "LANG": "C.UTF-8"}
        return subprocess.run(
            [self.venv / "bin" / words[0], *words[1:]],
            cwd=cwd,
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def telemetry(self, *words: str | Path, cwd: str | Path = "/", **variables: str) -> str:
        """Run `telemetry`; returns its output, after it exited with 0."""
        done = self.start("telemetry", *words, cwd=cwd, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def link(self, names: Iterable[str]) -> None:
        """Add distributions and all that they need."""
        for found in _closure(names):
            for entry in {file.parts[0] for file in found.files or () if ".." not in file.parts}:
                target = self.site_packages / entry
                if not target.exists():
                    target.symlink_to(Path(str(found.locate_file(entry))))

    @property
    def site_packages(self) -> Path:
        """Return the folder of the installed packages."""
        [folder] = self.venv.glob("lib/python*/site-packages")
        return folder


def install(wheel: Path, folder: Path, *extras: str) -> Installed:
    """Install the wheel with these extras, as `pip install 'telemetry-functions[EXTRA]'` does."""
    venv, home = folder / "venv", folder / "home"
    home.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = str(venv / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--no-index", "--disable-pip-version-check", wheel], check=True)
    installed = Installed(venv, home)
    [metadata] = installed.site_packages.glob("*.dist-info")
    installed.link(_needed(Distribution.at(metadata), extras))
    return installed


def _needed(found: Distribution, extras: Iterable[str]) -> Iterator[str]:
    """Yield the requirements of a distribution with some extras."""
    for text in found.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield f"{requirement.name}[{','.join(requirement.extras)}]"


def _closure(names: Iterable[str]) -> Iterator[Distribution]:
    """Yield the distributions of these requirements and of theirs, each once."""
    seen, waiting = set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            requirement = Requirement(name)
            found = distribution(requirement.name)
            yield found
            waiting += _needed(found, requirement.extras)
