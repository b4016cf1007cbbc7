"""A saved plan is applied only with the same packages, settings, account and environment."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from cli.deployment import clouds, saved_plan
from cli.deployment.cloud import TargetError
from cli.deployment.terraform import TerraformRoot
from tests.builders import settings
from tests.unit.cli.deployment.fake_terraform import FakeTerraform

FOLDER = Path("build/plan")
PACKAGES = {name: Path("build", "aws", name) for name in ("webhook.zip", "worker.zip")}
ACCOUNT = "123456789012"


@pytest.fixture
def terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTerraform:
    fake = FakeTerraform(tmp_path)
    (tmp_path / "live" / "aws").mkdir(parents=True)
    (tmp_path / "live" / "aws" / ".terraform.lock.hcl").write_text("planned providers")
    monkeypatch.setenv("PATH", f"{fake.path}:/usr/bin:/bin")
    fake.answer("plan", code=2)
    fake.creates_plan()
    for name, path in PACKAGES.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"planned {name}")
    return fake


def deployment(**values: Any) -> tuple[TerraformRoot, Any]:
    chosen = settings(**{"environment_id": "test", "repo_owner": "octo-org", "repo_name": "data", **values})
    target = clouds.select("aws", chosen)
    root = TerraformRoot(target, chosen, roots=Path("live").absolute())
    root.prepare()
    return root, target


def saved() -> None:
    saved_plan.save(*deployment(), ACCOUNT, FOLDER)


@pytest.mark.usefixtures("terraform")
def test_a_saved_plan_brings_its_packages_and_providers() -> None:
    saved()
    (FOLDER / saved_plan.PLAN).chmod(0o644)  # as an artifact of a workflow arrives
    lock = Path("live/aws/.terraform.lock.hcl")
    for path in (*PACKAGES.values(), lock):
        path.write_text("of another commit")
    plan = saved_plan.restore(*deployment(), ACCOUNT, FOLDER)
    assert (plan.read_text(), stat.S_IMODE(plan.stat().st_mode)) == ("plan\n", 0o600)
    assert [path.read_text() for path in PACKAGES.values()] == ["planned webhook.zip", "planned worker.zip"]
    assert lock.read_text() == "planned providers"


def test_the_folder_holds_no_secret_and_no_hidden_file(terraform: FakeTerraform) -> None:
    assert terraform
    saved_plan.save(*deployment(github_access_token="s3cret"), ACCOUNT, FOLDER)
    files = sorted(path.name for path in FOLDER.iterdir())
    assert files == ["deployment.tfplan", "plan.json", "terraform.lock.hcl", "webhook.zip", "worker.zip"]
    assert "s3cret" not in (FOLDER / "plan.json").read_text()
    assert stat.S_IMODE((FOLDER / saved_plan.PLAN).stat().st_mode) == 0o600


@pytest.mark.usefixtures("terraform")
@pytest.mark.parametrize(
    ("changed", "account", "says"),
    [
        ({"environment_id": "other"}, ACCOUNT, "environment_id"),
        ({"repo_name": "other"}, ACCOUNT, "settings.repo_name"),
        ({"store": "s3", "store_bucket": "records"}, ACCOUNT, "store"),
        ({}, "210987654321", "account"),
    ],
)
def test_a_plan_for_something_else_is_refused(changed: dict[str, Any], account: str, says: str) -> None:
    saved()
    with pytest.raises(TargetError) as refused:
        saved_plan.restore(*deployment(**changed), account, FOLDER)
    assert str(refused.value) == f"the plan in build/plan was made for another {says}: make a new plan"


@pytest.mark.usefixtures("terraform")
def test_a_package_that_was_not_planned_is_refused() -> None:
    saved()
    (FOLDER / "worker.zip").write_text("another")
    with pytest.raises(
        TargetError, match=r"^build/plan/worker.zip is not the package that was planned: make a new plan$"
    ):
        saved_plan.restore(*deployment(), ACCOUNT, FOLDER)


@pytest.mark.usefixtures("terraform")
@pytest.mark.parametrize("content", [None, "{", "[]", "null", json.dumps({"sha256": {}}), json.dumps({"sha256": 3})])
def test_a_folder_without_a_plan_is_one_line(content: str | None) -> None:
    FOLDER.mkdir(parents=True)
    if content is not None:
        (FOLDER / "plan.json").write_text(content)
        (FOLDER / saved_plan.PLAN).touch()
        for name in PACKAGES:
            (FOLDER / name).touch()
    with pytest.raises(
        TargetError, match=r"^build/plan holds no saved plan \(\w+\): `telemetry plan aws --out build/plan` saves one$"
    ):
        saved_plan.restore(*deployment(), ACCOUNT, FOLDER)
