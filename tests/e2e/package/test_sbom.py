"""The SBOMs of a release, written by cyclonedx-bom: valid, the same bytes each time, and complete for what the archive holds."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from docs import release, sbom
from tests.conftest import missing
from tests.e2e.package.test_package import package


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not sbom.PROGRAM.exists():
        missing("cyclonedx-bom", "`make setup` installs it")
    folder = tmp_path_factory.mktemp("release")
    sbom.write_all(folder)
    return folder


def document(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def components(path: Path) -> dict[str, str]:
    """Return the version of each package, by its normalized name."""
    return {normalized(component["name"]): component["version"] for component in document(path).get("components", [])}


def normalized(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(path: str) -> dict[str, str]:
    pins = re.findall(r"^([\w.-]+)==(\S+)", (sbom.ROOT / path).read_text(), re.MULTILINE)
    return {normalized(name): version for name, version in pins}


def test_there_is_one_for_each_archive_and_the_wheel(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(sbom.contents())


def test_each_names_the_project_and_has_what_an_attestation_needs(folder: Path) -> None:
    """https://github.com/actions/attest/blob/v4.2.2/src/sbom.ts"""
    documents = [document(path) for path in folder.iterdir()]
    assert {bom["metadata"]["component"]["name"] for bom in documents} == {"telemetry-functions"}
    assert {bom["bomFormat"] for bom in documents} == {"CycloneDX"}
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bom["serialNumber"]) for bom in documents)
    assert len({bom["serialNumber"] for bom in documents}) == len(documents)


def test_the_wheels_lists_everything_that_is_installed_with_it(folder: Path) -> None:
    assert components(folder / "telemetry_functions.cdx.json") == locked(sbom.WHEEL)


def test_the_webhooks_archive_holds_our_own_code_only(folder: Path) -> None:
    assert components(folder / "webhook-aws-arm64.cdx.json") == {}


def test_the_workers_is_what_its_archive_holds(folder: Path, tmp_path: Path) -> None:
    listed = components(folder / "worker-aws-x86_64.cdx.json")
    packaged = package(tmp_path, "local")
    with zipfile.ZipFile(packaged / "worker.zip") as archive:
        matches = {re.match(r"([^/]+)\.dist-info/", name) for name in archive.namelist()} - {None}
    names = {match[1].rpartition("-")[::2] for match in matches if match}
    assert listed == {normalized(name): version for name, version in names}
    assert listed.items() <= locked(sbom.WORKER).items()


def test_the_same_locks_are_the_same_bytes(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    for path in sbom.write_all(tmp_path):
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_the_sums_cover_them(folder: Path) -> None:
    sums = release.put_sums(folder)
    (folder / "SHA256SUMS").unlink()
    assert sorted(line.split("  ")[1] for line in sums.splitlines()) == sorted(sbom.contents())
