import os
from pathlib import Path

import pytest

from cli.deployment import package_cache

FILES = {"a/b.py": b"1", "a.py": b"2"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "telemetry-functions" / "packages"


def test_stored_files_are_loaded_by_their_key_alone() -> None:
    assert package_cache.load("one") is None
    package_cache.store("one", FILES)
    assert package_cache.load("one") == FILES
    assert package_cache.load("on") is None
    assert package_cache.load("two") is None


@pytest.mark.parametrize("damage", [b"", b"PK", None])
def test_a_damaged_file_is_not_loaded(folder: Path, damage: bytes | None) -> None:
    package_cache.store("one", FILES)
    [path] = folder.iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content if damage is None else damage)
    assert package_cache.load("one") is None
    package_cache.store("one", FILES)
    assert package_cache.load("one") == FILES


def test_a_folder_that_other_users_may_write_is_not_read(folder: Path) -> None:
    package_cache.store("one", FILES)
    folder.chmod(0o770)
    assert package_cache.load("one") is None
    package_cache.store("one", FILES)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert package_cache.load("one") == FILES


def test_only_the_installations_used_last_are_kept(folder: Path) -> None:
    for number, name in enumerate(("four", "three", "two", "one"), start=1):
        package_cache.store(name, FILES)
        [path] = folder.glob(f"{name}-*")
        os.utime(path, (number, number))
    (folder / "new-1.1").write_bytes(b"of a killed build")
    os.utime(folder / "new-1.1", (1, 1))
    package_cache.store("newest", FILES)
    assert sorted(path.name.partition("-")[0] for path in folder.iterdir()) == ["newest", "one", "two"]


def test_a_folder_that_cannot_be_written_is_no_error(folder: Path) -> None:
    folder.parent.write_text("a file")
    package_cache.store("one", FILES)
    assert package_cache.load("one") is None


@pytest.mark.parametrize("variable", ["", "relative"])
def test_without_an_absolute_cache_folder_the_home_has_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", variable)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert package_cache.folder() == tmp_path / ".cache" / "telemetry-functions" / "packages"
