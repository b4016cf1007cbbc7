"""Check that parameters which an earlier version of the module managed are forgotten, not read and not deleted."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from cli.deployment.clouds.aws.policies import PolicyScope, documents
from runtimes.local.emulator.credentials import Credentials
from tests.conftest import missing
from tests.environment import GO_PROGRAMS, PATIENCE
from tests.strict_emulator import strict_emulator

pytestmark = [pytest.mark.emulator, pytest.mark.terraform]
SECRETS = Path(__file__).parents[2] / "terraform" / "aws" / "secrets.tf"
ROOT = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
module "telemetry" {
  source = "./module"
}
"""
EARLIER = """
resource "aws_ssm_parameter" "secret" {
  for_each = { webhook = "/telemetry/production/github-webhook-secret-token", data = "/telemetry/production/github-access-token/data" }

  name             = each.value
  type             = "SecureString"
  value_wo         = "unset"
  value_wo_version = 1
}
"""
NAME = "/telemetry/production/github-webhook-secret-token"
SCOPE = PolicyScope("aws", "us-east-1", "000000000000", "/telemetry/", "arn:aws:iam::000000000000:policy/x", "")


class Account:
    def __init__(self, folder: Path, endpoint: str, root: Credentials) -> None:
        self.folder = folder
        self.endpoint = endpoint
        self.keys = {"root": root}
        for name in ("plan", "deploy"):
            iam = self.client("iam")
            iam.create_user(UserName=name)
            iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps(documents(SCOPE)[name]))
            key = iam.create_access_key(UserName=name)["AccessKey"]
            self.keys[name] = Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def client(self, service: str) -> Any:
        key, secret = self.keys["root"]
        keys = {"aws_access_key_id": key, "aws_secret_access_key": secret}
        return boto3.client(service, endpoint_url=self.endpoint, region_name="us-east-1", **keys)

    def module(self, text: str) -> None:
        (self.folder / "module").mkdir(exist_ok=True)
        (self.folder / "module" / "main.tf").write_text(text)

    def terraform(self, caller: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        passed_on = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        address = {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": "us-east-1"}
        return subprocess.run(
            ["terraform", *arguments, "-input=false", "-no-color"],
            cwd=self.folder,
            env={**passed_on, **GO_PROGRAMS, **self.keys[caller].environment, **address},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    if shutil.which("terraform") is None:
        missing("Terraform", "install 1.11 or newer")
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "main.tf").write_text(ROOT)
    with strict_emulator(tmp_path / "emulator", ephemeral=False) as (emulator, root):
        yield Account(folder, emulator.endpoint, root)


def test_an_earlier_deployment_keeps_its_secrets_unread(account: Account) -> None:
    mirror = os.environ.get("TF_PLUGIN_DIR")
    account.module(EARLIER)
    begun = account.terraform("root", "init", *([f"-plugin-dir={mirror}"] if mirror else []))
    if "Failed to query available provider packages" in begun.stderr:
        pytest.skip("Terraform's AWS provider is missing: reach a provider registry, or set TF_PLUGIN_DIR to a mirror")
    assert account.terraform("root", "apply", "-auto-approve").returncode == 0
    account.client("ssm").put_parameter(Name=NAME, Value="zebra", Type="SecureString", Overwrite=True)
    as_before = account.terraform("plan", "plan")
    assert "AccessDenied" in as_before.stderr  # the planner may not read a parameter that Terraform manages

    forgotten = re.search(r"^removed \{\n.*?^\}$", SECRETS.read_text(), re.MULTILINE | re.DOTALL)
    assert forgotten is not None
    account.module(forgotten[0])
    planned = account.terraform("plan", "plan", "-detailed-exitcode")
    assert planned.returncode == 2, planned.stdout + planned.stderr
    assert "will no longer be managed by Terraform" in planned.stdout
    applied = account.terraform("deploy", "apply", "-auto-approve")
    assert "0 destroyed" in applied.stdout, applied.stdout + applied.stderr
    value = account.client("ssm").get_parameter(Name=NAME, WithDecryption=True)["Parameter"]["Value"]
    assert value == "zebra"
    assert "zebra" not in (account.folder / "terraform.tfstate").read_text()
    again = account.terraform("plan", "plan", "-detailed-exitcode")
    assert again.returncode == 0, again.stdout + again.stderr
