"""The wheel and the sdist of a release: the same bytes each time, and what PyPI shows of them."""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from docs import release

ROOT = Path(__file__).parents[3]


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    release.put_installable(folder)
    return folder


def test_built_twice_the_bytes_are_equal(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    before = os.umask(0o077)
    try:
        release.put_installable(tmp_path)
    finally:
        os.umask(before)
    assert hashes(tmp_path) == hashes(folder)


def test_the_sdist_builds_the_same_wheel(folder: Path, tmp_path: Path) -> None:
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [source] = tmp_path.iterdir()
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "wheel")]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    assert hashes(tmp_path / "wheel")[wheel.name] == hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_what_pypi_shows_has_no_link_into_the_repository(folder: Path) -> None:
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = message_from_string(archive.read(name).decode())
    readme = str(metadata.get_payload())
    links = re.findall(r"\]\(([^)\s]+)\)", readme)
    assert [link for link in links if not re.match(r"https://|#", link)] == []
    base = f"https://github.com/deven-org/telemetry-functions/{{}}/v{metadata['Version']}/docs/{{}}"
    assert base.format("blob", "DEPLOY.md") in links
    assert base.format("raw", "images/dashboard.png") in links
    files = {link.split("/", 7)[7].partition("#")[0] for link in links if "/deven-org/" in link}
    assert [file for file in files if not (ROOT / file).exists()] == []
