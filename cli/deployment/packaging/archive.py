"""Zips with the same bytes from the same commit, on any machine.

Entries are sorted and stored, not deflated (what deflate makes depends on the machine's zlib), with one time and one mode.
"""

import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from core.errors import TelemetryError

ROOT = Path(__file__).parents[3]
_TIME = (1980, 1, 1, 0, 0, 0)
_OF_WORKER_ONLY = (
    "core/backfill core/batch.py core/collect_metrics.py core/deadline.py core/delivery_headers.py core/github "
    "core/job core/ledger.py core/progress.py core/receipts.py core/sanitize.py core/setting_types.py core/settings.py "
    "core/static_secrets.py core/store core/watched_repositories.py"
)
"""Beginnings of paths that the webhook function never imports: it has no package of others either."""


class Built(NamedTuple):
    """A zip."""

    path: Path
    size: int
    """Bytes."""
    unpacked: int
    """Bytes of what is in it."""
    files: int
    sha256: str


def sources(runtime: str) -> list[str]:
    """The code of core and of a runtime: what git tracks where there is git, so that a stray file changes nothing."""
    places = ["core", "runtimes/__init__.py", runtime]
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
    return sorted(path for path in found if path.endswith(".py"))


def of_webhook(paths: Iterable[str], of_worker_only: tuple[str, ...]) -> list[str]:
    """What the webhook function needs of the sources; `of_worker_only` are beginnings of paths of the runtime's own."""
    return [path for path in paths if not path.startswith((*_OF_WORKER_ONLY.split(), *of_worker_only))]


def copy(paths: Iterable[str], folder: Path) -> None:
    """Sources into a folder, each at its own path."""
    for path in paths:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, target)


def zipped(tree: Path, target: Path) -> Built:
    """The tree as a zip; one that is there already is replaced as a whole, whoever else builds or deploys it."""
    paths = sorted(path for path in tree.rglob("*") if path.is_file())
    unfinished = target.with_suffix(f".{os.getpid()}")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
        for path in paths:
            entry = zipfile.ZipInfo(path.relative_to(tree).as_posix(), _TIME)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3  # Unix, whatever builds it
            archive.writestr(entry, path.read_bytes())
    unfinished.replace(target)
    unpacked = sum(path.stat().st_size for path in paths)
    sha256 = hashlib.sha256(target.read_bytes()).hexdigest()
    return Built(target, target.stat().st_size, unpacked, len(paths), sha256)
