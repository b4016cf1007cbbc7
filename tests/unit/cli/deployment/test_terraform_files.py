from pathlib import Path

import pytest

from cli.deployment import terraform_files
from telemetry_functions import installation

ROOT = Path(__file__).parents[4]


def test_a_checkout_uses_its_own_modules() -> None:
    assert terraform_files.roots() == ROOT / "terraform" / "live"


def test_an_installation_copies_them_and_keeps_terraforms_own_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "installed" / "terraform"
    (source / "aws").mkdir(parents=True)
    (source / "live" / "aws").mkdir(parents=True)
    (source / "aws" / "main.tf").write_text("1")
    (source / "live" / "aws" / "main.tf").write_text("1")
    monkeypatch.setattr(installation, "IS_CHECKOUT", False)
    monkeypatch.setattr(terraform_files, "_SOURCE", source)
    monkeypatch.chdir(tmp_path)

    root = terraform_files.roots() / "aws"
    assert root == tmp_path / ".telemetry" / "terraform" / "live" / "aws"
    assert (root / "main.tf").read_text() == "1"
    (root / ".terraform.lock.hcl").write_text("lock")
    (root / "backend_override.tf").write_text("override")

    (source / "live" / "aws" / "main.tf").write_text("2")
    (source / "aws" / "main.tf").rename(source / "aws" / "other.tf")
    terraform_files.roots()
    texts = {
        path.relative_to(tmp_path / ".telemetry").as_posix(): path.read_text()
        for path in tmp_path.glob(".telemetry/terraform/**/*")
        if path.is_file()
    }
    assert texts == {
        "terraform/aws/other.tf": "1",
        "terraform/live/aws/main.tf": "2",
        "terraform/live/aws/.terraform.lock.hcl": "lock",
        "terraform/live/aws/backend_override.tf": "override",
    }
