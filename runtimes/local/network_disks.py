"""Finds out whether a folder is on a network file system, where SQLite's write-ahead log is not safe.

"WAL does not work over a network filesystem": https://www.sqlite.org/wal.html
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

_NETWORK = (
    "nfs",
    "cifs",
    "smb",
    "afp",
    "webdav",
    "9p",
    "glusterfs",
    "ceph",
    "lustre",
    "beegfs",
    "vboxsf",
    "sshfs",
    "s3fs",
    "gcsfuse",
    "rclone",
    "davfs",
    "vmhgfs",
)
"""Prefixes of the names of file systems: https://man7.org/linux/man-pages/man8/mount.8.html, and those of macOS.

Linux puts `fuse.` before the name of one in user space: https://github.com/torvalds/linux/commit/79c0b2df79eb56fc71e54c75cd7fb3acf84370f9
"""


class _Partition(Protocol):
    mountpoint: str
    fstype: str


def network_file_system(folder: Path, partitions: Iterable[_Partition] | None = None) -> str:
    """Return the name of the network file system that holds the folder; empty if it is on a disk of this machine."""
    mounted = _mounted() if partitions is None else partitions
    folder = folder.resolve()
    holding = [partition for partition in mounted if folder.is_relative_to(partition.mountpoint)]
    if not holding:
        return ""
    # the last of several mounts on one point hides the others
    longest = max(len(Path(partition.mountpoint).parts) for partition in holding)
    name = [partition.fstype for partition in holding if len(Path(partition.mountpoint).parts) == longest][-1].lower()
    return name if name.removeprefix("fuse.").startswith(_NETWORK) else ""


def _mounted() -> Iterable[Any]:
    import psutil  # noqa: PLC0415 (of the extra `local`)

    return psutil.disk_partitions(all=True)
