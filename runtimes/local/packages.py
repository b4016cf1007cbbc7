"""Builds the zips of AWS's functions: the same bytes from the same commit, on any machine.

Entries are sorted and stored, not deflated (what deflate makes depends on the machine's zlib), with one time and one mode.
https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from core.errors import TelemetryError

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "runtimes" / "aws" / "worker-requirements.txt"
PYTHON = "3.13"
"""Of the functions on AWS."""
_TIME = (1980, 1, 1, 0, 0, 0)
_MOST_ZIPPED, _MOST = 50_000_000, 250_000_000
"""Bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
_WHEELS = {
    "arm64": ("manylinux2014_aarch64", "manylinux_2_28_aarch64"),
    "x86_64": ("manylinux2014_x86_64", "manylinux_2_28_x86_64"),
}
_OF_WORKER_ONLY = (
    "core/batch.py core/collect_metrics.py core/git_ core/github core/job core/setting_types.py core/settings.py "
    "core/store core/write_budget.py runtimes/aws/s3_store.py runtimes/aws/schedule.py runtimes/aws/worker"
)
"""Beginnings of paths that the webhook function never imports: it has no package of others either."""
_BOTO_SERVICES = frozenset({"s3", "sqs", "ssm", "sts"})


class Built(NamedTuple):
    """A zip."""

    path: Path
    size: int
    """Bytes."""
    files: int
    sha256: str


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
    ours = list(_sources())
    with tempfile.TemporaryDirectory() as temporary:
        webhook, worker = Path(temporary, "webhook"), Path(temporary, "worker")
        _copy([path for path in ours if not path.startswith(tuple(_OF_WORKER_ONLY.split()))], webhook)
        _install(platform, worker)
        _copy(ours, worker)
        for name, tree in (("webhook", webhook), ("worker", worker)):
            _compile(platform, tree)
            yield _zip(tree, folder / f"{name}.zip")


def compiles(platform: Platform) -> str | None:
    """The interpreter that makes the byte code; None if there is none of the platform's version here."""
    if platform.architecture == "native" or platform.python == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return sys.executable
    managed = sorted(Path.home().glob(f".pyenv/versions/{platform.python}.*/bin/python{platform.python}"))
    found = [shutil.which(f"python{platform.python}"), *map(str, managed)]
    return next((python for python in found if python and _works(python)), None)


def _works(python: str) -> bool:
    """A version manager's stand-in is no interpreter."""
    return subprocess.run([python, "-I", "-c", ""], capture_output=True, check=False).returncode == 0


def _sources() -> Iterator[str]:
    """The code of core and runtimes/aws: what git tracks where there is git, so that a stray file changes nothing."""
    places = ["core", "runtimes/__init__.py", "runtimes/aws"]
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        told = subprocess.run([git, "ls-files", "-z", *places], cwd=ROOT, capture_output=True, text=True, check=False)
        if told.returncode != 0:
            raise TelemetryError(f"git does not tell which files are the project's: {told.stderr.strip()}")
        found: Iterable[str] = [path for path in told.stdout.split("\0") if path and (ROOT / path).exists()]
    else:
        files = [
            path
            for place in places
            for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*"))
        ]
        found = [path.relative_to(ROOT).as_posix() for path in files if path.is_file()]
    yield from sorted(path for path in found if path.endswith(".py"))


def _copy(paths: Iterable[str], folder: Path) -> None:
    for path in paths:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, target)


def _install(platform: Platform, folder: Path) -> None:
    told = ["--require-hashes", "--no-compile", "--only-binary=:all:", "--target", str(folder), "-r", str(LOCK)]
    if platform.architecture != "native":
        told += ["--python-version", platform.python, "--implementation", "cp", "--no-deps"]
        told += [f"--platform={each}" for each in _WHEELS[platform.architecture]]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", *told]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise TelemetryError(f"pip cannot install the worker's packages:\n{done.stderr.strip()}")
    _leave_out(folder)


def _leave_out(folder: Path) -> None:
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
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise TelemetryError(f"{python} cannot compile the package: {(done.stdout + done.stderr).strip()}")


def _zip(tree: Path, target: Path) -> Built:
    paths = sorted(path for path in tree.rglob("*") if path.is_file())
    unfinished = target.with_suffix(f".{os.getpid()}")  # whoever builds, or deploys, at the same time sees whole ones
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
        for path in paths:
            entry = zipfile.ZipInfo(path.relative_to(tree).as_posix(), _TIME)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3  # Unix, whatever builds it
            archive.writestr(entry, path.read_bytes())
    unfinished.replace(target)
    size = target.stat().st_size
    if size > _MOST_ZIPPED or sum(path.stat().st_size for path in paths) > _MOST:
        raise TelemetryError(f"{target.name} has {size} bytes: Lambda takes {_MOST_ZIPPED} directly")
    return Built(target, size, len(paths), hashlib.sha256(target.read_bytes()).hexdigest())
