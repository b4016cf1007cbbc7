"""Builds the deployment packages of the AWS functions; the same commit produces the same bytes on any machine.

https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

import hashlib
import importlib.metadata
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from platform import libc_ver, machine, system
from typing import NamedTuple

from cli.deployment import archive, package_cache
from cli.deployment.archive import ROOT, Built
from core.errors import TelemetryError

LOCK = ROOT / "runtimes" / "aws" / "worker-requirements.txt"
PYTHON = "3.13"
"""Python version of the AWS functions."""
_MAX_ZIPPED, _MAX_UNPACKED = 50_000_000, 250_000_000
"""Bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
_WHEELS = {
    "arm64": ("manylinux2014_aarch64", "manylinux_2_28_aarch64"),
    "x86_64": ("manylinux2014_x86_64", "manylinux_2_28_x86_64"),
}
ARCHITECTURES = tuple(_WHEELS)
"""Architectures of Lambda; the first one is the default."""
NATIVE = "native"
"""The architecture of emulators: they run the functions on this machine."""
_WORKER_ONLY = ("runtimes/aws/s3_store.py", "runtimes/aws/schedule.py", "runtimes/aws/worker")
_BOTO_SERVICES = frozenset({"s3", "sqs", "ssm", "sts"})


class Platform(NamedTuple):
    """Platform of a package; `native` is this machine and the running Python, as the emulator uses them."""

    architecture: str
    python: str
    """Version, e.g. 3.13."""

    @property
    def machine(self) -> str:
        """Return the architecture as Lambda names it, also of this machine."""
        if self.architecture != NATIVE:
            return self.architecture
        return "arm64" if machine() in ("aarch64", "arm64") else "x86_64"


def native_platform() -> Platform:
    """Return this machine and the running Python, which an emulator uses."""
    return Platform(NATIVE, f"{sys.version_info[0]}.{sys.version_info[1]}")


def build(platform: Platform, folder: Path) -> Iterator[Built]:
    """Build webhook.zip and worker.zip; raises TelemetryError with the output of pip."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = archive.sources("runtimes/aws")
    with tempfile.TemporaryDirectory() as temporary:
        for name, own in (("webhook", archive.webhook_paths(paths, _WORKER_ONLY)), ("worker", paths)):
            tree = Path(temporary, name)
            archive.copy(own, tree)
            _compile(platform, tree)
            packages = _packages(platform) if name == "worker" else {}
            files = packages | archive.read(tree)
            yield _within_limits(archive.write_zip(files, folder / f"{name}.zip", built_for(platform)))


def built_for(platform: Platform) -> str:
    """Return the comment of an archive: the version of Python and the architecture as Lambda names it."""
    return f"python={platform.python} architecture={platform.machine}"


def compiles(platform: Platform) -> str | None:
    """Return an interpreter of the platform's version for compiling; None if none is installed."""
    if platform.architecture == NATIVE or platform.python == native_platform().python:
        return sys.executable
    managed = sorted(Path.home().glob(f".pyenv/versions/{platform.python}.*/bin/python{platform.python}"))
    candidates = [shutil.which(f"python{platform.python}"), *map(str, managed)]
    return next((python for python in candidates if python and _version(python)), None)


def _version(python: str) -> str:
    """Return the full version of an interpreter; empty if the command does not run, as a version manager's shim may not."""
    command = [python, "-I", "-c", "import sys; print(sys.version)"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout if result.returncode == 0 else ""


def _packages(platform: Platform) -> dict[str, bytes]:
    """Return the files of the worker's third-party packages by path, compiled; raises TelemetryError."""
    key = packages_key(platform)
    packages = package_cache.load(key)
    if packages is None:
        with tempfile.TemporaryDirectory() as temporary:
            tree = Path(temporary, "packages")
            _install(platform, tree)
            _compile(platform, tree)
            packages = archive.read(tree)
        package_cache.store(key, packages)
    return packages


def packages_key(platform: Platform) -> str:
    """Hash everything that decides what `_install` and `_compile` write: this file, the lock file, pip, Python and the machine."""
    python = compiles(platform)
    inputs = [
        *platform,
        LOCK.read_text(),
        Path(__file__).read_text(),
        importlib.metadata.version("pip"),
        sys.version,
        _version(python) if python else "",
        system(),
        machine(),
        *libc_ver(),
    ]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


def _install(platform: Platform, folder: Path) -> None:
    arguments = ["--require-hashes", "--no-compile", "--only-binary=:all:", "--target", str(folder), "-r", str(LOCK)]
    if platform.architecture != NATIVE:
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
    """Remove files that differ between installations and data of services that no function uses."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for path in folder.glob("*.dist-info/*"):
        if path.name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
            path.unlink()
    data = folder / "botocore" / "data"
    for path in data.iterdir() if data.exists() else ():
        if path.is_dir() and path.name not in _BOTO_SERVICES:
            shutil.rmtree(path)


def _compile(platform: Platform, tree: Path) -> None:
    """Compile to unchecked byte code: /var/task is read-only, and compiling takes most of a cold start."""
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
