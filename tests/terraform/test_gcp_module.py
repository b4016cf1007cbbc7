"""Google Cloud's module by itself: its own tests, which plan only, on the oldest and the newest provider that we try."""

import re
from pathlib import Path

import pytest

from tests.terraform.google_terraform import ROOT, VERSIONS, GoogleTerraform
from tests.terraform.provider_process import provider_process

MODULE = ROOT / "gcp"
TEXT = "\n".join(path.read_text() for path in sorted(MODULE.rglob("*.tf")))


@pytest.mark.terraform
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("folder", "command"), [("gcp", "validate"), ("live/gcp", "validate"), ("gcp", "test")])
def test_the_module_and_its_root_hold(folder: str, command: str, version: str, tmp_path: Path) -> None:
    terraform = GoogleTerraform(tmp_path, folder, version)
    terraform.init()
    data, backend = terraform.folder / ".terraform", {"TFSTUB_BACKEND": str(terraform.cloud)}
    files = [f"-filter=tests/{name}" for name in _tests_of(version)] if command == "test" else []
    with provider_process(data, "google", backend) as provider:
        done = terraform.run(command, *files, more=provider)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    if command == "test":
        runs = sum(
            len(re.findall(r'^run "', (MODULE / "tests" / name).read_text(), re.MULTILINE))
            for name in _tests_of(version)
        )
        assert (runs > 40, f"{runs} passed, 0 failed" in done.stdout) == (True, True), done.stdout[-3000:]


def _tests_of(version: str) -> list[str]:
    """Return the module's files of tests; a variable's own conditions do not depend on the provider, so one version has them."""
    names = sorted(path.name for path in (MODULE / "tests").glob("*.tftest.hcl"))
    return names if version == VERSIONS[-1] else [name for name in names if name != "bad_values.tftest.hcl"]


def test_every_role_is_a_small_one_and_none_is_taken_from_anybody_else() -> None:
    roles = set(re.findall(r'"(roles/[\w.]+)"', TEXT))
    assert roles == {
        "roles/artifactregistry.writer",
        "roles/bigquery.dataEditor",
        "roles/bigquery.dataViewer",
        "roles/bigquery.jobUser",
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "roles/logging.logWriter",
        "roles/pubsub.publisher",
        "roles/pubsub.subscriber",
        "roles/run.invoker",
        "roles/secretmanager.secretAccessor",
        "roles/storage.legacyBucketReader",
        "roles/storage.objectUser",
        "roles/storage.objectViewer",
    }
    assert re.findall(r'resource "google_\w+_iam_(?:binding|policy)"', TEXT) == []


def test_only_who_builds_or_queries_has_a_role_in_the_project() -> None:
    granted = re.findall(r'resource "google_(project|organization|folder|service_account)_iam_\w+" "(\w+)"', TEXT)
    assert granted == [("project", "analytics"), ("project", "build_log"), ("project", "build_source")]


def test_no_secret_has_a_value_and_no_account_a_key() -> None:
    resources = set(re.findall(r'resource "(\w+)"', TEXT))
    assert "google_secret_manager_secret" in resources
    assert not resources & {"google_secret_manager_secret_version", "google_service_account_key"}


def test_there_is_no_provider_but_google() -> None:
    assert set(re.findall(r'source += "(hashicorp/\w+)"', TEXT)) == {"hashicorp/google"}
    assert set(re.findall(r'(?:resource|data) "([a-z]+)_', TEXT)) == {"google"}
    assert set(re.findall(r'^ +version += "(.*)"', TEXT, re.MULTILINE)) == {">= 6.50, < 8.0"}
