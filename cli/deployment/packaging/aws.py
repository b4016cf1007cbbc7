"""Builds the zips of AWS's functions: the same bytes from the same commit, on any machine.

https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cli.deployment.packaging import archive
from cli.deployment.packaging.archive import ROOT, Built
from core.errors import TelemetryError

LOCK = ROOT / "runtimes" / "aws" / "worker-requirements.txt"
PYTHON = "3.13"
"""Of the functions on AWS."""
_MAX_ZIPPED, _MAX_UNPACKED = 50_000_000, 250_000_000
"""Bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
_WHEELS = {
    "arm64": ("manylinux2014_aarch64", "manylinux_2_28_aarch64"),
    "x86_64": ("manylinux2014_x86_64", "manylinux_2_28_x86_64"),
}
_WORKER_ONLY = ("runtimes/aws/s3_store.py", "runtimes/aws/schedule.py", "runtimes/aws/worker")
_BOTO_SERVICES = frozenset({"s3", "sqs", "ssm", "sts"})


class Platform(NamedTuple):
    """What a package is for; `native` is this machine and the Python that runs us, as the emulator has it."""

    architecture: str
    python: str
    """Such as 3.13."""


def platform(target: str, architecture: str) -> Platform:
    """What a target's functions run on."""
    if target == "local":
        return Platform("native", f"{sys.version_info[0]}.{sys.version_info[1]}")
    return Platform(architecture, PYTHON)


def build(platform: Platform, folder: Path) -> Iterator[Built]:
    """webhook.zip and worker.zip; raises TelemetryError with pip's own words."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = archive.sources("runtimes/aws")
    with tempfile.TemporaryDirectory() as temporary:
        webhook, worker = Path(temporary, "webhook"), Path(temporary, "worker")
        archive.copy(archive.webhook_paths(paths, _WORKER_ONLY), webhook)
        _install(platform, worker)
        archive.copy(paths, worker)
        for name, tree in (("webhook", webhook), ("worker", worker)):
            _compile(platform, tree)
            yield _within_limits(archive.write_zip(tree, folder / f"{name}.zip"))


def compiles(platform: Platform) -> str | None:
    """The interpreter that makes the byte code; None if there is none of the platform's version here."""
    if platform.architecture == "native" or platform.python == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return sys.executable
    managed = sorted(Path.home().glob(f".pyenv/versions/{platform.python}.*/bin/python{platform.python}"))
    candidates = [shutil.which(f"python{platform.python}"), *map(str, managed)]
    return next((python for python in candidates if python and _works(python)), None)


def _works(python: str) -> bool:
    """A version manager's stand-in is no interpreter."""
    return subprocess.run([python, "-I", "-c", ""], capture_output=True, check=False).returncode == 0


def _install(platform: Platform, folder: Path) -> None:
    arguments = ["--require-hashes", "--no-compile", "--only-binary=:all:", "--target", str(folder), "-r", str(LOCK)]
    if platform.architecture != "native":
        arguments += ["--python-version", platform.python, "--implementation", "cp", "--no-deps"]
        arguments += [f"--platform={tag}" for tag in _WHEELS[platform.architecture]]
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        *arguments,
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise TelemetryError(f"pip cannot install the worker's packages:\n{result.stderr.strip()}")
    _remove_unneeded(folder)


def _remove_unneeded(folder: Path) -> None:
    """What differs from one installation to the next, and what no function of ours asks."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for path in folder.glob("*.dist-info/*"):
        if path.name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
            path.unlink()
    data = folder / "botocore" / "data"
    for path in data.iterdir() if data.exists() else ():
        if path.is_dir() and path.name not in _BOTO_SERVICES:
            shutil.rmtree(path)


def _compile(platform: Platform, tree: Path) -> None:
    """Byte code that is never looked at again: /var/task is read-only, and compiling it is most of a cold start."""
    python = compiles(platform)
    if python is not None:
        quiet = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(tree)]
        command = [python, "-I", "-m", "compileall", *quiet, str(tree)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise TelemetryError(f"{python} cannot compile the package: {(result.stdout + result.stderr).strip()}")


def _within_limits(built: Built) -> Built:
    if built.size > _MAX_ZIPPED or built.unpacked > _MAX_UNPACKED:
        raise TelemetryError(f"{built.path.name} has {built.size} bytes: Lambda takes {_MAX_ZIPPED} directly")
    return built
