"""A state of the real Terraform is moved from a file into the backend of STATE_BUCKET, and never ignored.

The bucket is a folder here: which backend holds a state makes no difference to Terraform's commands.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cli.deployment.cloud import TargetError
from cli.deployment.clouds.aws.target import AwsTarget
from cli.deployment.target import Backend
from cli.deployment.terraform import TerraformRoot
from tests.builders import settings
from tests.conftest import missing

pytestmark = pytest.mark.terraform
ROOT = """
terraform {
  backend "local" {}
}
variable "environment_id" {}
variable "settings" {}
variable "packages" {}
resource "terraform_data" "this" {
  input = "kept"
}
output "value" {
  value = terraform_data.this.id
}
"""


class FolderTarget(AwsTarget):
    """An environment whose bucket is a folder."""

    def backend(self, bucket: str, key: str) -> Backend:
        return Backend("local", (f"path={Path(bucket).absolute() / key}.tfstate",), "")


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    if shutil.which("terraform") is None:
        missing("Terraform", "install 1.11 or newer")
    root = tmp_path / "terraform" / "live" / "aws"
    root.mkdir(parents=True)
    (root / "main.tf").write_text(ROOT)
    return root.parent


def root(roots: Path, **values: Any) -> TerraformRoot:
    chosen = settings(environment_id="test", **values)
    return TerraformRoot(FolderTarget(chosen), chosen, roots=roots)


def test_a_local_state_is_refused_then_moved_and_then_used(roots: Path, tmp_path: Path) -> None:
    local = root(roots)
    local.prepare()
    local.apply(lambda: None)
    before = local.outputs()
    remote = root(roots, state_bucket="states")
    with pytest.raises(TargetError, match="`make state-aws` moves it into the bucket"):
        remote.prepare()
    kept = remote.move_state()
    assert kept == tmp_path / ".telemetry" / "aws-test" / "terraform.tfstate.moved"
    remote.prepare()
    assert remote.outputs() == before
    assert remote.plan() == 0
    state = json.loads((tmp_path / "states" / "telemetry-functions" / "test.tfstate").read_text())
    assert [resource["type"] for resource in state["resources"]] == ["terraform_data"]
    assert remote.move_state() is None
