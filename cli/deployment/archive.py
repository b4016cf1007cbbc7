"""Writes reproducible zip archives: the same commit produces the same bytes on any machine.

Entries are sorted and stored uncompressed (the output of deflate depends on the zlib version), with one time and one mode.
"""

import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from core.errors import TelemetryError

ROOT = Path(__file__).parents[2]
_TIME = (1980, 1, 1, 0, 0, 0)
_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
"""Only the end of the central directory: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16."""
COMMENT_BYTES = 48
"""Bytes of the comment that says what an archive was built for: a multiple of 3, as base64 needs it."""
_WORKER_ONLY = (
    "core/api_origin.py core/backfill core/batch.py core/collect_metrics.py core/deadline.py core/delivery_headers.py "
    "core/github core/job core/known_values.py core/ledger.py core/progress.py core/receipts.py core/record_file.py "
    "core/record_path.py core/sanitize.py core/setting_types.py core/settings.py core/static_secrets.py core/store "
    "core/watched_repositories.py core/worker_services.py"
)
"""Path prefixes that the webhook function never imports; its package has no third-party packages either."""


class Built(NamedTuple):
    """A zip archive."""

    path: Path
    size: int
    """Bytes."""
    unpacked: int
    """Uncompressed size in bytes."""
    files: int
    sha256: str


def sources(runtime: str) -> list[str]:
    """List the source files of core and a runtime. In a git checkout only tracked files count, so a stray file changes nothing."""
    roots = ["core", "runtimes/__init__.py", runtime]
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        result = subprocess.run([git, "ls-files", "-z", *roots], cwd=ROOT, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise TelemetryError(f"git cannot list the project's files: {result.stderr.strip()}")
        tracked: Iterable[str] = [path for path in result.stdout.split("\0") if path and (ROOT / path).exists()]
    else:
        files = [
            path for root in roots for path in ([ROOT / root] if root.endswith(".py") else (ROOT / root).rglob("*"))
        ]
        tracked = [path.relative_to(ROOT).as_posix() for path in files if path.is_file()]
    return sorted(path for path in tracked if path.endswith(".py"))


def webhook_paths(paths: Iterable[str], worker_only: tuple[str, ...]) -> list[str]:
    """Select the source files of the webhook function; `worker_only` are path prefixes of the runtime to exclude."""
    return [path for path in paths if not path.startswith((*_WORKER_ONLY.split(), *worker_only))]


def copy(paths: Iterable[str], folder: Path) -> None:
    """Copy source files into a folder at the same relative paths."""
    for path in paths:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, target)


def read(tree: Path) -> dict[str, bytes]:
    """Return the contents of a folder's files by their relative path."""
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def write_zip(files: Mapping[str, bytes], target: Path, built_for: str = "") -> Built:
    """Write contents by path as a zip archive; an existing archive is replaced atomically.

    `built_for`, such as `python=3.13 architecture=arm64`, becomes the archive's comment, which Terraform compares with the runtime
    before it creates anything: at most 48 bytes, the last ones of the file, whose size is a multiple of 3. So they are also the end of
    its base64, which is all that Terraform can read of a binary file.
    """
    temporary = target.with_suffix(f".{os.getpid()}")
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files, key=lambda path: path.split("/")):
            entry = zipfile.ZipInfo(path, _TIME)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3  # always Unix, so that the bytes do not depend on the machine
            archive.writestr(entry, files[path])
    if built_for:
        _write_comment(temporary, built_for)
    temporary.replace(target)
    unpacked = sum(len(content) for content in files.values())
    sha256 = hashlib.sha256(target.read_bytes()).hexdigest()
    return Built(target, target.stat().st_size, unpacked, len(files), sha256)


def empty_packages(folder: Path) -> dict[str, str]:
    """Write an empty zip, and return it as both packages: Terraform checks its variables also where it only destroys."""
    path = folder / "empty.zip"
    path.write_bytes(_EMPTY_ZIP)
    return {"webhook": str(path), "worker": str(path)}


def _write_comment(path: Path, text: str) -> None:
    comment = f"{text:>{COMMENT_BYTES}}".encode()
    if len(comment) != COMMENT_BYTES:
        raise ValueError(f"{text!r} has more than {COMMENT_BYTES} bytes")
    padding = b" " * (-(path.stat().st_size + COMMENT_BYTES) % 3)
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = padding + comment
