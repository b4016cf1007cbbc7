"""Finds the virtual environment of the emulator: `.venv-emulator` of a checkout, else one that is created once in the user's cache folder."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import filelock

from core.errors import TelemetryError
from telemetry_functions import installation
from telemetry_functions.installation import instruction

VENV = installation.ROOT / ".venv-emulator"
"""The one of a checkout."""
_LOCKS = (
    installation.ROOT / "cli" / "pip-requirements.txt",  # the pip that Python brings can be years old
    Path(__file__).parents[1] / "emulator-requirements.txt",
)
_OPTIONS = ("--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes", "--requirement")


class NotInstalledError(TelemetryError):
    """Report that the environment does not exist and cannot be created; the message is one line with the remedy."""


def ensure() -> Path:
    """Return the environment; outside a checkout create it first, if it does not exist. Raises NotInstalledError."""
    if installation.IS_CHECKOUT:
        if not VENV.exists():
            raise NotInstalledError(f"the emulator is not installed: run `{instruction('setup')}`")
        return VENV
    try:
        return _cached(installation.cache_folder())
    except (OSError, RuntimeError) as error:  # Path.home() raises RuntimeError for a user without a home
        raise NotInstalledError(
            f"the emulator cannot be installed in the cache folder (XDG_CACHE_HOME): {error}"
        ) from None


def _cached(cache: Path) -> Path:
    """Return the environment in a cache folder. It is complete if it has its final name."""
    folder = cache / name()
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with filelock.FileLock(cache / "emulator.lock"):
        if not folder.exists():
            unfinished = cache / "emulator-unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            sys.stderr.write(f"installing the emulator of AWS (MiniStack), once, in {folder}\n")
            _create(unfinished)
            unfinished.rename(folder)
    return folder


def name() -> str:
    """Return the name of the environment for the locks of this version, and this Python."""
    inputs = [sys.version, *(lock.read_text("utf-8") for lock in _LOCKS)]
    return f"emulator-{hashlib.sha256(''.join(inputs).encode()).hexdigest()[:16]}"


def _create(folder: Path) -> None:
    _run("Python's module venv", sys.executable, "-m", "venv", str(folder))
    for lock in _LOCKS:
        _run("pip", str(folder / "bin" / "python"), "-m", "pip", "install", *_OPTIONS, str(lock))


def _run(name: str, *command: str) -> None:
    """Run a program; raises NotInstalledError with its last line, for example that Debian's python3-venv is missing."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise NotInstalledError(f"the emulator cannot be installed: {name} failed: {' '.join(lines)[-300:]}")
