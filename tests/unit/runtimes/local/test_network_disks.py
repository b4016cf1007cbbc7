from pathlib import Path
from typing import NamedTuple

import pytest

from runtimes.local.network_disks import network_file_system


class Partition(NamedTuple):
    mountpoint: str
    fstype: str


@pytest.mark.parametrize(
    "name", ["nfs4", "nfs", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "NFS"]
)
def test_a_folder_below_a_network_mount_is_on_the_network(tmp_path: Path, name: str) -> None:
    partitions = [Partition("/", "ext4"), Partition(str(tmp_path), name)]
    assert network_file_system(tmp_path / "folder", partitions) == name.lower()


def test_the_innermost_mount_decides_and_the_last_of_several(tmp_path: Path) -> None:
    inner = str(tmp_path / "inner")
    partitions = [
        Partition(inner, "nfs"),
        Partition(inner, "ext4"),
        Partition(str(tmp_path), "nfs"),
        Partition("/", "nfs"),
    ]
    assert network_file_system(tmp_path / "inner" / "x", partitions) == ""
    assert network_file_system(tmp_path / "inner-not", partitions) == "nfs"


@pytest.mark.parametrize("name", ["ext4", "overlay", "apfs", "tmpfs", "fuse.bindfs", "NTFS"])
def test_a_disk_of_this_machine_is_not_on_the_network(tmp_path: Path, name: str) -> None:
    assert network_file_system(tmp_path, [Partition("/", name)]) == ""
    assert network_file_system(tmp_path, []) == ""


def test_the_folders_of_the_tests_are_on_a_disk_of_this_machine(tmp_path: Path) -> None:
    assert network_file_system(tmp_path) == ""
