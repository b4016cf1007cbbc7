"""Check docs/GOOGLE_CLOUD.md against the Terraform and the commands that it describes, and the sign-in of a job."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.environment import PATIENCE

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "GOOGLE_CLOUD.md").read_text()
MODULE = ROOT / "terraform" / "gcp"
ALARMS = (MODULE / "alarms.tf").read_text()
NEEDED = {
    "google_bigquery": "bigquery.admin",
    "google_artifact_registry": "artifactregistry.admin",
    "google_cloud_run": "run.admin",
    "google_cloud_scheduler": "cloudscheduler.admin",
    "google_cloudfunctions2": "cloudfunctions.admin",
    "google_kms": "cloudkms.admin",
    "google_logging": "logging.configWriter",
    "google_monitoring": "monitoring.editor",
    "google_project_iam": "resourcemanager.projectIamAdmin",
    "google_project_service": "serviceusage.serviceUsageAdmin",
    "google_pubsub": "pubsub.admin",
    "google_secret_manager": "secretmanager.admin",
    "google_service_account": "iam.serviceAccountAdmin",
    "google_storage": "storage.admin",
}


def table(heading: str) -> list[str]:
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line.split("|")[1].strip().strip("`") for line in section.splitlines() if line.startswith("|")][2:]


def test_every_alert_policy_is_in_the_table_and_nothing_else() -> None:
    single = set(re.findall(r"^ {4,6}([a-z]+-[a-z-]+) = \{$", ALARMS, re.MULTILINE))
    functions = re.findall(r"\b([a-z]+) += (?:one\()?module\.\w+(?:\[\*\])?\.name", ALARMS)
    jobs = json.loads((MODULE.parent / "schedules.json").read_text())
    missing = {f"{job}-missing" for job in jobs}
    named = single | {f"{function}-errors" for function in functions}
    rows = table("The alarms")
    assert len(rows) == len(set(rows))
    assert named <= set(rows) <= named | missing | {"JOB-missing"}
    assert missing <= set(rows) or "JOB-missing" in rows


def test_the_deployer_has_a_role_for_every_resource() -> None:
    roles = {role.removeprefix("roles/") for role in table("What the deployer may do")}
    kinds = {
        kind
        for path in MODULE.rglob("*.tf")
        for kind in re.findall(r'^resource "(google_\w+)"', path.read_text(), re.MULTILINE)
    }
    for kind in kinds:
        needed = [role for start, role in NEEDED.items() if kind.startswith(start)]
        assert needed, f"of which service is {kind}?"
        assert set(needed) <= roles, kind
    assert not {role for role in roles if role in ("owner", "editor", "viewer")}


def test_the_deployer_s_condition_names_the_granted_roles() -> None:
    granted = set()
    for path in MODULE.rglob("*.tf"):
        for block in re.findall(
            r'^resource "google_project_iam_member".*?^\}', path.read_text(), re.MULTILINE | re.DOTALL
        ):
            granted |= set(re.findall(r'role += "(roles/[\w.]+)"', block))
    assert granted == set(re.findall(r"'(roles/[\w.]+)'", PAGE))


def test_every_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", PAGE)) <= targets


@pytest.mark.parametrize(
    ("words", "file", "expression"),
    [
        ("14 days", "queue.tf", r"14 \* 86400"),
        ("60 seconds", "worker.tf", r"timeout     = 60 "),
        ("(30)", "variables.tf", r"log_retention_days = optional\(number, 30\)"),
    ],
)
def test_a_number_matches_the_module(words: str, file: str, expression: str) -> None:
    assert words in PAGE
    assert re.search(expression, (MODULE / file).read_text()), expression


# Signing in


def signed_in(folder: Path, **without: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "RUNNER_TEMP": str(folder),
        "GITHUB_ENV": str(folder / "env"),
        "GOOGLE_PROVIDER": "projects/7/locations/global/workloadIdentityPools/github/providers/github",
        "GOOGLE_SERVICE_ACCOUNT": "telemetry-deployer@my-project.iam.gserviceaccount.com",
        "GOOGLE_CLOUD_PROJECT": "my-project",
        "GOOGLE_CLOUD_REGION": "europe-west1",
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example/?x=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request1",
        **without,
    }
    script = str(ROOT / ".github" / "sign-in-to-google")
    return subprocess.run([script], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_a_job_signs_in_by_its_own_token_which_google_s_client_reads(tmp_path: Path) -> None:
    from google.auth.identity_pool import Credentials

    process = signed_in(tmp_path)
    assert process.returncode == 0, process.stderr
    file = tmp_path / "google-credentials.json"
    assert (tmp_path / "env").read_text() == f"GOOGLE_APPLICATION_CREDENTIALS={file}\n"
    assert file.stat().st_mode & 0o077 == 0
    assert "request1" not in process.stdout + process.stderr
    source = json.loads(file.read_text())["credential_source"]
    audience = "https%3A%2F%2Fiam.googleapis.com%2Fprojects%2F7%2Flocations%2Fglobal%2FworkloadIdentityPools%2Fgithub"
    assert source["url"] == f"https://token.example/?x=1&audience={audience}%2Fproviders%2Fgithub"
    credentials = Credentials.from_file(str(file))
    assert credentials.service_account_email == "telemetry-deployer@my-project.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    "variable", ["GOOGLE_PROVIDER", "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_REGION"]
)
def test_a_missing_variable_is_named(variable: str, tmp_path: Path) -> None:
    process = signed_in(tmp_path, **{variable: ""})
    assert process.returncode != 0
    assert f"the variable {variable} is not set" in process.stderr
    assert not (tmp_path / "env").exists()
