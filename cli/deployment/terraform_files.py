"""Finds the Terraform modules: in a checkout where they are, else as a copy in the state folder.

Terraform writes into a root which providers it selected (`.terraform.lock.hcl`), and an installation may be read-only or shared.
"""

from collections.abc import Iterator
from pathlib import Path

from cli import atomic_write
from runtimes.local.state_folder import STATE, make_private
from telemetry_functions import installation

_SOURCE = installation.ROOT / "terraform"
_OWN = (".terraform.lock.hcl", "backend_override.tf")
"""Files that Terraform and we write into a root."""
_UNFINISHED = ".part"
"""Suffix of a file that another process is writing."""


def roots() -> Path:
    """Return the folder with one root for each provider, terraform/live; raises StateFolderError if the copy cannot be written."""
    return (_SOURCE if installation.IS_CHECKOUT else _copied(STATE / "terraform")).absolute() / "live"


def _copied(target: Path) -> Path:
    """Make a copy equal to the modules of this version, apart from the files that Terraform and we write; return it."""
    make_private(target)
    sources = {path.relative_to(_SOURCE) for path in _files(_SOURCE)}
    for path in sources:
        content = (_SOURCE / path).read_bytes()
        if not (target / path).is_file() or (target / path).read_bytes() != content:
            atomic_write.write(target / path, content)
    for path in list(_files(target)):
        if path.relative_to(target) not in sources and path.name not in _OWN and path.suffix != _UNFINISHED:
            path.unlink()
    return target


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
