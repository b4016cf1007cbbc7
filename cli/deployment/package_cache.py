"""Keeps installed packages of functions between builds, in the user's cache folder, so that only a build with new inputs runs pip.

A file's name is a hash of all inputs of the installation and a hash of the content, so a change of one makes it unknown. The user may
delete the folder at any time.
"""

import hashlib
import io
import os
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cli.deployment import archive

_FILES = 3
"""Number of installations that are kept: those that a build used last."""


def folder() -> Path:
    """Return the folder, which need not exist: https://specifications.freedesktop.org/basedir-spec/latest/."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (cache if cache.is_absolute() else Path.home() / ".cache") / "telemetry-functions" / "packages"


def load(key: str) -> dict[str, bytes] | None:
    """Return the files of an installation by path; None if it is unknown or damaged, or if other users may write it."""
    with suppress(OSError, RuntimeError):  # Path.home() raises RuntimeError for a user without a home
        status = folder().stat()
        if status.st_uid != os.getuid() or status.st_mode & 0o077:
            return None
        for path in folder().glob(f"{key}-*.zip"):
            content = path.read_bytes()
            if path.stem == f"{key}-{hashlib.sha256(content).hexdigest()}":
                os.utime(path)
                with zipfile.ZipFile(io.BytesIO(content)) as packages:
                    return {name: packages.read(name) for name in packages.namelist()}
    return None


def store(key: str, files: Mapping[str, bytes]) -> None:
    """Keep the files of an installation; a folder that cannot be written costs the next build its time, and nothing else."""
    with suppress(OSError, RuntimeError):
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        folder().chmod(0o700)
        written = archive.write_zip(files, folder() / f"new-{os.getpid()}.zip")
        written.path.replace(folder() / f"{key}-{written.sha256}.zip")
        for path in sorted(folder().iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)[_FILES:]:
            path.unlink()
