"""Check the workflows: pinned actions, least permissions, and scripts that stop if a variable is missing."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs import providers, release
from tests.environment import PATIENCE

ROOT = Path(__file__).parents[3]
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / ".github" / "workflows").glob("*.yml")}
STEPS = [
    pytest.param(step, id=f"{name}-{job}-{number}")
    for name, workflow in WORKFLOWS.items()
    for job, definition in workflow["jobs"].items()
    for number, step in enumerate(definition["steps"])
]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_there_are_four_workflows() -> None:
    assert sorted(WORKFLOWS) == ["check", "cleanup", "deploy", "release"]


@pytest.mark.parametrize("step", STEPS)
def test_actions_are_pinned_and_scripts_contain_no_expressions(step: dict[str, Any]) -> None:
    if "uses" in step:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", step["uses"])
    else:
        assert "${{" not in step["run"]
    assert (
        set(re.findall(r"\bmake ([a-z-]+)", step.get("run", "") if "echo" not in step.get("run", "") else ""))
        <= TARGETS
    )


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_only_the_permissions_of_its_jobs_and_no_stored_key(name: str) -> None:
    workflow = WORKFLOWS[name]
    assert workflow["permissions"] == {}
    allowed = {
        "check": {"contents": "read"},
        "release": {"contents": "write", "id-token": "write", "attestations": "write"},
        "pypi": {"id-token": "write"},
    }
    job_permissions = allowed.get(name, {"contents": "read", "id-token": "write"})
    for job, definition in workflow["jobs"].items():
        assert definition["permissions"] == (allowed[job] if job == "pypi" else job_permissions)
    assert "pull_request_target" not in workflow[True]  # YAML 1.1 reads `on` as true
    assert "secrets." not in (ROOT / ".github" / "workflows" / f"{name}.yml").read_text()


def script(workflow: str, job: str, name: str) -> str:
    [run] = [step["run"] for step in WORKFLOWS[workflow]["jobs"][job]["steps"] if step.get("name") == name]
    return str(run)


def run_script(text: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    variables = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        ["bash", "-e", "-c", text], env=variables, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


REFUSALS = [
    ("deploy", "review", "Refuse a cloud that is not there, and a plan without a role of its own"),
    (
        "deploy",
        "plan",
        "Refuse a cloud that is not there, a plan without a role of its own, and to deploy without a bucket for the state",
    ),
    ("deploy", "apply", "Refuse a cloud that is not there, and to deploy without a bucket for the state"),
    ("cleanup", "destroy", "Refuse what was not meant"),
]
PLANNERS = {"aws": "AWS_PLAN_ROLE_ARN", "gcp": "GOOGLE_PLAN_SERVICE_ACCOUNT"}
"""The variable that names the identity of a plan, by cloud."""
VALID = {
    "CLOUD": "gcp",
    "STATE_BUCKET": "state",
    "ENVIRONMENT_ID": "x",
    "AGAIN": "x",
    **dict.fromkeys(PLANNERS.values(), "x"),
}


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
@pytest.mark.parametrize(("workflow", "job", "name"), REFUSALS)
def test_a_valid_configuration_passes(workflow: str, job: str, name: str, cloud: str) -> None:
    process = run_script(script(workflow, job, name), **{**VALID, "CLOUD": cloud})
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")


@pytest.mark.parametrize("cloud", ["google", "local", "AWS", ""])
@pytest.mark.parametrize(("workflow", "job", "name"), REFUSALS)
def test_an_unknown_cloud_fails_instead_of_doing_nothing(workflow: str, job: str, name: str, cloud: str) -> None:
    process = run_script(script(workflow, job, name), **{**VALID, "CLOUD": cloud})
    assert (process.returncode, process.stdout) == (1, f"::error::the variable CLOUD says {cloud}: it is aws or gcp\n")


@pytest.mark.parametrize(("workflow", "job", "name"), REFUSALS[1:])
def test_without_a_state_bucket_nothing_is_deployed_or_destroyed(workflow: str, job: str, name: str) -> None:
    process = run_script(script(workflow, job, name), **{**VALID, "STATE_BUCKET": ""})
    assert (process.returncode, process.stdout.startswith("::error::the variable STATE_BUCKET is not set")) == (1, True)


def test_an_environment_to_destroy_is_named_twice() -> None:
    process = run_script(script(*REFUSALS[3]), **{**VALID, "AGAIN": "y"})
    assert (process.returncode, process.stdout) == (1, "::error::the two names differ: nothing was taken away\n")


@pytest.mark.parametrize(("workflow", "job", "name"), REFUSALS)
def test_both_clouds_have_the_same_steps_and_each_only_its_own(workflow: str, job: str, name: str) -> None:
    steps = WORKFLOWS[workflow]["jobs"][job]["steps"]
    assert steps[0]["name"] == name
    commands = {
        cloud: [step["run"] for step in steps if step.get("if") == f"env.CLOUD == '{cloud}'"]
        for cloud in ("aws", "gcp")
    }
    assert commands["aws"][0] == ".github/sign-in-to-aws"
    assert commands["gcp"][0] == ".github/sign-in-to-google"
    assert len(commands["aws"]) > 1
    assert [run.replace("-aws", "-gcp") for run in commands["aws"][1:]] == commands["gcp"][1:]
    assert not [step for step in steps if "make " in step.get("run", "") and "if" not in step and step["name"] != name]


def test_a_deployment_from_there_passes_every_setting_of_the_modules() -> None:
    names = {name.upper() for name in json.loads((ROOT / "terraform" / "settings.json").read_text())}
    assert "REPO_OWNER" in names
    environment = WORKFLOWS["deploy"]["env"]
    assert names | {"STORE", "STORE_BUCKET", "STATE_BUCKET"} <= set(environment)
    own = {
        "GITHUB_API_URL": "${{ vars.TELEMETRY_GITHUB_API_URL || 'https://api.github.com' }}",
        "GITHUB_APP_ID": "${{ vars.TELEMETRY_GITHUB_APP_ID }}",
    }
    assert [name for name in names if environment[name] != own.get(name, f"${{{{ vars.{name} }}}}")] == []


@pytest.mark.parametrize("cloud", PLANNERS)
@pytest.mark.parametrize(("workflow", "job", "name"), REFUSALS[:2])
def test_a_plan_without_a_role_of_its_own_is_refused(workflow: str, job: str, name: str, cloud: str) -> None:
    process = run_script(script(workflow, job, name), **{**VALID, "CLOUD": cloud, PLANNERS[cloud]: ""})
    assert (process.returncode, process.stdout.startswith(f"::error::the variable {PLANNERS[cloud]} is not set")) == (
        1,
        True,
    )


def test_a_pull_request_of_a_fork_plans_nothing() -> None:
    assert "head.repo.full_name == github.repository" in WORKFLOWS["deploy"]["jobs"]["review"]["if"]


def commands(job: str) -> list[str]:
    return [
        step["run"] for step in WORKFLOWS["deploy"]["jobs"][job]["steps"] if step.get("run", "").startswith("make ")
    ]


@pytest.mark.parametrize("job", ["review", "plan"])
def test_a_plan_is_made_by_its_own_role_and_changes_nothing(job: str) -> None:
    definition = WORKFLOWS["deploy"]["jobs"][job]
    assert all(command.startswith("make plan-") for command in commands(job))
    assert "vars.AWS_ROLE_ARN" not in json.dumps(definition)
    assert "vars.GOOGLE_SERVICE_ACCOUNT" not in json.dumps(definition)
    assert definition.get("environment", "${{ inputs.plan_environment }}") == "${{ inputs.plan_environment }}"


def test_the_plan_of_a_pull_request_is_only_read() -> None:
    jobs = WORKFLOWS["deploy"]["jobs"]
    assert commands("review") == ["make plan-aws", "make plan-gcp"]
    assert "artifact" not in json.dumps(jobs["review"])
    assert "pull_request" not in jobs["plan"]["if"]
    assert "needs" not in jobs["plan"]


def test_exactly_the_plan_of_the_run_is_applied_after_approval() -> None:
    jobs = WORKFLOWS["deploy"]["jobs"]
    assert (jobs["apply"]["needs"], "if" in jobs["apply"]) == ("plan", False)
    assert jobs["apply"]["environment"] == "${{ inputs.environment || 'production' }}"
    assert jobs["plan"]["env"] == jobs["apply"]["env"]
    uploads, downloads = (
        [step["with"] for step in jobs[job]["steps"] if f"actions/{action}-artifact" in step.get("uses", "")]
        for job, action in (("plan", "upload"), ("apply", "download"))
    )
    assert [(step["name"], step["path"]) for step in (*uploads, *downloads)] == [("plan", "build/plan")] * 2
    assert commands("plan") == ["make plan-aws PLAN=build/plan", "make plan-gcp PLAN=build/plan"]
    deployments = [command for command in commands("apply") if "deploy" in command]
    assert deployments == ["make deploy-aws PLAN=build/plan YES=1", "make deploy-gcp PLAN=build/plan YES=1"]


# Signing in


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Create fake curl and aws programs that answer like GitHub and STS and store their arguments."""
    folder = tmp_path / "bin"
    folder.mkdir()
    keys = {"AccessKeyId": "AKIA1", "SecretAccessKey": "secret1", "SessionToken": "session1"}
    for name, answer in (("curl", {"value": "token1"}), ("aws", {"Credentials": keys})):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho \"$@\" > {tmp_path}/{name}.arguments\necho '{json.dumps(answer)}'\n")
        program.chmod(0o755)
    return folder


def signed_in(programs: Path, folder: Path, **without: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        "ROLE_ARN": "arn:aws:iam::123456789012:role/deploy",
        "AWS_REGION": "eu-west-1",
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example/?x=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request1",
        "GITHUB_RUN_ID": "7",
        "GITHUB_ENV": str(folder / "env"),
        **without,
    }
    path = f"{programs}:{os.environ['PATH']}"
    return run_script(str(ROOT / ".github" / "sign-in-to-aws"), **{**environment, "PATH": path})


def test_a_job_signs_in_by_its_own_token_and_its_keys_are_masked(programs: Path, tmp_path: Path) -> None:
    process = signed_in(programs, tmp_path)
    assert process.returncode == 0, process.stderr
    assert (tmp_path / "env").read_text().splitlines() == [
        "AWS_ACCESS_KEY_ID=AKIA1",
        "AWS_SECRET_ACCESS_KEY=secret1",
        "AWS_SESSION_TOKEN=session1",
    ]
    masked = [f"::add-mask::{secret}" for secret in ("token1", "AKIA1", "secret1", "session1")]
    assert process.stdout.splitlines() == masked
    assert "https://token.example/?x=1&audience=sts.amazonaws.com" in (tmp_path / "curl.arguments").read_text()
    assert "--role-arn arn:aws:iam::123456789012:role/deploy" in (tmp_path / "aws.arguments").read_text()


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        ("ROLE_ARN", "AWS_ROLE_ARN is not set"),
        ("AWS_REGION", "AWS_REGION is not set"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "id-token: write"),
    ],
)
def test_a_missing_variable_is_named(variable: str, says: str, programs: Path, tmp_path: Path) -> None:
    process = signed_in(programs, tmp_path, **{variable: ""})
    assert process.returncode != 0
    assert says in process.stderr
    assert not (tmp_path / "env").exists()


# Releasing

CHANGELOG = "# Changelog\n\n## Unreleased\n\n- new\n\n## 1.2.3 - 2026-11-24\n\n### Added\n\n- a\n\n## 1.2.2\n\n- b\n"


def test_the_notes_of_a_release_are_its_section_of_the_changelog() -> None:
    assert release.section(CHANGELOG, "1.2.3") == "### Added\n\n- a\n"
    assert release.section(CHANGELOG, "1.2.2") == "- b\n"
    assert release.section(CHANGELOG, "1.2") == ""


def test_a_release_locks_the_providers_and_publishes_the_locks() -> None:
    commands = [step["run"].split()[:2] for step in WORKFLOWS["release"]["jobs"]["release"]["steps"] if "run" in step]
    assert commands.index(["make", "lock-providers"]) < commands.index(["make", "release"])
    publish = script("release", "release", "Publish")
    assert [name for tried in providers.TRIED if (name := providers.NAME.format(tried.module)) not in publish] == []
    assert providers.PLATFORMS == ("linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64")


def test_pypi_gets_the_attested_files_by_trusted_publishing() -> None:
    """https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-pypi"""
    jobs = WORKFLOWS["release"]["jobs"]
    [kept] = [step["with"] for step in jobs["release"]["steps"] if "upload-artifact@" in step.get("uses", "")]
    assert kept["path"].split() == ["build/release/*.whl", "build/release/*.tar.gz"]
    download, publish = jobs["pypi"]["steps"]
    assert (jobs["pypi"]["needs"], jobs["pypi"]["environment"]) == ("release", "pypi")
    assert (download["with"]["name"], download["with"]["path"]) == (kept["name"], publish["with"]["packages-dir"])
    assert publish["uses"].startswith("pypa/gh-action-pypi-publish@")
    assert set(publish["with"]) == {"packages-dir"}  # no password, and its attestations are on


def test_a_tag_that_is_not_the_version_is_not_released(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n")
    assert release.main("1.2.4", tmp_path) == 1
    assert release.main("1.2.3", tmp_path) == 1
    assert capsys.readouterr().err.splitlines() == [
        "the tag says 1.2.4, pyproject.toml says 1.2.3",
        "CHANGELOG.md has no section `## 1.2.3`",
    ]
